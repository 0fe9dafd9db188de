"""Pages of applications, waivers and trials of rules; the student's pages of renewal and of what would be enough."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.certification import services
from app.certification.models import Application, Complaint, Decision, RuleTrial, Waiver
from app.domain.access.actor import SYSTEM, Actor, Role
from app.domain.certification.renewal import valid_until
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from tests.certification.test_life import REASON, ready_to_renew
from tests.conftest import NOW, Browser, Clock, QueryCount
from tests.factories.certification import meet, publish_rules
from tests.factories.credentials import issue_sample

Browse = Callable[..., Browser]
MakeUser = Callable[..., Actor]


def enter(browse: Browse, actor: Actor) -> Browser:
    found = browse(actor)
    found.get("/account/")  # the first page gives the token that forms send
    return found


@pytest.fixture
def admin(browse: Browse, make_user: MakeUser) -> Browser:
    return enter(browse, make_user(Role.ADMIN, name="Ruth Amadi"))


def test_an_application_is_answered_by_somebody_else_than_the_reviewer(
    session: Session, browse: Browse, student: Actor, instructor: Actor, make_user: MakeUser
) -> None:
    publish_rules(session, NOW, approval=True)
    meet(session, student, now=NOW, reviewer=instructor)
    services.record_decisions(session, SYSTEM, student.user_id, now=NOW)
    session.commit()
    own, reviewer = enter(browse, student), enter(browse, instructor)
    second = enter(browse, make_user(Role.INSTRUCTOR, name="Marta Second"))
    assert "With a second person" in own.get("/learn/path").text
    page = second.get("/teach/applications").text
    assert "Amara Osei" in page and "first certificate" in page
    assert "1 application waits for a second person" in second.get("/teach/proofs").text
    application = session.scalars(select(Application)).one()
    address = f"/teach/applications/{application.id}"
    refused = reviewer.post(address, {"answer": "approve"})
    assert (refused.status_code, "You marked pieces of this artist" in refused.text) == (409, True)
    empty = second.post(address, {"answer": "refuse", "note": " "})
    assert (empty.status_code, "Tell the applicant what is missing." in empty.text) == (422, True)
    assert second.post(address, {}).status_code == 422
    assert second.post(address, {"answer": "refuse", "note": "A photo is blurred."}).status_code == 303
    assert "A photo is blurred." in own.get("/learn/path").text
    page = second.get("/teach/applications").text
    assert "No application waits" in page and "Agree now" in page
    assert second.post(address, {"answer": "approve"}).status_code == 303
    assert session.scalars(select(Decision)).one().user_id == student.id
    assert own.get("/teach/applications").status_code == 404
    assert own.post(address, {"answer": "approve"}).status_code == 404


def test_a_waiver_is_granted_read_and_ended(session: Session, browse: Browse, student: Actor, admin: Browser) -> None:
    publish_rules(session, NOW, waivable=["hours"], hours={"total": 50})
    meet(session, student, now=NOW, without=("quiz",))
    session.commit()
    assert "No waiver was granted" in admin.get("/admin/waivers").text
    found = admin.get("/admin/waivers?q=amara").text
    address = f"/admin/waivers/{student.id}"
    assert address in found
    assert "No student is called like that." in admin.get("/admin/waivers?q=%25").text
    page = admin.get(address).text
    assert "certified|hours:total" in page and "certified|quiz:" not in page
    typed = {"requirement": "certified|hours:total", "reason": REASON, "until": ""}
    short = admin.post(address, {**typed, "reason": "So."})
    assert (short.status_code, "Give the reason in 10 to 300 characters" in short.text) == (422, True)
    assert admin.post(address, {**typed, "requirement": "certified|age"}).status_code == 409
    assert admin.post(address, {**typed, "requirement": "x"}).status_code == 404
    assert admin.post(address, typed).status_code == 303
    own = enter(browse, student)
    path = own.get("/learn/path").text
    assert f"Waived by the academy: {REASON}" in path
    assert REASON in admin.get("/admin/waivers").text
    waiver = session.scalars(select(Waiver)).one()
    assert admin.post(f"/admin/waivers/{waiver.id}/end").status_code == 303
    assert f"Waived by the academy: {REASON}" not in own.get("/learn/path").text
    for other in (own, enter(browse, Actor(id=student.id))):
        assert other.get("/admin/waivers").status_code == 404
        assert other.get(address).status_code == 404


def test_a_complaint_is_recorded_looked_into_and_closed(
    session: Session, browse: Browse, student: Actor, admin: Browser, count_queries: QueryCount
) -> None:
    assert "No complaint was recorded" in admin.get("/admin/complaints").text
    page = f"/admin/complaints/about/{student.id}"
    assert page in admin.get("/admin/complaints?q=amara").text
    short = admin.post(page, {"about": "Bad."})
    assert (short.status_code, "Bad." in short.text) == (422, True), "what was typed is kept"
    for words in ("A client wrote of sore lips.", "A studio wrote of an unsealed cartridge."):
        assert admin.post(page, {"about": words}).status_code == 303
    assert admin.get(page).text.count("Open</span>") == 2
    found = session.scalars(select(Complaint).order_by(Complaint.about)).first()
    assert found is not None
    one = f"/admin/complaints/{found.id}"
    assert "sore lips" in admin.get(one).text
    assert admin.post(one, {"outcome": " "}).status_code == 422
    assert admin.post(one, {"outcome": "The client took it back."}).status_code == 303
    assert "The client took it back." in admin.get(one).text
    assert admin.post(one, {"outcome": "The client took it back."}).status_code == 409
    count_queries.statements.clear()
    listed = admin.get("/admin/complaints").text
    few = len(count_queries)
    assert ("Closed</span>" in listed, "Open</span>" in listed, few < 12) == (True, True, True)
    assert "sore" not in enter(browse, student).get("/learn/path").text


def test_a_changed_rule_is_tried_by_its_numbers(
    session: Session, runtime: Runtime, student: Actor, admin: Browser
) -> None:
    meet(session, student, now=NOW)
    session.commit()
    assert "Try a change" in admin.get("/admin/rules").text
    page = admin.get("/admin/rules/certified").text
    assert 'name="hours.total"' in page and "Lip Blush Basics quiz: mark in percent" in page
    same = admin.post("/admin/rules/certified", {"hours.total": "1"})
    assert (same.status_code, "Change at least one number." in same.text) == (422, True)
    wrong = admin.post("/admin/rules/certified", {"hours.total": "many"})
    assert (wrong.status_code, "Write whole numbers." in wrong.text, 'value="many"' in wrong.text) == (422, True, True)
    assert admin.get("/admin/rules/nothing").status_code == 404
    answer = admin.post("/admin/rules/certified", {"hours.total": "900"})
    assert answer.status_code == 303
    trial = session.scalars(select(RuleTrial)).one()
    assert "0 of 1 people judged" in admin.get(answer.location).text
    assert admin.post("/admin/rules/certified", {"hours.total": "901"}).status_code == 409
    work_off(runtime)
    done = admin.get(answer.location).text
    for words in ("1 of 1 people judged", "1 would lose", "Amara Osei", "Learning hours", "Nothing was changed"):
        assert words in done, words
    assert admin.post(f"/admin/rules/trials/{trial.id}/stop").status_code == 303
    assert str(trial.id) in admin.get("/admin/rules").text


def test_what_would_be_enough_is_shown_and_nothing_is_kept(
    session: Session, student: Actor, browse: Browse, count_queries: QueryCount
) -> None:
    meet(session, student, now=NOW, without=("quiz", "proof"))
    session.commit()
    own = enter(browse, student)
    assert "/learn/path/certified/what-if" in own.get("/learn/path").text
    page = own.get("/learn/path/certified/what-if").text
    assert "Lip Blush Basics quiz" in page and "That would be enough." not in page
    some = own.get("/learn/path/certified/what-if?done=proof:bbp&done=nonsense").text
    assert "1 requirement would still be missing." in some
    count_queries.statements.clear()
    both = own.get("/learn/path/certified/what-if?done=proof:bbp&done=quiz:quiz-lip-blush-basics").text
    assert len(count_queries) < 40
    assert "That would be enough." in both
    assert own.get("/learn/path/nothing/what-if").status_code == 404


def test_a_certificate_is_renewed_on_its_page(
    session: Session, runtime: Runtime, student: Actor, browse: Browse, clock: Clock, make_user: MakeUser
) -> None:
    clock.value = valid_until(NOW, 24) - timedelta(days=5)
    held = ready_to_renew(session, runtime, student, clock())
    own = enter(browse, student)
    address = "/learn/path/renewal/certified"
    assert address in own.get("/learn/path").text
    page = own.get(address).text
    assert "That whole day counts, in UTC" in page and "I have read this statement" in page
    assert own.post(address, {}).status_code == 422
    assert own.post(address, {"agreed": "y"}).status_code == 303
    work_off(runtime)
    later = own.get(address).text
    assert "November 22, 2030" in later and "I have read this statement" not in later
    public = browse().get(f"/credentials/{held.number}").text
    assert "Renewed" in public and "the whole day counts, in UTC" in public
    stranger = enter(browse, make_user(Role.STUDENT, name="Lea Fontaine"))
    assert stranger.get(address).status_code == 404
    assert stranger.post(address, {"agreed": "y"}).status_code == 404


def test_a_renewal_page_says_what_is_missing(
    session: Session, runtime: Runtime, student: Actor, browse: Browse
) -> None:
    issue_sample(session, runtime, student, issued_at=NOW)
    session.commit()
    own = enter(browse, student)
    page = own.get("/learn/path/renewal/certified").text
    assert "It can be renewed from 2028-08-24 (UTC) on." in page
    answer = own.post("/learn/path/renewal/certified", {"agreed": "y"})
    assert (answer.status_code, "Still missing: Time to renew" in answer.text) == (422, True)
