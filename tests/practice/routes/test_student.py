"""The pages of the log: plain forms do everything, scripts get JSON, a refused photo never costs a word of text."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from bs4 import BeautifulSoup, Tag
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from app.infra.storage.local import LocalStorage
from app.learning import services as learning
from app.practice import queries, services
from app.practice.models import Photo, PracticeEntry, Submission
from tests.conftest import NOW, Browser, Clock, QueryCount
from tests.factories.content import draft, publish_courses, publish_journey
from tests.factories.practice import complete_piece, decide, draft_piece, raw_fields, ready_photo, submitted_piece
from tests.infra.photo_corpus import cornered, encoded, exif, heic
from tests.support import multipart

Browse = Callable[..., Browser]
MakeUser = Callable[..., Actor]
JSON = {"Accept": "application/json"}
JPEG = encoded(cornered(), "JPEG", exif=exif(6))
HOSTILE = b"<html><script>alert(1)</script></html>"
MB = 1024 * 1024


def soup(response: Any) -> BeautifulSoup:
    return BeautifulSoup(response.get_data(as_text=True), "html.parser")


def words(node: BeautifulSoup | Tag | None) -> str:
    assert node is not None
    return " ".join(node.get_text(" ").split())


@pytest.fixture
def runtime(runtime: Runtime) -> Runtime:
    """Photos of at most one megabyte, so that those that are too large are quick to send."""
    runtime.settings = replace(runtime.settings, max_photo_mb=1)
    return runtime


@pytest.fixture
def student(session: Session, make_user: MakeUser) -> Actor:
    publish_journey(session, NOW)
    return make_user(Role.STUDENT, name="Amara Osei")


@pytest.fixture
def browser(session: Session, student: Actor, browse: Browse) -> Browser:
    browser = browse(student)
    browser.get("/account/")
    return browser


@pytest.fixture
def entry(session: Session, student: Actor) -> PracticeEntry:
    """A draft with every card filled in and no photo, committed."""
    entry = draft_piece(session, student, now=NOW)
    session.commit()
    return entry


@pytest.fixture
def url(entry: PracticeEntry) -> str:
    return f"/learn/practice/{entry.id}"


def stored(session: Session, entry: PracticeEntry) -> PracticeEntry:
    """The entry as it is now. The session's own savepoint must not stay open around a request: undoing it later
    would undo the request too."""
    session.commit()
    session.refresh(entry)
    session.commit()
    return entry


def photos(session: Session, entry: PracticeEntry) -> list[Photo]:
    session.commit()
    session.expire_all()
    found = list(queries.photos_of(session, entry.id))
    session.commit()
    return found


def fields(entry: PracticeEntry, session: Session, **changes: str) -> dict[str, str | list[str]]:
    """The fields of the page as a browser sends them."""
    exercise = queries.exercise_at(session, entry.exercise_version_id)
    session.commit()
    return {"revision": str(entry.revision), **raw_fields(exercise, now=NOW, **changes)}


# ---------------------------------------------------------------- the log


def test_an_empty_log_says_what_to_do(browser: Browser) -> None:
    page = soup(browser.get("/learn/practice"))
    assert "Your first piece goes here" in words(page.main)
    assert page.select_one('main a[href="/learn/practice/new"]')
    assert not page.select(".piece")


def test_the_log_shows_pieces_with_photo_exercise_and_state(
    session: Session, student: Actor, browser: Browser, runtime: Runtime
) -> None:
    learning.enroll(session, student, "lip-blush-basics", now=NOW)
    submission = submitted_piece(session, student, now=NOW, storage=runtime.storage)
    decide(session, submission, "approved", now=NOW)
    draft_piece(session, student, now=NOW)
    session.commit()
    page = soup(browser.get("/learn/practice"))
    pieces = [words(piece) for piece in page.select(".piece")]
    assert pieces == [
        "Piece 2. Lip blush, full lip, sheer Draft 1 h 45",
        "Piece 1. Lip blush, full lip, sheer Approved 1 h 45",
    ]
    links = [str(piece["href"]) for piece in page.select(".piece")]
    assert links[0].endswith("/edit")
    assert links[1] == f"/learn/practice/{submission.entry_id}"
    image = page.select_one(".piece img")
    assert image is not None
    assert browser.get(str(image["src"]), buffered=True).mimetype == "image/webp"
    assert "November 2026" in words(page.main)
    assert "1 approved of the 1 you need" in words(page.main)
    assert words(page.select_one(".need")) == "E08 Lip blush, full lip, sheer: 1 of 1"


def test_the_log_is_filtered_and_paged(session: Session, student: Actor, browser: Browser) -> None:
    for _ in range(26):
        draft_piece(session, student, now=NOW)
    submitted_piece(session, student, now=NOW)
    session.commit()
    first = soup(browser.get("/learn/practice"))
    assert len(first.select(".piece")) == 24
    older = first.select_one('a[rel="next"]')
    assert older is not None
    rest = soup(browser.get(str(older["href"])))
    assert [words(piece)[:8] for piece in rest.select(".piece")] == ["Piece 3.", "Piece 2.", "Piece 1."]
    assert rest.select_one('a[rel="next"]') is None
    sent = soup(browser.get("/learn/practice?state=submitted"))
    assert len(sent.select(".piece")) == 1
    current = sent.select_one(".filters [aria-current]")
    assert words(current) == "In review 1"
    assert len(soup(browser.get("/learn/practice?state=nonsense&before=x")).select(".piece")) == 24


def test_the_price_of_the_log_page_does_not_grow(
    session: Session, student: Actor, browser: Browser, count_queries: QueryCount
) -> None:
    def price() -> int:
        session.commit()
        count_queries.statements.clear()
        assert browser.get("/learn/practice").status_code == 200
        return len(count_queries)

    for _ in range(3):
        complete_piece(session, student, now=NOW)
    three = price()
    for _ in range(20):
        complete_piece(session, student, now=NOW)
    assert price() == three
    assert three <= 12


# ---------------------------------------------------------------- a new piece


def test_a_new_piece_starts_from_an_exercise(session: Session, browser: Browser) -> None:
    page = soup(browser.get("/learn/practice/new"))
    assert "E08. Lip blush, full lip, sheer" in words(page.main)
    assert "Flat lip pad. 1 h 30. 3 photos" in words(page.main)
    answer = browser.post("/learn/practice/new", {"exercise": "e08"})
    assert answer.status_code == 303
    assert re.fullmatch(r"/learn/practice/[0-9a-f-]{36}/edit", answer.location)
    assert "Piece 1" in words(soup(browser.get(answer.location)).header)


def test_the_exercise_of_the_last_piece_comes_first(
    session: Session, student: Actor, browser: Browser, entry: PracticeEntry
) -> None:
    page = soup(browser.get("/learn/practice/new"))
    assert "Same as last time" in words(page.select_one(".card--hero"))
    following = soup(browser.get(browser.post("/learn/practice/new", {"exercise": "e08"}).location))
    assert "Filled in from piece 1" in words(following.main)
    assert value(following, "pigment-application.machine") == "Rotary 3"
    assert value(following, "piece.minutes") == ""
    blank = soup(browser.get(browser.post("/learn/practice/new", {"exercise": "e08", "blank": "1"}).location))
    assert value(blank, "pigment-application.machine") == ""


def test_a_draft_that_was_filled_in_can_be_emptied(session: Session, browser: Browser, entry: PracticeEntry) -> None:
    location = browser.post("/learn/practice/new", {"exercise": "e08"}).location
    answer = browser.post(location.replace("/edit", "/clear"))
    assert (answer.status_code, answer.location) == (303, location)
    assert value(soup(browser.get(location)), "pigment-application.machine") == ""


def test_the_address_may_name_an_exercise(browser: Browser) -> None:
    page = soup(browser.get("/learn/practice/new?exercise=e08"))
    assert "Chosen for you" in words(page.select_one(".card--hero"))
    assert soup(browser.get("/learn/practice/new?exercise=nothing")).select_one(".card--hero") is None


@pytest.mark.parametrize("key", ["e99", "", "\0", "e08\0x"])
def test_an_unknown_exercise_is_not_found(browser: Browser, key: str) -> None:
    assert browser.post("/learn/practice/new", {"exercise": key}).status_code == 404


def test_without_exercises_the_page_says_so(session: Session, make_user: MakeUser, browse: Browse) -> None:
    publish_courses(session, NOW, draft("basic", 6))
    reader = browse(make_user(Role.STUDENT))
    assert "No exercises yet" in words(soup(reader.get("/learn/practice/new")).main)


def value(page: BeautifulSoup, name: str) -> str:
    """What a field of the page holds: its text, or the values that are chosen."""
    found = page.find_all(attrs={"name": name})
    assert found, name
    if found[0].name == "textarea":
        return found[0].get_text().removeprefix("\n")
    if found[0].get("type") in ("radio", "checkbox"):
        return ",".join(str(field["value"]) for field in found if field.has_attr("checked"))
    return str(found[0].get("value", ""))


# ---------------------------------------------------------------- the page of a draft


def test_the_draft_has_eight_cards_photo_places_and_what_is_missing(browser: Browser, url: str) -> None:
    page = soup(browser.get(f"{url}/edit"))
    assert len(page.select(".acc details")) == 8
    inputs = page.select('.slot input[type="file"]')
    assert [field["name"] for field in inputs] == ["photo.f0", "photo.f1", "photo.f2", "photo.f8"]
    photos_only = "image/*,.heic,.heif"
    assert [field["accept"] for field in inputs] == [f"{photos_only},video/mp4,video/quicktime", *[photos_only] * 3]
    assert not any(field.has_attr("capture") for field in inputs)
    assert value(page, "lip-mapping.method") == "thread"
    assert value(page, "pigment-application.movements") == "pendulum,ovals"
    assert value(page, "lip-mapping.symmetry_mm") == "0,5"
    assert value(page, "piece.question") == "Is the left corner even?"
    gaps = [(words(gap), gap["href"]) for gap in page.select('[data-part="missing"] a')]
    assert gaps == [
        ("Add the photo: Blank skin with code card.", "#photo-f1"),
        ("Add the photo: Map with ruler.", "#photo-f2"),
        ("Add the photo: Final front.", "#photo-f8"),
    ]
    assert all(page.find(id=href.removeprefix("#")) for _words, href in gaps)
    assert "3 things to go." in words(page.select_one("#left"))
    assert "Ceiling for this weight: 270 mg, 6.75 g" in words(page.main)
    code = page.select_one("#photos .mono")
    assert re.fullmatch(r"[0-9A-Z]{4} [0-9A-Z]{4}", words(code))


def test_enter_in_a_field_saves_and_does_nothing_worse(browser: Browser, url: str) -> None:
    """A browser presses the first submit button of the form."""
    first = soup(browser.get(f"{url}/edit")).select_one('#entry button[type="submit"]')
    assert first is not None
    assert (first["value"], first.has_attr("formaction")) == ("save", False)


def test_every_gap_leads_to_something_that_is_there(session: Session, student: Actor, browser: Browser) -> None:
    empty = services.start_entry(session, student, "e08", now=NOW, blank=True)
    session.commit()
    page = soup(browser.get(f"/learn/practice/{empty.id}/edit"))
    anchors = [str(gap["href"]).removeprefix("#") for gap in page.select('[data-part="missing"] a')]
    assert len(anchors) > 25
    assert [anchor for anchor in anchors if page.find(id=anchor) is None] == []
    described = {id_ for field in page.select("[aria-describedby]") for id_ in str(field["aria-describedby"]).split()}
    assert [id_ for id_ in described if page.find(id=id_) is None] == []


def test_the_price_of_the_draft_does_not_grow_with_its_photos(
    session: Session, browser: Browser, entry: PracticeEntry, url: str, count_queries: QueryCount
) -> None:
    def price(address: str) -> int:
        session.commit()
        count_queries.statements.clear()
        assert browser.get(address).status_code == 200
        return len(count_queries)

    ready_photo(session, entry, "f1", now=NOW)
    few = price(f"{url}/edit"), price(f"{url}/status")
    for slot in ("f0", "f1", "f2", "f8") * 3:
        ready_photo(session, entry, slot, now=NOW)
    assert (price(f"{url}/edit"), price(f"{url}/status")) == few
    assert few[0] <= 8
    assert few[1] <= 4


def test_saving_the_form_comes_back_to_it(session: Session, browser: Browser, entry: PracticeEntry, url: str) -> None:
    sent = multipart.form(fields(entry, session, numbing__product="Other cream", piece__minutes="45"))
    answer = browser.post(f"{url}/edit", **sent)
    assert (answer.status_code, answer.location) == (303, f"{url}/edit")
    page = soup(browser.get(answer.location))
    assert "Your draft is saved." in words(page)
    assert value(page, "numbing.product") == "Other cream"
    assert stored(session, entry).minutes == 45


def test_the_script_saves_single_cards_and_gets_the_state(
    session: Session, browser: Browser, entry: PracticeEntry, url: str
) -> None:
    raw = {"revision": "1", "numbing!": "1", "numbing.weight_kg": "60", "numbing.lidocaine_percent": "4"}
    raw |= {"numbing.planned_g": "9", "self.hygiene": "3"}
    answer = browser.post(f"{url}/edit", raw, headers=JSON)
    state = answer.get_json()
    assert (answer.status_code, state["revision"], state["complete"], state["busy"]) == (200, 2, False, False)
    assert state["missing"][3] == {
        "sentence": "Fill in: Product (simulated).",
        "anchor": "numbing.product",
        "waiting": False,
    }
    assert "over the ceiling" in state["html"]["ceiling"]
    assert "3 to do" in state["html"]["card-numbing"]
    assert "6 things to go." in state["html"]["left"]
    saved = stored(session, entry)
    assert saved.records["lip-mapping"]["method"] == "thread"
    assert saved.self_scores == {"hygiene": 3}


def test_a_save_that_arrives_twice_is_one_save(
    session: Session, browser: Browser, entry: PracticeEntry, url: str
) -> None:
    raw = {"revision": "1", "numbing.product": "Cream"}
    for _ in range(2):
        answer = browser.post(f"{url}/edit", raw, headers=JSON)
        assert (answer.status_code, answer.get_json()["revision"]) == (200, 2)


def test_an_older_window_is_told_and_overwrites_nothing(
    session: Session, browser: Browser, entry: PracticeEntry, url: str
) -> None:
    browser.post(f"{url}/edit", {"revision": "1", "numbing.product": "Laptop"}, headers=JSON)
    refused = browser.post(f"{url}/edit", {"revision": "1", "numbing.product": "Phone"}, headers=JSON)
    assert (refused.status_code, refused.mimetype) == (409, "application/problem+json")
    assert refused.get_json()["code"] == "stale"
    plain = browser.post(f"{url}/edit", **multipart.form(fields(entry, session, numbing__product="Phone")))
    page = soup(plain)
    assert plain.status_code == 409
    assert "changed in another window" in words(page.select_one(".errsum"))
    assert value(page, "numbing.product") == "Phone", "what was typed is on the page"
    assert value(page, "revision") == "2", "saving once more keeps it"
    assert stored(session, entry).records["numbing"]["product"] == "Laptop"


# ---------------------------------------------------------------- photos


def test_a_photo_goes_from_the_phone_to_the_page(
    session: Session, browser: Browser, entry: PracticeEntry, url: str, runtime: Runtime
) -> None:
    data = heic(cornered(), exif=exif(6))
    sent = multipart.form({"slot": "f1"}, {"photo": ("IMG_2034.HEIC", data)})
    answer = browser.post(f"{url}/photos", headers=JSON, **sent)
    state = answer.get_json()
    assert (answer.status_code, state["busy"]) == (201, True)
    assert [(photo["slot"], photo["state"]) for photo in state["photos"]] == [("f1", "processing")]
    assert "Being prepared" in state["html"]["photo-f1"]
    assert state["missing"][0]["waiting"]
    work_off(runtime)
    later = browser.get(f"{url}/status").get_json()
    assert [(photo["slot"], photo["state"]) for photo in later["photos"]] == [("f1", "ready")]
    assert not later["busy"]
    source = BeautifulSoup(later["html"]["photo-f1"], "html.parser").img
    assert source is not None
    assert browser.get(str(source["src"]), buffered=True).status_code == 200
    photo = photos(session, entry)[0]
    assert (photo.original_name, photo.original_key.endswith(".heic")) == ("IMG_2034.HEIC", True)
    with runtime.storage.open(photo.original_key) as file:
        assert file.read() == data


def test_a_rejected_photo_says_why_at_its_place(
    session: Session, browser: Browser, entry: PracticeEntry, url: str, runtime: Runtime
) -> None:
    browser.post(f"{url}/photos", **multipart.form({"slot": "f1"}, {"photo": ("cut.jpg", JPEG[:2500])}))
    work_off(runtime)
    state = browser.get(f"{url}/status").get_json()
    assert state["photos"][0]["state"] == "rejected"
    assert "cut.jpg: This photo is damaged" in state["photos"][0]["reason"]
    assert "cut.jpg: This photo is damaged" in state["html"]["photo-f1"]
    page = soup(browser.get(f"{url}/edit"))
    assert "Blank skin with code card: the photo could not be used. Take another." in words(page.aside)


def test_a_photo_that_takes_long_says_so(
    browser: Browser, entry: PracticeEntry, url: str, clock: Clock, session: Session
) -> None:
    browser.post(f"{url}/photos", headers=JSON, **multipart.form({"slot": "f1"}, {"photo": ("a.jpg", JPEG)}))
    assert "longer than usual" not in browser.get(f"{url}/status").get_json()["html"]["photo-f1"]
    clock.tick(minutes=3)
    assert "longer than usual" in browser.get(f"{url}/status").get_json()["html"]["photo-f1"]


def test_sending_a_photo_twice_is_one_photo(session: Session, browser: Browser, entry: PracticeEntry, url: str) -> None:
    for _ in range(2):
        sent = multipart.form({"slot": "f1"}, {"photo": ("a.jpg", JPEG)})
        assert browser.post(f"{url}/photos", headers=JSON, **sent).status_code == 201
    assert len(photos(session, entry)) == 1


def test_a_photo_replaces_another(session: Session, browser: Browser, entry: PracticeEntry, url: str) -> None:
    old = ready_photo(session, entry, "f1", now=NOW)
    session.commit()
    sent = multipart.form({"slot": "f1", "replaces": str(old.id)}, {"photo": ("b.jpg", JPEG)})
    browser.post(f"{url}/photos", headers=JSON, **sent)
    assert [photo.original_name for photo in photos(session, entry)] == ["b.jpg"]


def test_without_script_one_photo_may_be_sent_alone(
    session: Session, browser: Browser, entry: PracticeEntry, url: str
) -> None:
    answer = browser.post(f"{url}/photos", **multipart.form({"slot": "f2"}, {"photo": ("a.jpg", JPEG)}))
    assert (answer.status_code, answer.location) == (303, f"{url}/edit#photo-f2")


@pytest.mark.parametrize(
    ("files", "slot", "status", "said"),
    [
        (
            {"photo": ("big.jpg", JPEG.ljust(MB + 1, b"\0"))},
            "f1",
            413,
            "big.jpg has 1.1 MB; a photo may have at most 1 MB",
        ),
        ({"photo": ("evil.jpg", HOSTILE)}, "f1", 422, "evil.jpg is not taken: this is a web page."),
        ({"photo": ("", JPEG)}, "f1", 422, "without a file name"),
        ({"photo": ("a.jpg", b"")}, "f1", 422, "a.jpg arrived empty"),
        ({"photo": ("a.jpg", JPEG)}, "f77", 422, "no such photo"),
        ({}, "f1", 422, "No photo was chosen."),
    ],
    ids=["large", "hostile", "nameless", "empty", "slot", "nothing"],
)
def test_a_refused_photo_names_the_file_and_the_reason(
    session: Session, browser: Browser, entry: PracticeEntry, url: str,
    files: dict[str, tuple[str, bytes]], slot: str, status: int, said: str,
) -> None:  # fmt: skip
    answer = browser.post(f"{url}/photos", headers=JSON, **multipart.form({"slot": slot}, files))
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert said in answer.get_json()["detail"]
    assert photos(session, entry) == []


def test_a_full_disk_is_told_and_loses_no_text(
    session: Session, browser: Browser, entry: PracticeEntry, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(LocalStorage, "put_file", full)
    sent = multipart.form(fields(entry, session, numbing__product="Kept"), {"photo.f1": ("a.jpg", JPEG)})
    answer = browser.post(f"{url}/edit", **sent)
    assert answer.status_code == 507
    assert "could not store a.jpg just now" in words(soup(answer).select_one(".errsum"))
    assert stored(session, entry).records["numbing"]["product"] == "Kept"


# ---------------------------------------------------------------- one form, without script


def test_text_and_photos_are_saved_together(session: Session, browser: Browser, entry: PracticeEntry, url: str) -> None:
    raw = fields(entry, session, numbing__product="Cream 2") | {"do": "upload"}
    files = {"photo.f1": ("one.jpg", JPEG), "photo.f2": ("two.jpg", encoded(cornered(), "PNG")), "photo.f8": ("", b"")}
    answer = browser.post(f"{url}/edit", **multipart.form(raw, files))
    assert (answer.status_code, answer.location) == (303, f"{url}/edit#photos")
    assert [(photo.slot, photo.original_name) for photo in photos(session, entry)] == [
        ("f1", "one.jpg"),
        ("f2", "two.jpg"),
    ]
    assert stored(session, entry).records["numbing"]["product"] == "Cream 2"


def test_a_refused_photo_keeps_the_text_and_the_good_photos(
    session: Session, browser: Browser, entry: PracticeEntry, url: str
) -> None:
    raw = fields(entry, session, numbing__product="Every word")
    files = {
        "photo.f1": ("good.jpg", JPEG),
        "photo.f2": ("evil.jpg", HOSTILE),
        "photo.f8": ("huge.jpg", JPEG.ljust(MB + 5, b"\0")),
    }
    answer = browser.post(f"{url}/edit", **multipart.form(raw, files))
    page = soup(answer)
    assert answer.status_code == 413
    summary = words(page.select_one(".errsum"))
    assert "2 photos were not taken" in summary
    assert "evil.jpg is not taken: this is a web page." in summary
    assert "huge.jpg has 1.1 MB" in summary
    assert "What you wrote is saved." in summary
    assert "evil.jpg" in words(page.select_one("#photo-f2 .err"))
    assert value(page, "numbing.product") == "Every word"
    assert stored(session, entry).records["numbing"]["product"] == "Every word"
    assert [photo.slot for photo in photos(session, entry)] == ["f1"]
    only = browser.post(f"{url}/edit", **multipart.form({"revision": "2"}, {"photo.f2": ("evil.jpg", HOSTILE)}))
    assert only.status_code == 422


def test_the_script_gets_the_refusal_of_a_whole_form_too(
    session: Session, browser: Browser, entry: PracticeEntry, url: str
) -> None:
    sent = multipart.form(fields(entry, session, numbing__product="Kept"), {"photo.f2": ("evil.jpg", HOSTILE)})
    answer = browser.post(f"{url}/edit", headers=JSON, **sent)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "not_a_photo")
    assert stored(session, entry).records["numbing"]["product"] == "Kept"


def test_a_chosen_photo_in_a_filled_place_replaces_it(
    session: Session, browser: Browser, entry: PracticeEntry, url: str
) -> None:
    old = ready_photo(session, entry, "f1", now=NOW)
    session.commit()
    name = soup(browser.get(f"{url}/edit")).select('#photo-f1 input[type="file"]')
    assert [field["name"] for field in name] == [f"photo.f1.{old.id}", "photo.f1"]
    raw = fields(entry, session)
    browser.post(f"{url}/edit", **multipart.form(raw, {f"photo.f1.{old.id}": ("new.jpg", JPEG)}))
    assert [photo.original_name for photo in photos(session, entry)] == ["new.jpg"]


def test_removing_a_photo_keeps_what_was_typed(
    session: Session, browser: Browser, entry: PracticeEntry, url: str
) -> None:
    photo = ready_photo(session, entry, "f1", now=NOW)
    session.commit()
    button = soup(browser.get(f"{url}/edit")).select_one("#photo-f1 [data-remove]")
    assert button is not None
    answer = browser.post(str(button["formaction"]), **multipart.form(fields(entry, session, numbing__product="Typed")))
    assert (answer.status_code, answer.location) == (303, f"{url}/edit#photos")
    assert photos(session, entry) == []
    assert stored(session, entry).records["numbing"]["product"] == "Typed"
    again = browser.post(f"{url}/photos/{photo.id}/remove", headers=JSON)
    assert (again.status_code, again.get_json()["photos"]) == (200, [])


def test_removing_with_a_refused_photo_or_an_old_page(
    session: Session, browser: Browser, entry: PracticeEntry, url: str
) -> None:
    one, two = ready_photo(session, entry, "f1", now=NOW), ready_photo(session, entry, "f2", now=NOW)
    session.commit()
    sent = multipart.form(fields(entry, session), {"photo.f8": ("evil.jpg", HOSTILE)})
    assert browser.post(f"{url}/photos/{one.id}/remove", **sent).status_code == 422
    assert [photo.id for photo in photos(session, entry)] == [two.id]
    raw = fields(entry, session, numbing__product="Old") | {"revision": "0"}
    assert browser.post(f"{url}/photos/{two.id}/remove", **multipart.form(raw)).status_code == 409
    assert [photo.id for photo in photos(session, entry)] == [two.id]


# ---------------------------------------------------------------- sending


def test_a_complete_piece_enters_the_queue_and_the_page_says_so(
    session: Session, student: Actor, browser: Browser, runtime: Runtime
) -> None:
    entry = complete_piece(session, student, now=NOW, storage=runtime.storage)
    session.commit()
    url = f"/learn/practice/{entry.id}"
    assert "Complete." in words(soup(browser.get(f"{url}/edit")).select_one("#left"))
    sent = multipart.form(fields(entry, session, piece__reflection="Slower at the corner."))
    answer = browser.post(f"{url}/submit", **sent)
    assert (answer.status_code, answer.location) == (303, url)
    page = soup(browser.get(answer.location))
    assert words(page.select_one("#decision")) == "Piece 1 is in the review queue."
    submission = session.scalars(select(Submission)).one()
    assert submission.frozen["records"]["piece"]["reflection"] == "Slower at the corner."
    edited = browser.get(f"{url}/edit")
    assert (edited.status_code, edited.location) == (303, url)


def test_sending_twice_is_one_submission(session: Session, student: Actor, browser: Browser, runtime: Runtime) -> None:
    entry = complete_piece(session, student, now=NOW, storage=runtime.storage)
    session.commit()
    raw = fields(entry, session, piece__reflection="Same words.")
    for _ in range(2):
        answer = browser.post(f"/learn/practice/{entry.id}/submit", **multipart.form(raw))
        assert (answer.status_code, answer.location) == (303, f"/learn/practice/{entry.id}")
    assert len(session.scalars(select(Submission.id)).all()) == 1
    changed = browser.post(
        f"/learn/practice/{entry.id}/submit", **multipart.form({**raw, "numbing.product": "Too late"})
    )
    assert changed.status_code == 409
    assert "cannot be changed now" in words(soup(changed))


def test_an_incomplete_piece_is_not_sent_and_says_what_is_missing(
    session: Session, browser: Browser, entry: PracticeEntry, url: str
) -> None:
    raw = fields(entry, session, lip_mapping__points="", numbing__product="Kept")
    answer = browser.post(f"{url}/submit", **multipart.form(raw, {"photo.f1": ("a.jpg", JPEG)}))
    page = soup(answer)
    assert answer.status_code == 422
    summary = page.select_one(".errsum")
    assert [words(gap) for gap in summary.select("a")] == [
        "Blank skin with code card: the photo is being prepared.",
        "Add the photo: Map with ruler.",
        "Add the photo: Final front.",
        "Fill in: Map points placed.",
    ]
    assert "Nothing was sent." in words(summary)
    field = page.find(id="lip-mapping.points")
    assert field["aria-invalid"] == "true"
    assert page.find(id="lip-mapping").has_attr("open")
    saved = stored(session, entry)
    assert (saved.state, saved.records["numbing"]["product"]) == ("draft", "Kept")
    assert [photo.slot for photo in photos(session, entry)] == ["f1"]
    problem = browser.post(f"{url}/submit", headers=JSON)
    assert (problem.status_code, problem.get_json()["code"]) == (422, "incomplete")
    assert len(problem.get_json()["problems"]) == 4
    assert session.scalars(select(Submission.id)).all() == []


def test_a_refused_photo_stops_the_sending(
    session: Session, student: Actor, browser: Browser, runtime: Runtime
) -> None:
    entry = complete_piece(session, student, now=NOW, storage=runtime.storage)
    session.commit()
    sent = multipart.form(fields(entry, session), {"photo.f0": ("evil.jpg", HOSTILE)})
    assert browser.post(f"/learn/practice/{entry.id}/submit", **sent).status_code == 422
    assert stored(session, entry).state == "draft"


def test_a_returned_piece_is_edited_again_with_its_photos(
    session: Session, student: Actor, browser: Browser, runtime: Runtime
) -> None:
    submission = submitted_piece(session, student, now=NOW, storage=runtime.storage)
    decide(session, submission, "resubmit", now=NOW)
    session.commit()
    url = f"/learn/practice/{submission.entry_id}"
    page = soup(browser.get(f"{url}/edit"))
    assert "What to change this time" in words(page.main)
    assert len(page.select(".shot.is-ready")) == 3
    refused = browser.post(f"{url}/submit")
    assert refused.status_code == 422
    assert "Nothing has changed since your last try." in words(soup(refused).select_one(".errsum"))


# ---------------------------------------------------------------- serving photos


@pytest.fixture
def photo(session: Session, entry: PracticeEntry, runtime: Runtime) -> Photo:
    photo = ready_photo(session, entry, "f1", now=NOW, storage=runtime.storage)
    session.commit()
    return photo


def test_renditions_are_served_as_pictures_and_nothing_else(browser: Browser, photo: Photo) -> None:
    for name in ("large", "medium", "small"):
        answer = browser.get(f"/learn/photos/{photo.id}/{name}", buffered=True)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "image/webp"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Disposition"] == "inline"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert "private" in answer.headers["Cache-Control"]
        assert re.search(r"max-age=[1-9]", answer.headers["Cache-Control"])
        assert answer.get_data()[8:12] == b"WEBP"
        again = browser.get(f"/learn/photos/{photo.id}/{name}", headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.get_data()) == (304, b"")


@pytest.mark.parametrize("name", ["original", "huge", "large.webp", "..%2f..%2fsecret", "small%00"])
def test_the_original_and_what_does_not_exist_are_not_served(browser: Browser, photo: Photo, name: str) -> None:
    assert browser.get(f"/learn/photos/{photo.id}/{name}").status_code == 404


def test_photos_are_for_their_owner_only(browse: Browse, make_user: MakeUser, photo: Photo) -> None:
    for actor in (make_user(Role.STUDENT), make_user(Role.INSTRUCTOR), make_user(Role.ADMIN)):
        assert browse(actor).get(f"/learn/photos/{photo.id}/small").status_code == 404
    nobody = browse().get(f"/learn/photos/{photo.id}/small")
    assert (nobody.status_code, nobody.location.split("?")[0]) == (303, "/sign-in")


def test_a_removed_photo_is_not_served(
    session: Session, browser: Browser, entry: PracticeEntry, url: str, photo: Photo
) -> None:
    assert browser.post(f"{url}/photos/{photo.id}/remove", headers=JSON).status_code == 200
    assert browser.get(f"/learn/photos/{photo.id}/small").status_code == 404


def test_a_photo_whose_file_is_gone_is_not_found(browser: Browser, photo: Photo, runtime: Runtime) -> None:
    runtime.storage.delete(photo.renditions["small"]["key"])
    assert browser.get(f"/learn/photos/{photo.id}/small").status_code == 404


# ---------------------------------------------------------------- whose it is


def addresses(entry_id: UUID, photo_id: UUID) -> list[tuple[str, str]]:
    base = f"/learn/practice/{entry_id}"
    return [
        ("GET", f"{base}/edit"),
        ("GET", f"{base}/status"),
        ("POST", f"{base}/edit"),
        ("POST", f"{base}/clear"),
        ("POST", f"{base}/photos"),
        ("POST", f"{base}/photos/{photo_id}/remove"),
        ("POST", f"{base}/submit"),
    ]


def test_the_piece_of_another_is_not_found(
    browse: Browse, make_user: MakeUser, session: Session, entry: PracticeEntry, photo: Photo, runtime: Runtime
) -> None:
    files_before = set(runtime.storage.keys())
    other = browse(make_user(Role.STUDENT))
    other.get("/account/")
    for method, address in addresses(entry.id, photo.id) + addresses(uuid4(), photo.id):
        if method == "GET":
            answer = other.get(address)
        else:
            sent = multipart.form(
                {"revision": "1", "slot": "f1"}, {"photo": ("a.jpg", JPEG), "photo.f1": ("a.jpg", JPEG)}
            )
            answer = other.post(address, **sent)
        assert answer.status_code == 404, (method, address)
    assert set(runtime.storage.keys()) == files_before, "a stranger's bytes are not even stored"
    assert stored(session, entry).revision == 1


@pytest.mark.parametrize("role", [Role.INSTRUCTOR, Role.ADMIN])
def test_only_students_keep_a_log(browse: Browse, make_user: MakeUser, entry: PracticeEntry, role: Role) -> None:
    other = browse(make_user(role))
    other.get("/account/")
    assert other.get("/learn/practice").status_code == 404
    assert other.get("/learn/practice/new").status_code == 404
    assert other.post("/learn/practice/new", {"exercise": "e08"}).status_code == 404
    assert other.get(f"/learn/practice/{entry.id}/edit").status_code == 404


def test_nobody_is_sent_to_sign_in_before_a_byte_is_read(browse: Browse, entry: PracticeEntry, photo: Photo) -> None:
    nobody = browse()
    for method, address in addresses(entry.id, photo.id):
        answer = nobody.get(address) if method == "GET" else nobody.post(address)
        assert answer.status_code == (303 if method == "GET" else 401), (method, address)


def test_a_form_without_its_token_is_refused(
    browser: Browser, session: Session, entry: PracticeEntry, url: str
) -> None:
    browser.token = "wrong"
    assert browser.post(f"{url}/edit", {"revision": "1", "numbing.product": "x"}).status_code == 400
    assert stored(session, entry).revision == 1
