"""Taking back, going on, areas, views, assignments, saved comments and spoken notes, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.desk.hold import HOLD
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from app.practice import queries as practice
from app.practice.models import Submission
from app.reviews import queries, services
from app.reviews.models import Assignment, Review
from app.reviews.services import DraftInput, PinInput
from tests.conftest import NOW, Browser, Clock
from tests.factories.reviews import full_draft
from tests.reviews.routes.test_instructor import fields, soup, state, words

Send = Callable[..., Submission]
Browse = Callable[..., Browser]
HOUR = timedelta(hours=1)
JSON = {"Accept": "application/json"}
WEBM = b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm....A_OPUS" + bytes(200)


def decide(browser: Browser, session: Session, review: Review, **more: str) -> str:
    data = {**fields(full_draft(session, review, 4)), "result": "approved", **more}
    response = browser.post(f"/teach/reviews/{review.id}/complete", data)
    assert response.status_code == 303
    return str(response.location)


# --- undo and on to the next --------------------------------------------------------------------------------------


def test_a_decision_can_be_taken_back_for_ten_seconds(
    session: Session, held: Review, ines: Actor, browse: Browse, runtime: Runtime, clock: Clock
) -> None:
    browser = browse(ines)
    browser.get("/teach/reviews")
    page = soup(browser.get(decide(browser, session, held)))
    bar = page.select_one("form[data-undo]")
    assert bar is not None and "Amara Osei, piece 1 is approved. Nobody has been told yet." in words(bar)
    assert browser.post(f"/teach/reviews/{held.id}", {"revision": "1", "note": "Later."}).status_code == 409
    clock.value += timedelta(seconds=9)
    assert browser.post(bar["action"]).status_code == 303
    clock.value += HOLD
    work_off(runtime)
    assert (state(session, held).state, len(services.stored_input(session, held).ratings)) == ("open", 10)
    decide(browser, session, held)
    clock.value += HOLD
    late = browser.post(bar["action"], follow_redirects=True)
    assert "It is too late to take this decision back" in words(soup(late))
    work_off(runtime)
    work_off(runtime)
    assert state(session, held).state == "decided"
    assert "undo" not in browser.get("/teach/reviews").text.split("<main", 1)[1].split("How the queue works")[0]


def test_a_hold_outlives_its_lease(
    session: Session, held: Review, ines: Actor, browse: Browse, runtime: Runtime, clock: Clock
) -> None:
    """No worker for a day: the piece does not go back to the queue, and the decision takes effect then."""
    browser = browse(ines)
    browser.get("/teach/reviews")
    decide(browser, session, held)
    clock.value += timedelta(days=1)
    assert queries.expired_reviews(session, clock()) == []
    work_off(runtime)
    assert state(session, held).state == "decided"


def test_on_to_the_next_piece(
    session: Session, held: Review, send: Send, ines: Actor, jun: Actor, linh: Actor, browse: Browse
) -> None:
    first, second = send(linh, at=NOW + HOUR), send(linh, at=NOW + 2 * HOUR)
    services.assign(session, jun, second.id, ines.user_id, now=NOW)
    session.commit()
    browser = browse(ines)
    browser.get("/teach/reviews")
    ahead = browser.get("/teach/reviews/next").json
    assert len(ahead["photos"]) == len(practice.submission_photos(session, second.id))
    browser.get("/teach/reviews")
    location = decide(browser, session, held, next="1")
    review = queries.open_review_of(session, second.id)
    assert review is not None and location == f"/teach/reviews/{review.id}", "what is meant for her comes first"
    page = soup(browser.get(location))
    assert page.select_one("form[data-undo]") is not None
    assert queries.open_review_of(session, first.id) is None


# --- drafts -------------------------------------------------------------------------------------------------------


def test_one_window_within_a_minute_is_one_version(session: Session, held: Review, ines: Actor) -> None:
    for second, (tab, note) in enumerate([("a", "1"), ("a", "12"), ("b", "12 b"), ("a", "12 c"), ("a", "12 cd")]):
        revision = session.get_one(Review, held.id).revision
        draft = DraftInput(revision, note=note)
        services.keep_draft(session, ines, held.id, draft, tab=tab, now=NOW + timedelta(seconds=second))
    services.keep_draft(session, ines, held.id, DraftInput(5, note="late"), tab="a", now=NOW + timedelta(minutes=2))
    notes = [version.content["note"] for version in queries.versions_of(session, held.id)]
    assert notes == ["late", "12 cd", "12 b", "12"]


def test_areas_are_kept_and_drawn_from_the_form(session: Session, held: Review, ines: Actor, browse: Browse) -> None:
    photo = practice.submission_photos(session, held.submission_id)[0]
    browser = browse(ines)
    browser.get("/teach/reviews")
    pin = {"photo": photo.id.hex, "x": "50", "y": "40", "shape": "oval", "w": "12.5", "h": "8", "note": "Here."}
    data = {"revision": "0"} | {f"pin.1.{name}": value for name, value in pin.items()}
    assert browser.post(f"/teach/reviews/{held.id}", data).status_code == 303
    assert services.stored_input(session, state(session, held)).pins == [
        PinInput(photo.id, 0.5, 0.4, note="Here.", shape="oval", w=0.125, h=0.08)
    ]
    flat = browser.post(f"/teach/reviews/{held.id}", {**data, "revision": "1", "pin.1.h": "0"})
    assert flat.status_code == 422 and "Pin 1 has no size." in words(soup(flat))
    point = browser.post(f"/teach/reviews/{held.id}", {**data, "revision": "1", "pin.1.shape": "point"})
    assert point.status_code == 303
    assert services.stored_input(session, state(session, held)).pins[0].w == 0


# --- queue --------------------------------------------------------------------------------------------------------


def test_filters_stand_in_the_address_and_can_be_kept(
    session: Session, send: Send, ines: Actor, jun: Actor, amara: Actor, browse: Browse
) -> None:
    send(amara, at=NOW - 50 * HOUR)
    send(amara, at=NOW)
    browser = browse(ines)
    page = soup(browser.get("/teach/reviews?overdue=1&step=building-layers&tier=foundation&skin=lip_pad_flat"))
    assert len(page.select("table.qtable tbody tr")) <= 1
    assert len(soup(browser.get("/teach/reviews?overdue=1")).select("table.qtable tbody tr")) == 1
    assert len(soup(browser.get("/teach/reviews?tries=redo")).select("table.qtable tbody tr")) == 0
    assert len(soup(browser.get("/teach/reviews?skin=%00&tier=x&step=9")).select("table.qtable tbody tr")) == 2
    saved = browser.post("/teach/reviews/views", {"overdue": "1", "name": "  Late   ones "})
    assert saved.location == "/teach/reviews?overdue=1"
    view = queries.saved_views(session, ines.user_id)[0]
    assert (view.name, view.filters) == ("Late ones", {"overdue": "1"})
    assert "Late ones" in words(soup(browser.get("/teach/reviews")).select_one(".seg"))
    other = browse(jun)
    assert "Late ones" not in other.get("/teach/reviews").text
    assert other.post(f"/teach/reviews/views/{view.id}/remove").status_code == 404
    assert browser.post(f"/teach/reviews/views/{view.id}/remove").status_code == 303
    assert list(queries.saved_views(session, ines.user_id)) == []


def test_a_piece_is_assigned_and_offered_accordingly(
    session: Session, send: Send, ines: Actor, jun: Actor, amara: Actor, browse: Browse, clock: Clock
) -> None:
    piece = send(amara, at=NOW)
    browser = browse(ines)
    form = soup(browser.get(f"/teach/reviews/{piece.id}/assign"))
    assert "Jun Park 0 pieces" in words(form.select_one("main"))
    assert browser.post(f"/teach/reviews/{piece.id}/assign", {"reviewer": str(jun.user_id)}).status_code == 303
    assert "for Jun Park" in words(soup(browser.get("/teach/reviews")).select_one("table.qtable"))
    assert queries.next_waiting(session, ines.user_id, NOW) is None
    assert queries.next_waiting(session, ines.user_id, NOW, away=[jun.user_id]) == piece.id
    assert queries.next_waiting(session, jun.user_id, NOW) == piece.id
    assert queries.next_waiting(session, ines.user_id, NOW + 49 * HOUR) == piece.id, "late work is everybody's"
    refused = browser.post(f"/teach/reviews/{piece.id}/assign", {"reviewer": str(amara.user_id)}, follow_redirects=True)
    assert "This person must not review this piece." in words(soup(refused))
    assert session.get_one(Assignment, piece.id, populate_existing=True).reviewer_id == jun.user_id
    assert browser.post(f"/teach/reviews/{piece.id}/assign", {"reviewer": ""}).status_code == 303
    session.expire_all()
    assert session.get(Assignment, piece.id) is None


def test_an_even_split_is_proposed_and_applied(
    session: Session, send: Send, ines: Actor, jun: Actor, amara: Actor, browse: Browse
) -> None:
    for n in range(5):
        send(amara, at=NOW + n * HOUR)
    browser = browse(ines)
    page = soup(browser.get("/teach/reviews/split"))
    pairs = [field["value"] for field in page.select("input[name=pair]")]
    assert len(pairs) == 5
    assert browser.post("/teach/reviews/split", {"pair": pairs}).status_code == 303
    counts = queries.loads(session)
    assert sorted([counts[ines.user_id], counts[jun.user_id]]) == [2, 3]
    assert browser.post("/teach/reviews/split", {"pair": [*pairs, "nonsense"]}).status_code == 303
    assert len(session.scalars(select(Assignment)).all()) == 5
    assert "There is nothing to split" in browser.get("/teach/reviews/split").text


def test_an_open_queue_page_hears_who_holds_what(
    session: Session, send: Send, ines: Actor, jun: Actor, amara: Actor, browse: Browse
) -> None:
    taken, free = send(amara, at=NOW), send(amara, at=NOW + HOUR)
    services.claim_review(session, jun, taken.id, now=NOW)
    session.commit()
    answer = browse(ines).get(f"/teach/reviews/holders?ids={taken.id.hex},{free.id.hex},x").json
    assert answer == {"held": {taken.id.hex: "Jun Park is reviewing this since 12:00 UTC"}, "gone": []}


def test_settings_stay_with_the_person(session: Session, held: Review, ines: Actor, browse: Browse) -> None:
    browser = browse(ines)
    assert "data-no-keys" not in browser.get(f"/teach/reviews/{held.id}").text
    assert browser.post("/teach/reviews/settings", {"goes_on": "1"}, headers=JSON).status_code == 204
    assert queries.desk_setting(session, ines.user_id) == queries.DeskSetting(single_keys=False, goes_on=True)
    assert "data-no-keys" in browse(ines).get(f"/teach/reviews/{held.id}").text


# --- saved comments and spoken notes ------------------------------------------------------------------------------


def test_comments_are_kept_shared_changed_and_removed(
    session: Session, ines: Actor, jun: Actor, browse: Browse, journey: None
) -> None:
    mine, other = browse(ines), browse(jun)
    mine.get("/teach/reviews/comments")
    other.get("/teach/reviews/comments")
    wrong = mine.post("/teach/reviews/comments", {"text": "Do {this}", "step": "lip-mapping"})
    assert wrong.status_code == 422 and "{this} is filled by nothing." in words(soup(wrong))
    assert "Do {this}" in soup(wrong).find(id="text").get_text()
    text = "Measure {criterion} of {piece}."
    assert mine.post("/teach/reviews/comments", {"text": text, "step": "lip-mapping"}).status_code == 303
    assert text not in other.get("/teach/reviews/comments").text
    (comment,) = queries.comments_for(session, ines.user_id)
    changed = {"text": text, "step": "", "shared": "1"}
    assert other.post(f"/teach/reviews/comments/{comment.id}", changed).status_code == 404
    assert mine.post(f"/teach/reviews/comments/{comment.id}", changed).status_code == 303
    page = words(soup(other.get("/teach/reviews/comments")))
    assert text in page and "From Ines Calloway" in page
    assert other.post(f"/teach/reviews/comments/{comment.id}/remove").status_code == 404
    assert mine.post(f"/teach/reviews/comments/{comment.id}/remove").status_code == 303
    session.expire_all()
    assert queries.comments_for(session, jun.user_id) == []


def test_a_spoken_note_is_private_and_has_words(
    session: Session,
    held: Review,
    ines: Actor,
    jun: Actor,
    amara: Actor,
    linh: Actor,
    browse: Browse,
    runtime: Runtime,
    clock: Clock,
) -> None:
    browser, student = browse(ines), browse(amara)
    url = f"/teach/reviews/{held.id}/audio"
    browser.get("/teach/reviews")

    def add(data: bytes, summary: str) -> tuple[int, str]:
        form = {"audio": (BytesIO(data), "note.webm"), "summary": summary, "seconds": "7"}
        answer = browser.post(url, form, headers=JSON)
        return answer.status_code, answer.get_data(as_text=True)

    assert add(WEBM, "")[0] == 422
    assert "not a recording" in add(b"<html>" + WEBM, "Hello")[1]
    assert add(WEBM, "Look at the left corner.")[0] == 200
    assert add(WEBM, "Look at the left corner!")[0] == 200, "sent again is the same note"
    (note,) = queries.audio_of(session, held.id)
    sound = browser.get(f"/teach/recordings/{note.id}", headers={"Range": "bytes=0-3"})
    assert (sound.status_code, sound.data, sound.mimetype) == (206, WEBM[:4], "audio/webm")
    assert sound.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert browse(jun).get(f"/teach/recordings/{note.id}").status_code == 404
    assert student.get(f"/learn/recordings/{note.id}").status_code == 404, "not before the decision"
    decide(browser, session, held)
    clock.value += HOLD
    work_off(runtime)
    assert student.get(f"/learn/recordings/{note.id}").data == WEBM
    assert browse(linh).get(f"/learn/recordings/{note.id}").status_code == 404
    assert browser.post(f"{url}/{note.id}/remove").status_code in (404, 409)
