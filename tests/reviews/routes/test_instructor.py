"""The queue, the workspace and the photos of instructors, over HTTP."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from sqlalchemy.orm import Session

from app.domain.access.actor import SYSTEM, Actor, Role
from app.domain.desk.hold import HOLD
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from app.practice import queries as practice
from app.practice.models import Submission
from app.reviews import queries, services
from app.reviews.models import Review
from app.reviews.services import DraftInput, FlagInput
from app.studios import services as studio_services
from tests.conftest import NOW, Browser, Clock
from tests.factories.practice import complete_piece, tiny_webp
from tests.factories.reviews import CORE, decided_review, full_draft, sent_again

Send = Callable[..., Submission]
Browse = Callable[..., Browser]
HOUR = timedelta(hours=1)
JSON = {"Accept": "application/json"}


def soup(response: Any) -> BeautifulSoup:
    return BeautifulSoup(response.get_data(as_text=True), "html.parser")


def words(node: Any) -> str:
    return " ".join(node.get_text(" ").split())


def fields(draft: DraftInput) -> dict[str, str]:
    """A draft as the page would send it."""
    data = {"revision": str(draft.revision), "note": draft.note}
    data |= {f"level.{name}": str(level) for name, level in draft.ratings.items()}
    data |= {f"reason.{name}": reason for name, reason in draft.reasons.items()}
    for number, pin in enumerate(draft.pins, start=1):
        values = {
            "photo": pin.photo_id.hex,
            "x": f"{pin.x * 100:.2f}",
            "y": f"{pin.y * 100:.2f}",
            "criterion": pin.criterion,
            "defect": pin.defect,
            "note": pin.note,
        }
        data |= {f"pin.{number}.{name}": value for name, value in values.items()}
    return data


def form_of(page: BeautifulSoup) -> dict[str, str]:
    """What a browser without script would send from the page's form, if its first button were pressed."""
    form = page.find(id="review")
    assert form is not None
    data = {}
    for field in form.select("input[name], select[name], textarea[name]"):
        if field.find_parent("template") or (
            field.get("type") in ("radio", "checkbox") and not field.has_attr("checked")
        ):
            continue
        if field.name == "select":
            chosen = field.find("option", selected=True) or field.find("option")
            data[field["name"]] = chosen["value"]
        else:
            data[field["name"]] = field.get_text() if field.name == "textarea" else field.get("value", "")
    return data


@pytest.fixture
def teach(browse: Browse) -> Browse:
    """`teach(instructor)` -> their browser, which has seen the queue (and so has a token to post with)."""

    def make(actor: Actor) -> Browser:
        browser = browse(actor)
        assert browser.get("/teach/reviews").status_code == 200
        return browser

    return make


def state(session: Session, review: Review) -> Review:
    return session.get_one(Review, review.id, populate_existing=True)


# --- queue --------------------------------------------------------------------------------------------------------


def test_an_empty_queue_says_so(journey: None, ines: Actor, browse: Browse) -> None:
    page = soup(browse(ines).get("/teach/reviews"))
    assert "The queue is empty" in words(page)
    assert page.find("form", action=re.compile("/claim")) is None


def test_the_queue_shows_who_waits_and_who_holds(
    session: Session, clock: Clock, send: Send, ines: Actor, jun: Actor, amara: Actor, linh: Actor, browse: Browse
) -> None:
    clock.value = NOW + timedelta(minutes=31)
    late, taken, fresh = send(amara, at=NOW - 49 * HOUR), send(linh, at=NOW - 40 * HOUR), send(linh, at=NOW)
    services.claim_review(session, jun, taken.id, now=clock())
    session.commit()
    page = soup(browse(ines).get("/teach/reviews"))
    rows = [words(row) for row in page.select("table.qtable tbody tr")]
    assert "Piece 1 E08 Lip blush, full lip, sheer, flat lip pad Amara Osei" in rows[0]
    assert "49 h, late" in rows[0] and "Is the left corner even?" in rows[0] and "1st" in rows[0]
    assert "Jun Park is reviewing this since 12:31 UTC" in rows[1] and "40 h" in rows[1]
    assert "31 min" in rows[2]
    claims = [form["action"] for form in page.select("table.qtable form")]
    assert claims == [f"/teach/reviews/{piece.id}/claim" for piece in (late, fresh)]
    assert "3 pieces waiting. The oldest came in 49 h ago, the promise is 48." in words(page)
    start = page.select_one(".pagehead form")
    assert start is not None and start["action"] == f"/teach/reviews/{late.id}/claim"


def test_own_claims_stand_on_top_and_own_pieces_nowhere(
    session: Session, send: Send, make_user: Callable[..., Actor], amara: Actor, browse: Browse
) -> None:
    both = make_user(Role.STUDENT, Role.INSTRUCTOR, name="Noor Haddad")
    send(both, at=NOW - HOUR)
    review = services.claim_review(session, both, send(amara).id, now=NOW)
    session.commit()
    page = soup(browse(both).get("/teach/reviews"))
    mine = page.find("section", attrs={"aria-labelledby": "mine-h"})
    assert mine is not None
    link = mine.find("a")
    assert link["href"] == f"/teach/reviews/{review.id}" and words(link).startswith("Continue")
    assert page.select("table.qtable tbody tr") == []


def test_the_queue_is_filtered_and_paged(
    session: Session, send: Send, ines: Actor, amara: Actor, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.reviews.routes.instructor.PAGE", 2)
    for n in range(3):
        send(amara, at=NOW - n * HOUR)
    browser = browse(ines)
    page = soup(browser.get("/teach/reviews?exercise=e08"))
    assert len(page.select("table.qtable tbody tr")) == 2
    following = page.select_one(".pager a[rel=next]")
    assert following is not None and "exercise=e08" in following["href"]
    rest = soup(browser.get(following["href"]))
    assert len(rest.select("table.qtable tbody tr")) == 1
    assert rest.select_one(".pager a[rel=prev]") is not None
    other = soup(browser.get("/teach/reviews?exercise=e99"))
    assert "No piece with these filters waits for you." in words(other)
    assert browser.get("/teach/reviews?after=nonsense").status_code == 200


@pytest.mark.parametrize("role", [Role.STUDENT, Role.STUDIO, Role.ADMIN])
def test_only_instructors_see_any_of_it(
    role: Role, held: Review, make_user: Callable[..., Actor], browse: Browse, session: Session
) -> None:
    studio = studio_services.create_studio(session, SYSTEM, name="Atelier Rouge", city="Lyon", now=NOW)
    session.commit()
    browser = browse(make_user(role, name="Somebody Else", studio_id=studio.id))
    photo = practice.submission_photos(session, held.submission_id)[0]
    for path in ("/teach/reviews", f"/teach/reviews/{held.id}", f"/teach/photos/{photo.id}/small"):
        assert browser.get(path).status_code == 404
    for path in (held.id, f"{held.id}/complete", f"{held.id}/release", f"{held.submission_id}/claim"):
        assert browser.post(f"/teach/reviews/{path}", {"revision": "0"}).status_code == 404
    assert browse().get("/teach/reviews").status_code == 303


# --- claiming -----------------------------------------------------------------------------------------------------


def test_a_claim_opens_the_workspace(session: Session, send: Send, ines: Actor, amara: Actor, teach: Browse) -> None:
    submission = send(amara)
    browser = teach(ines)
    response = browser.post(f"/teach/reviews/{submission.id}/claim")
    review = queries.open_review_of(session, submission.id)
    assert review is not None and review.reviewer_id == ines.id
    assert (response.status_code, response.location) == (303, f"/teach/reviews/{review.id}")
    assert browser.get(response.location).status_code == 200


def test_who_comes_second_sees_the_queue_and_why(held: Review, jun: Actor, teach: Browse) -> None:
    response = teach(jun).post(f"/teach/reviews/{held.submission_id}/claim")
    page = soup(response)
    assert response.status_code == 409
    assert "Another instructor is reviewing this piece. Choose another piece." in words(page)
    assert "Ines Calloway is reviewing this since 12:00 UTC" in words(page)


def test_ones_own_piece_and_unknown_pieces(
    session: Session, send: Send, make_user: Callable[..., Actor], teach: Browse
) -> None:
    both = make_user(Role.STUDENT, Role.INSTRUCTOR, name="Noor Haddad")
    response = teach(both).post(f"/teach/reviews/{send(both).id}/claim")
    assert response.status_code == 409
    assert "Nobody reviews their own piece." in words(soup(response))
    assert teach(both).post(f"/teach/reviews/{uuid4()}/claim").status_code == 404


# --- the workspace ------------------------------------------------------------------------------------------------


def test_the_workspace_shows_piece_log_rubric_and_photos(
    session: Session, held: Review, ines: Actor, teach: Browse
) -> None:
    page = soup(teach(ines).get(f"/teach/reviews/{held.id}"))
    assert words(page.h1) == "Amara Osei, piece 1"
    assert "Amara asks: Is the left corner even?" in words(page)
    assert [words(f.figcaption) for f in page.select("[data-shot]")] == [
        "Blank skin with code card",
        "Map with ruler",
        "Final front",
    ]
    rows = page.select("[data-row]")
    assert len(rows) == 10
    mapping = page.find(id="c-lip-mapping")
    assert words(mapping.legend) == "Lip Mapping, core"
    assert [radio["value"] for radio in mapping.select("input[type=radio]")] == ["1", "2", "3", "4"]
    assert "All points and both lines are placed" in words(mapping)
    assert "Largest left-right difference 0,5 mm" in words(mapping)
    numbing = words(page.find(id="c-numbing"))
    assert "Planned 40 mg of lidocaine; the ceiling for this weight is 270 mg, 6.75 g of this product." in numbing
    assert "70 passes (Foundation)" in words(page)
    assert words(page.select_one("[data-needs-count]")) == "10"
    assert [button["value"] for button in page.select("button[name=result]")] == ["failed", "resubmit", "approved"]
    assert page.find("section", attrs={"aria-labelledby": "earlier-h"}) is None


def test_self_scores_and_earlier_tries_stand_beside(
    session: Session, held: Review, ines: Actor, jun: Actor, amara: Actor, teach: Browse
) -> None:
    submission = practice.submission(session, held.submission_id)
    services.release_review(session, ines, held.id, now=NOW)
    decided_review(session, jun, submission.id, now=NOW, good=False)
    again = sent_again(session, amara, submission.entry_id, now=NOW + HOUR)
    again.frozen = {**again.frozen, "self_scores": {"lip-mapping": 4}}
    review = services.claim_review(session, ines, again.id, now=NOW + HOUR)
    session.commit()
    page = soup(teach(ines).get(f"/teach/reviews/{review.id}"))
    assert "Self 4, last try 1" in words(page.find(id="c-lip-mapping"))
    earlier = page.find("section", attrs={"aria-labelledby": "earlier-h"})
    assert "Try 1 Try again 52" in words(earlier)
    assert "Keep this pace." in words(earlier)


def test_another_instructors_review_is_not_there(held: Review, jun: Actor, teach: Browse) -> None:
    browser = teach(jun)
    assert browser.get(f"/teach/reviews/{held.id}").status_code == 404
    for verb in ("", "/complete", "/release"):
        data = {"revision": "0", "result": "approved"}
        assert browser.post(f"/teach/reviews/{held.id}{verb}", data).status_code == 404


def test_the_page_sends_back_what_is_stored(
    session: Session, held: Review, ines: Actor, teach: Browse, clock: Clock
) -> None:
    draft = full_draft(session, held, 3, {"lip-mapping": 1}, note="Line one.\nLine two.")
    draft = replace(draft, critical=[FlagInput("HYG", "A used cap.", pin=2)])
    services.save_review(session, ines, held.id, draft, now=clock())
    session.commit()
    browser = teach(ines)
    data = form_of(soup(browser.get(f"/teach/reviews/{held.id}")))
    assert (data["revision"], data["level.lip-mapping"], data["flag.HYG.evidence"]) == ("1", "1", "pin.2")
    assert browser.post(f"/teach/reviews/{held.id}", data, headers=JSON).json["revision"] == 1, "nothing differs"
    assert services.stored_input(session, state(session, held)).says_the_same(draft)


def test_the_script_saves_and_learns_where_the_draft_stands(
    session: Session, held: Review, ines: Actor, teach: Browse
) -> None:
    browser = teach(ines)
    answer = browser.post(
        f"/teach/reviews/{held.id}", {"revision": "0", "level.lip-mapping": "2", "note": "So far."}, headers=JSON
    )
    assert answer.status_code == 200
    assert answer.json == {
        "revision": 1,
        "score": "55",
        "rated": 1,
        "total": 10,
        "reached": None,
        "reasons": [],
        "problems": answer.json["problems"],
    }
    pin = next(p for p in answer.json["problems"] if p["field"] == "lip-mapping")
    assert pin["href"] == "#c-lip-mapping" and pin["sentence"].startswith("Lip Mapping is below level 4: pin the spot")
    full = browser.post(
        f"/teach/reviews/{held.id}", fields(replace(full_draft(session, held), revision=1)), headers=JSON
    )
    assert (full.json["reached"], full.json["problems"], full.json["score"]) == ("approved", [], "100")
    assert state(session, held).revision == 2


def test_the_form_saves_without_script(session: Session, held: Review, ines: Actor, teach: Browse) -> None:
    photo = practice.submission_photos(session, held.submission_id)[-1]
    data = {
        "revision": "0",
        "level.numbing": "3",
        "note": "By hand.",
        "pin.new1.photo": photo.id.hex,
        "pin.new1.x": "12.5",
        "pin.new1.y": "80",
        "pin.new1.note": "Here.",
    }
    browser = teach(ines)
    response = browser.post(f"/teach/reviews/{held.id}", data)
    assert (response.status_code, response.location) == (303, f"/teach/reviews/{held.id}")
    page = soup(browser.get(response.location))
    assert "The draft is saved." in words(page)
    pin = page.select_one(f"#photo-{photo.id.hex} svg.pins > svg")
    assert pin is not None and (pin["x"], pin["y"]) == ("12.5%", "80.0%")
    assert "Here." in words(page.find(id="pin-1"))


def test_a_stale_form_is_kept_beside_and_both_are_shown(
    session: Session, held: Review, ines: Actor, teach: Browse, clock: Clock
) -> None:
    services.keep_draft(session, ines, held.id, DraftInput(0, note="From the other window."), now=clock())
    session.commit()
    browser = teach(ines)
    response = browser.post(f"/teach/reviews/{held.id}", {"revision": "0", "note": "Typed in this window."})
    assert response.status_code == 303
    page = soup(browser.get(response.location))
    assert words(page.h1) == "Two windows changed this review"
    row = next(row for row in page.select("tbody tr.sel") if "Note" in words(row))
    assert "Typed in this window." in words(row) and "From the other window." in words(row)
    assert state(session, held).note == "From the other window.", "nothing was overwritten"
    button = page.select_one("form[action$='/restore']")
    assert button is not None
    knowingly = browser.post(button["action"], {"revision": button.select_one("[name=revision]")["value"]})
    assert knowingly.status_code == 303
    assert state(session, held).note == "Typed in this window."
    notes = [words(line) for line in soup(browser.get(f"/teach/reviews/{held.id}/versions")).select("main ol li")]
    assert len(notes) == 3, "both, and the one that went back"
    assert sum("From the other window." in line for line in notes) == 1


def test_a_stale_script_is_told_the_stored_revision(
    session: Session, held: Review, ines: Actor, teach: Browse, clock: Clock
) -> None:
    services.save_review(session, ines, held.id, DraftInput(0, note="Newer."), now=clock())
    session.commit()
    browser = teach(ines)
    answer = browser.post(f"/teach/reviews/{held.id}", {"revision": "0", "note": "Older."}, headers=JSON)
    conflict = answer.json["conflict"]
    assert (answer.status_code, conflict["revision"]) == (200, 1)
    assert "version 1 is saved, and this page began with version 0. Nothing was overwritten." in conflict["message"]
    assert "Older." in words(soup(browser.get(conflict["url"])))


def test_a_lost_hold_is_said_and_nothing_typed_is_lost(
    session: Session, held: Review, ines: Actor, jun: Actor, teach: Browse, clock: Clock
) -> None:
    clock.tick(hours=2)
    services.claim_review(session, jun, held.submission_id, now=clock())
    session.commit()
    browser = teach(ines)
    response = browser.post(f"/teach/reviews/{held.id}", {"revision": "0", "note": "An hour's work."})
    page = soup(response)
    assert response.status_code == 409
    assert "your hold on it ran out" in words(page)
    assert page.find(id="note").get_text() == "An hour's work."
    assert browser.post(f"/teach/reviews/{held.id}", {"revision": "0"}, headers=JSON).status_code == 409
    closed = soup(browser.get(f"/teach/reviews/{held.id}"))
    assert "You do not hold this piece any more." in words(closed)
    assert closed.select("button[name=result]") == [] and closed.select_one("fieldset[disabled]") is not None


def test_values_that_cannot_be_saved_are_named(held: Review, ines: Actor, teach: Browse, session: Session) -> None:
    browser = teach(ines)
    response = browser.post(f"/teach/reviews/{held.id}", {"revision": "0", "reason.numbing": "Because."})
    page = soup(response)
    assert response.status_code == 422
    assert "Choose a level as well" in words(page.find(id="c-numbing"))
    assert page.find(id="reason.numbing").get_text() == "Because."
    assert browser.post(f"/teach/reviews/{held.id}", {"revision": "?"}).status_code == 422
    assert state(session, held).revision == 0


# --- deciding and giving back -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "levels", "said", "entry_state"),
    [
        ("approved", {}, "piece 1 is approved.", "approved"),
        ("resubmit", dict.fromkeys(CORE, 1), "piece 1 is returned for another try.", "returned"),
    ],
)
def test_a_decision_goes_on_to_the_next_piece(
    session: Session,
    held: Review,
    send: Send,
    ines: Actor,
    amara: Actor,
    linh: Actor,
    teach: Browse,
    result: str,
    levels: dict[str, int],
    said: str,
    entry_state: str,
    runtime: Runtime,
    clock: Clock,
) -> None:
    following = send(linh)
    browser = teach(ines)
    draft = full_draft(session, held, 4, levels, note="Calm work.")
    response = browser.post(f"/teach/reviews/{held.id}/complete", {**fields(draft), "result": result})
    assert (response.status_code, response.location) == (303, f"/teach/reviews?done={result}")
    page = soup(browser.get(response.location))
    assert said in words(page)
    button = page.select_one(".pagehead form")
    assert button is not None and button["action"] == f"/teach/reviews/{following.id}/claim"
    assert words(button).startswith("Next piece")
    assert (state(session, held).state, state(session, held).outcome) == ("open", None), "it can be taken back"
    clock.value += HOLD
    work_off(runtime)
    assert state(session, held).outcome == result
    submission = practice.submission(session, held.submission_id)
    assert practice.entry_for(session, amara.user_id, submission.entry_id).state == entry_state
    decided = soup(browser.get(f"/teach/reviews/{held.id}"))
    assert "You decided this on Nov 22, 2026." in words(decided)
    assert decided.select("button[name=result]") == []
    again = browser.post(f"/teach/reviews/{held.id}/complete", {**fields(draft), "result": result})
    assert again.status_code == 303, "a second press is the same press"
    other = browser.post(f"/teach/reviews/{held.id}/complete", {**fields(draft), "result": "failed"})
    assert other.status_code == 409


def test_a_failing_piece_carries_its_critical_fault(
    session: Session, held: Review, ines: Actor, teach: Browse, runtime: Runtime, clock: Clock
) -> None:
    draft = fields(full_draft(session, held, 4, note="Please start over with a clean station."))
    flag = {"flag.HYG": "1", "flag.HYG.evidence": "log.numbing.product", "flag.HYG.reason": "Named in the log."}
    response = teach(ines).post(f"/teach/reviews/{held.id}/complete", {**draft, **flag, "result": "failed"})
    assert response.status_code == 303
    assert state(session, held).critical == [
        {"code": "HYG", "reason": "Named in the log.", "pin": 0, "log_field": "numbing.product"}
    ]
    clock.value += HOLD
    work_off(runtime)
    assert state(session, held).outcome == "failed"


def test_a_decision_that_is_not_due_is_refused_at_the_places(
    session: Session, held: Review, ines: Actor, teach: Browse
) -> None:
    draft = full_draft(session, held, 4, {"lip-mapping": 2}, note="")
    bare = {name: value for name, value in fields(draft).items() if not name.startswith(("pin.", "level.record"))}
    response = teach(ines).post(f"/teach/reviews/{held.id}/complete", {**bare, "result": "approved"})
    page = soup(response)
    assert response.status_code == 422
    summary = page.select_one(".errsum[data-autofocus]")
    assert summary is not None
    assert {link["href"] for link in summary.select("a")} == {"#c-lip-mapping", "#c-record"}
    assert "pin the spot on a photo" in words(page.find(id="c-lip-mapping"))
    assert "Choose a level from 1 to 4" in words(page.find(id="c-record"))
    assert form_of(page)["level.lip-mapping"] == "2", "what was chosen is still there"
    assert (state(session, held).state, state(session, held).revision) == ("open", 0)


def test_a_decision_by_a_stale_page_is_refused(
    session: Session, held: Review, ines: Actor, teach: Browse, clock: Clock
) -> None:
    stale = full_draft(session, held, 4)
    services.save_review(session, ines, held.id, full_draft(session, held, 3), now=clock())
    session.commit()
    response = teach(ines).post(f"/teach/reviews/{held.id}/complete", {**fields(stale), "result": "approved"})
    assert response.status_code == 303 and "/versions/" in response.location
    assert queries.held_decision(session, held.id) is None
    assert state(session, held).state == "open"


def test_an_unknown_decision_is_refused(held: Review, ines: Actor, teach: Browse) -> None:
    response = teach(ines).post(f"/teach/reviews/{held.id}/complete", {"revision": "0", "result": "praised"})
    assert response.status_code == 422


def test_giving_back_saves_first(session: Session, held: Review, ines: Actor, jun: Actor, teach: Browse) -> None:
    browser = teach(ines)
    response = browser.post(f"/teach/reviews/{held.id}/release", {"revision": "0", "note": "For later."})
    assert (response.status_code, response.location) == (303, "/teach/reviews")
    assert (state(session, held).state, state(session, held).note) == ("released", "For later.")
    assert "The piece is back in the queue." in words(soup(browser.get("/teach/reviews")))
    assert teach(jun).post(f"/teach/reviews/{held.submission_id}/claim").status_code == 303
    assert browser.post(f"/teach/reviews/{held.id}/release").status_code == 303, "it was given back already"


def test_giving_back_a_stale_page_loses_nothing(
    session: Session, held: Review, ines: Actor, teach: Browse, clock: Clock
) -> None:
    services.save_review(session, ines, held.id, DraftInput(0, note="Newer."), now=clock())
    session.commit()
    response = teach(ines).post(f"/teach/reviews/{held.id}/release", {"revision": "0", "note": "Older."})
    assert response.status_code == 303 and "/versions/" in response.location
    assert state(session, held).state == "open"


# --- photos -------------------------------------------------------------------------------------------------------


def test_sent_photos_are_served_to_instructors(
    session: Session, held: Review, ines: Actor, jun: Actor, teach: Browse
) -> None:
    photo = practice.submission_photos(session, held.submission_id)[0]
    browser = teach(jun)
    response = browser.get(f"/teach/photos/{photo.id}/medium")
    assert (response.status_code, response.mimetype) == (200, "image/webp")
    assert response.data == tiny_webp(1008, 756)
    assert response.content_length == len(response.data)
    response.close()
    assert response.headers["Cache-Control"] == "private, max-age=3600"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    again = browser.get(f"/teach/photos/{photo.id}/medium", headers={"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert browser.get(f"/teach/photos/{photo.id}/original").status_code == 404
    assert browser.get(f"/teach/photos/{uuid4()}/medium").status_code == 404


def test_photos_of_drafts_and_lost_files_are_not_there(
    session: Session, runtime: Runtime, held: Review, amara: Actor, ines: Actor, teach: Browse
) -> None:
    entry = complete_piece(session, amara, now=NOW, storage=runtime.storage)
    session.commit()
    browser = teach(ines)
    draft_photo = practice.photos_of(session, entry.id)[0]
    assert browser.get(f"/teach/photos/{draft_photo.id}/medium").status_code == 404
    sent = practice.submission_photos(session, held.submission_id)[0]
    runtime.storage.delete(sent.renditions["small"]["key"])
    assert browser.get(f"/teach/photos/{sent.id}/small").status_code == 404
