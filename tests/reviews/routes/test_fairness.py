"""Second looks, appeals, calibration and the academy's page, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.domain.rubric.scoring import Result
from app.practice import queries as practice
from app.practice.models import Submission
from app.reviews import queries, services
from app.reviews.models import Review
from app.reviews.services import FlagInput, PinInput
from tests.conftest import Browser, Clock
from tests.factories.reviews import FAR_BELOW, decided_review, full_draft
from tests.reviews.references import reference_pieces

Send = Callable[..., Submission]
Browse = Callable[..., Browser]
WHY = "Both peaks are within one millimeter: see the ruler on the map."


def soup(response: Any) -> BeautifulSoup:
    return BeautifulSoup(response.get_data(as_text=True), "html.parser")


def words(node: Any) -> str:
    return " ".join(node.get_text(" ").split())


@pytest.fixture
def flagged(session: Session, clock: Clock, send: Send, ines: Actor, amara: Actor) -> Submission:
    """Amara's piece, on which Ines raised a critical flag."""
    piece = send(amara)
    review = services.claim_review(session, ines, piece.id, now=clock())
    photo = practice.submission_photos(session, piece.id)[0].id
    draft = full_draft(session, review, 4, note="Start over.")
    pin = PinInput(photo, 0.5, 0.5, "hygiene", "HYG", "This cap.")
    flag = FlagInput("HYG", "A used cap stands there.", pin=1)
    changed = type(draft)(draft.revision, draft.ratings, draft.reasons, [pin], [flag], draft.note)
    services.decide_review(session, ines, review.id, changed, Result.FAILED, now=clock())
    session.commit()
    return piece


def test_a_second_look_shows_the_flag_and_nothing_else(
    session: Session, browse: Browse, flagged: Submission, jun: Actor
) -> None:
    browser = browse(jun)
    browser.get("/teach/reviews")
    page = browser.post(f"/teach/reviews/{flagged.id}/claim", follow_redirects=True)
    shown = words(soup(page))
    assert page.status_code == 200
    assert "A used cap stands there." in shown and "This cap." in shown
    assert "Start over." not in shown and "Amara" not in shown and "Ines" not in shown
    address = page.request.path
    refused = browser.post(address, data={"confirmed.HYG": "yes", "reason.HYG": ""})
    assert refused.status_code == 422
    assert soup(refused).select_one("input[name='confirmed.HYG'][value=yes]").has_attr("checked")
    done = browser.post(address, data={"confirmed.HYG": "yes", "reason.HYG": "The rim is wet."}, follow_redirects=True)
    assert "Your second look is recorded." in words(soup(done))
    session.refresh(flagged)
    assert flagged.state == "failed"


@pytest.fixture
def returned(session: Session, clock: Clock, send: Send, ines: Actor, amara: Actor) -> Review:
    """Amara's piece went back, far below the mark."""
    review = decided_review(session, ines, send(amara).id, now=clock(), good=False)
    session.commit()
    return review


def test_a_student_appeals_and_somebody_else_answers(
    session: Session, browse: Browse, returned: Review, amara: Actor, ines: Actor, jun: Actor
) -> None:
    student, entry_id = browse(amara), practice.submission(session, returned.submission_id).entry_id
    page = soup(student.get(f"/learn/practice/{entry_id}"))
    link = next(a for a in page.select("a") if "Appeal against this result" in a.text)
    form = student.get(link["href"])
    assert form.status_code == 200
    refused = student.post(link["href"], data={"why": "No."})
    assert refused.status_code == 422
    assert "Choose at least one point" in words(soup(refused)) and "No." in words(soup(refused))
    points = {"criterion": list(FAR_BELOW), "why": WHY}
    filed = student.post(link["href"], data=points, follow_redirects=True)
    assert "Your appeal is filed." in words(soup(filed)) and WHY in words(soup(filed))
    assert practice.submission(session, returned.submission_id).state == "resubmit"
    assert practice.entry_for(session, amara.user_id, entry_id).state == "submitted", "no new try meanwhile"

    assert "No appeal waits for you" in words(soup(browse(ines).get("/teach/appeals"))), "not for whoever marked it"
    judge = browse(jun)
    listed = soup(judge.get("/teach/appeals"))
    claim = next(f["action"] for f in listed.select("form") if f["action"].endswith("/claim"))
    opened = judge.post(claim, follow_redirects=True)
    shown = words(soup(opened))
    assert WHY in shown and "Lip Mapping" in shown
    assert "Consultation" not in words(soup(opened).select_one("form.card")), "only what is appealed is judged"
    assert "Amara" not in shown and "Ines" not in shown and "Keep this pace." not in shown
    address = opened.request.path
    answers = {f"level.{name}": "3" for name in FAR_BELOW}
    missing = judge.post(address, data=answers)
    assert missing.status_code == 422 and "write your reason" in words(soup(missing))
    answers |= {f"reason.{name}": "Within a millimeter." for name in FAR_BELOW}
    done = judge.post(address, data=answers, follow_redirects=True)
    assert "the result has changed" in words(soup(done))
    assert practice.submission(session, returned.submission_id).state == "approved"
    last = words(soup(student.get(f"/learn/practice/{entry_id}")))
    assert "Result changed" in last and "Level 3. Within a millimeter." in last


def test_an_appeal_is_only_ones_own(browse: Browse, returned: Review, linh: Actor, jun: Actor) -> None:
    address = f"/learn/practice/tries/{returned.submission_id}/appeal"
    other = browse(linh)
    assert other.get(address).status_code == 404
    assert other.post(address, data={"criterion": "lip-mapping", "why": WHY}).status_code == 404
    assert browse(jun).get(address).status_code == 404


def test_a_late_appeal_says_why(browse: Browse, clock: Clock, returned: Review, amara: Actor) -> None:
    clock.tick(days=15)
    student, address = browse(amara), f"/learn/practice/tries/{returned.submission_id}/appeal"
    assert "This result cannot be appealed now." in words(soup(student.get(address)))
    page = student.post(address, data={"criterion": "lip-mapping", "why": WHY})
    assert page.status_code == 409
    assert "The fourteen days for an appeal are over." in words(soup(page))


def test_a_round_of_calibration(
    session: Session, browse: Browse, clock: Clock, send: Send, ines: Actor, jun: Actor, amara: Actor
) -> None:
    piece = send(amara)
    decided_review(session, ines, piece.id, now=clock())
    reference_pieces(session, piece, ines, now=clock())
    session.commit()
    browser = browse(jun)
    assert "Pass a round before you review capstones." in words(soup(browser.get("/teach/calibration")))
    page = browser.post("/teach/calibration", follow_redirects=True)
    for place in range(20):
        assert f"Reference piece {place + 1} of 20" in words(soup(page))
        assert "Agreed" not in words(soup(page).select_one("form.card"))
        names = {radio["name"] for radio in soup(page).select("input[type=radio]")}
        level = str(1 + place % 4)
        if place == 0:
            refused = browser.post(page.request.path, data={})
            assert refused.status_code == 422 and "Choose a level" in words(soup(refused))
        page = browser.post(page.request.path, data=dict.fromkeys(names, level), follow_redirects=True)
        assert "Your levels and the agreed ones" in words(soup(page))
        page = browser.get(soup(page).select_one(".actions a")["href"], follow_redirects=True)
    assert "Where you differ" in words(soup(page))
    assert "Round 1" in words(soup(browser.get("/teach/calibration")))


def test_the_academy_sets_rules_and_answers_reports(
    session: Session, browse: Browse, clock: Clock, returned: Review, make_user: Callable[..., Actor], jun: Actor
) -> None:
    head = make_user(Role.ADMIN, name="Noor Haddad")
    admin = browse(head)
    page = admin.get("/admin/reviews")
    assert page.status_code == 200
    done = admin.post(
        "/admin/reviews/policy", data={"blind_all": "1", "calibration_months": "6"}, follow_redirects=True
    )
    assert "The rules of review are saved." in words(soup(done))
    assert queries.review_policy(session) == queries.Policy(blind_all=True, calibration_months=6)
    wrong = admin.post("/admin/reviews/policy", data={"calibration_months": "abc"}, follow_redirects=True)
    assert "Nothing was changed." in words(soup(wrong))
    add = next(f["action"] for f in soup(page).select("form") if "/references/" in f["action"])
    admin.post(add)
    assert queries.reference_count(session) == 1
    listed = soup(admin.get("/admin/reviews"))
    admin.post(next(f["action"] for f in listed.select("form") if f["action"].endswith("/retire")))
    assert queries.reference_count(session) == 0

    services.draw_remarks(session, "seed", now=clock.tick(days=31))
    session.commit()
    reader = browse(jun)
    take = next(f["action"] for f in soup(reader.get("/teach/appeals")).select("form") if "/remarks/" in f["action"])
    assert reader.post(take, follow_redirects=True).status_code == 200
    review = queries.open_review_of(session, returned.submission_id, remark=True)
    assert review is not None
    services.decide_review(session, jun, review.id, full_draft(session, review, 4), Result.APPROVED, now=clock())
    session.commit()
    admin = browse(head)
    report = soup(admin.get("/admin/reviews"))
    assert "Ines Calloway" in words(report) and "Jun Park" in words(report)
    close = next(f["action"] for f in report.select("form") if "/remarks/" in f["action"])
    admin.post(close, data={"answer": ""})
    assert len(queries.open_reports(session)) == 1
    admin.post(close, data={"answer": "We talked it over."})
    assert queries.open_reports(session) == []
