"""The answer about a number for programs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.credentials import services
from app.credentials.models import Credential
from app.domain.credentials.lifecycle import Change, Reason
from app.infra.runtime import Runtime
from tests.conftest import NOW, Browser, Clock
from tests.factories.credentials import ADMIN, issuer_for

Issue = Callable[..., Credential]
CHECKS = ["number", "record", "key", "status", "dates"]


@pytest.fixture
def browser(browse: Callable[..., Browser]) -> Browser:
    return browse()


@pytest.mark.parametrize(
    ("state", "verdict", "failed"),
    [
        ("valid", "VALID", []),
        ("expiring", "VALID", []),
        ("expired", "EXPIRED", ["dates"]),
        ("suspended", "SUSPENDED", ["status"]),
        ("revoked", "REVOKED", ["status"]),
        ("superseded", "SUPERSEDED", ["status"]),
        ("withdrawn", "WITHDRAWN", ["status"]),
    ],
)
def test_every_state_has_its_verdict_and_its_checks(
    issue: Issue, browser: Browser, state: str, verdict: str, failed: list[str]
) -> None:
    credential = issue(state)
    answer = browser.get(f"/api/v1/verify/{credential.number.lower()}")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    body = answer.json
    assert body["verdict"] == verdict
    assert body["number"] == credential.number
    assert body["as_of"] == "2026-11-22T12:00:00Z"
    assert [check["name"] for check in body["checks"]] == CHECKS
    assert [check["name"] for check in body["checks"] if check["outcome"] == "failed"] == failed
    assert all(check["detail"].endswith(".") and check["code"] for check in body["checks"])
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_a_valid_certificate_is_described(issue: Issue, browser: Browser) -> None:
    credential = issue()
    found = browser.get(f"/api/v1/verify/{credential.number}").json["certificate"]
    assert found == {
        "url": f"https://academy.test/credentials/{credential.number}",
        "document": f"https://academy.test/credentials/{credential.number}.json",
        "holder_name": "Amara Osei",
        "title": "Vermilion Certified Lip Blush Artist",
        "achievement": "https://academy.test/achievements/certified-v1",
        "issuer": {"id": "did:web:academy.test", "name": "Vermilion Academy"},
        "status": "active",
        "status_since": "2026-09-23T12:00:00Z",
        "reason_class": None,
        "issued_at": "2026-09-23T12:00:00Z",
        "valid_from": "2026-09-23T12:00:00Z",
        "valid_until": "2028-09-23T23:59:59Z",
        "replaces": None,
        "replaced_by": None,
    }


def test_a_chain_is_shown_both_ways(issue: Issue, browser: Browser) -> None:
    old = issue("superseded")
    found = browser.get(f"/api/v1/verify/{old.number}").json["certificate"]
    assert (found["status"], found["reason_class"], found["replaces"]) == ("superseded", "correction", None)
    newer = browser.get(f"/api/v1/verify/{found['replaced_by']}").json
    assert (newer["verdict"], newer["certificate"]["replaces"]) == ("VALID", old.number)


def test_an_expired_one_has_had_its_status_since_its_end(issue: Issue, browser: Browser) -> None:
    found = browser.get(f"/api/v1/verify/{issue('expired').number}").json["certificate"]
    assert found["status_since"] == found["valid_until"]


@pytest.mark.parametrize(
    ("number", "status", "verdict", "failed"),
    [
        ("VM-11111-11111-1", 404, "NOT_FOUND", "record"),
        ("VM-24F7K-9QX3A-1", 422, "MALFORMED", "number"),
        ("nonsense", 422, "MALFORMED", "number"),
        ("VM-24F7K-9QX3A-B%00", 422, "MALFORMED", "number"),
    ],
)
def test_what_is_not_there_is_a_problem_with_a_verdict(
    browser: Browser, journey: None, number: str, status: int, verdict: str, failed: str
) -> None:
    answer = browser.get(f"/api/v1/verify/{number}")
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    body = answer.json
    assert (body["verdict"], body["status"], body["as_of"]) == (verdict, status, "2026-11-22T12:00:00Z")
    assert body["detail"].endswith(".") or "?" in body["detail"]
    assert [check["name"] for check in body["checks"]] == CHECKS
    assert [check["name"] for check in body["checks"] if check["outcome"] == "failed"] == [failed]
    assert "certificate" not in body
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers


def test_the_tag_changes_with_the_certificate_and_not_with_the_clock(
    session: Session, issue: Issue, browser: Browser, runtime: Runtime, clock: Clock
) -> None:
    credential = issue()
    address = f"/api/v1/verify/{credential.number}"
    tag = browser.get(address).headers["ETag"]
    clock.tick(minutes=5)
    same = browser.get(address, headers={"If-None-Match": tag})
    assert (same.status_code, same.data) == (304, b"")
    services.change_credential(
        session, ADMIN, credential.id, Change.SUSPEND, reason=Reason.CONDUCT, issuer=issuer_for(runtime),
        now=runtime.now(),
    )  # fmt: skip
    session.commit()
    changed = browser.get(address, headers={"If-None-Match": tag})
    assert (changed.status_code, changed.json["verdict"]) == (200, "SUSPENDED")


def test_the_tag_changes_when_time_ends_the_certificate(issue: Issue, browser: Browser, clock: Clock) -> None:
    address = f"/api/v1/verify/{issue().number}"
    tag = browser.get(address).headers["ETag"]
    clock.value = NOW + timedelta(days=700)
    assert browser.get(address, headers={"If-None-Match": tag}).json["verdict"] == "EXPIRED"


def test_too_many_questions_are_a_problem_document(browser: Browser, journey: None) -> None:
    for _ in range(services.LOOKUPS):
        browser.get("/api/v1/verify/VM-11111-11111-1")
    answer = browser.get("/api/v1/verify/VM-11111-11111-1")
    assert (answer.status_code, answer.mimetype) == (429, "application/problem+json")
    assert answer.json["code"] == "too_many"
    assert int(answer.headers["Retry-After"]) >= 1


def test_a_lost_key_is_told(issue: Issue, browser: Browser, runtime: Runtime) -> None:
    number = issue().number
    kid = next(key.kid for key in runtime.keys.public_keys() if key.kid.endswith("ed25519"))
    runtime.keys.compromise(kid, NOW)
    body = browser.get(f"/api/v1/verify/{number}").json
    assert body["verdict"] == "VALID"
    assert [check["outcome"] for check in body["checks"] if check["name"] == "key"] == ["unknown"]


def test_only_reading_is_possible(browser: Browser, journey: None) -> None:
    browser.get("/sign-in")
    assert browser.post("/api/v1/verify/VM-11111-11111-1").status_code == 405
