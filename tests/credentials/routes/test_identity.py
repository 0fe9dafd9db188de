"""What others see of a holder's name, and whether what they know fits: match or no match, and nothing else."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.credentials import queries, services
from app.credentials.models import Credential
from app.domain.access.actor import Actor, Role
from app.infra.runtime import Runtime
from tests.conftest import Browser, Clock, QueryCount
from tests.credentials.routes.test_files import changed, send, words
from tests.factories.credentials import issue_sample, issuer_for

Issue = Callable[..., Credential]
HERE = "https://academy.test"
UNKNOWN = "VM-11111-11111-1"


@pytest.fixture
def browser(browse: Callable[..., Browser]) -> Browser:
    return browse()


def ask(browser: Browser, number: str, claim: str, address: str = "192.0.2.1") -> Any:
    """Send the form as a stranger's browser does: without cookie or token."""
    elsewhere = {"REMOTE_ADDR": address}
    url = f"/credentials/{number}/confirm"
    return browser.client.post(url, data={"claim": claim}, base_url=HERE, environ_overrides=elsewhere)


def test_match_or_no_match_and_nothing_else(session: Session, issue: Issue, browser: Browser, runtime: Runtime) -> None:
    credential = issue()
    email = accounts.user(session, credential.user_id).email
    assert f'href="/credentials/{credential.number}/confirm"' in browser.get(f"/credentials/{credential.number}").text
    form = browser.get(f"/credentials/{credential.number}/confirm")
    assert (form.status_code, "Set-Cookie" in form.headers, "Osei" in form.text) == (200, False, False)
    for place, (claim, heading) in enumerate(
        [
            (email.upper(), "Match"),
            (" ósei ", "Match"),
            ("Amara Osei", "Match"),
            ("Amara", "No match"),
            ("<b>x", "No match"),
        ]
    ):
        answer = ask(browser, credential.number, claim, f"192.0.2.{place}")
        shown = words(answer.text)
        assert (answer.status_code, shown.startswith(f"{credential.number} {heading}")) == (200, True), claim
        for private in (email, "Osei", "<b>x"):
            assert private not in answer.text
        assert answer.headers["Referrer-Policy"] == "no-referrer" and answer.headers["X-Robots-Tag"] == "noindex"
    assert words(ask(browser, UNKNOWN, "Osei").text).startswith(f"{UNKNOWN} No match"), (
        "nobody learns here that it exists"
    )
    assert ask(browser, credential.number, "  ").status_code == 422
    assert ask(browser, "nonsense", "Osei").status_code == 404


def test_five_tries_in_an_hour(issue: Issue, browser: Browser, clock: Clock) -> None:
    one, other = issue().number, issue(name="Lea Fontaine").number
    for _turn in range(services.TRIES):
        assert ask(browser, one, "Nobody").status_code == 200
    refused = ask(browser, one, "Osei")
    assert refused.status_code == 429
    assert 3000 < int(refused.headers["Retry-After"]) <= 3600
    assert "Match" not in words(refused.text)
    assert ask(browser, other, "Fontaine").status_code == 200
    assert ask(browser, one, "Osei", "192.0.2.2").status_code == 200
    clock.tick(minutes=61)
    assert "Match" in words(ask(browser, one, "Osei").text)
    # Many addresses that work together are stopped at fifty for a certificate.
    clock.tick(minutes=61)
    answers = [ask(browser, one, "Nobody", f"198.51.100.{n}").status_code for n in range(52)]
    assert answers == [200] * 50 + [429] * 2


def test_every_outcome_costs_the_same(
    session: Session, issue: Issue, browser: Browser, runtime: Runtime, clock: Clock, count_queries: QueryCount
) -> None:
    """Equal statements, and times that cannot be told apart: medians of interleaved turns, bounded by their spread."""
    credential = issue()
    email = accounts.user(session, credential.user_id).email
    cases = {
        "match": (credential.number, email),
        "no match": (credential.number, "zz@example.com"),
        "unknown": (UNKNOWN, email),
    }
    statements: dict[str, set[str]] = {}
    times: dict[str, list[float]] = {name: [] for name in cases}
    for turn in range(40):
        for name, (number, claim) in cases.items():
            clock.tick(hours=2)
            count_queries.statements.clear()
            started = time.process_time()
            services.confirm_identity(runtime.db.glance, runtime.limiter, number, claim, caller=f"c{turn}", now=clock())
            times[name].append(time.process_time() - started)
            statements[name] = set(count_queries.statements)
    assert statements["match"] == statements["no match"] == statements["unknown"]
    medians = {name: statistics.median(taken[5:]) for name, taken in times.items()}
    spread = max(
        statistics.quantiles(taken[5:], n=4)[2] - statistics.quantiles(taken[5:], n=4)[0] for taken in times.values()
    )
    assert max(medians.values()) - min(medians.values()) < 2 * spread + 0.0005, medians


def test_a_number_that_was_never_issued_costs_what_an_issued_one_costs(
    session: Session, issue: Issue, runtime: Runtime, count_queries: QueryCount
) -> None:
    """The answer says whether a number was issued; its cost must say no more, such as in which state."""
    numbers = {state: issue(state, name=f"Amara {state}").number for state in ("valid", "revoked")} | {"never": UNKNOWN}
    statements: dict[str, list[str]] = {}
    times: dict[str, list[float]] = {state: [] for state in numbers}
    for turn in range(40):
        for state, number in numbers.items():
            count_queries.statements.clear()
            started = time.process_time()
            services.look_up(
                runtime.db.glance, runtime.limiter, runtime.keys, number, caller=f"c{turn}", now=runtime.now()
            )
            times[state].append(time.process_time() - started)
            statements[state] = list(count_queries.statements)
    assert statements["valid"] == statements["revoked"] == statements["never"]
    medians = {state: statistics.median(taken[5:]) for state, taken in times.items()}
    spread = max(
        statistics.quantiles(taken[5:], n=4)[2] - statistics.quantiles(taken[5:], n=4)[0] for taken in times.values()
    )
    assert max(medians.values()) - min(medians.values()) < 2 * spread + 0.001, medians


def test_initials_by_the_holders_choice_and_no_way_to_the_name(
    session: Session, browse: Callable[..., Browser], make_user: Callable[..., Actor], runtime: Runtime, journey: None
) -> None:
    student, other = make_user(Role.STUDENT, name="Amara Osei"), make_user(Role.STUDENT, name="Lea Fontaine")
    credential = issue_sample(session, runtime, student)
    session.commit()
    number, own, stranger = credential.number, browse(student), browse()
    data = stranger.get(f"/credentials/{number}.json").data
    assert "Show initials only" in own.get("/learn/certificates").text
    assert own.post(f"/learn/certificates/{number}/name", {"show": "initials"}).status_code == 303
    assert "now shows “A. O.”" in words(own.get("/learn/certificates").text)
    lea = browse(other)
    lea.get("/learn/certificates")
    assert lea.post(f"/learn/certificates/{number}/name", {"show": "name"}).status_code == 404

    page = stranger.get(f"/credentials/{number}")
    assert "A. O. holds this certificate" in words(page.text)
    assert stranger.get(f"/api/v1/verify/{number}").get_json()["certificate"]["holder_name"] == "A. O."
    closed = [f"/credentials/{number}.{form}" for form in ("json", "jwt", "pdf", "png", "svg")]
    answers = [page, *(stranger.get(address) for address in closed), stranger.get(f"/api/v1/verify/{number}")]
    answers.append(stranger.get(f"/credentials/{number}", headers={"Accept": "application/vc"}))
    assert [answer.status_code for answer in answers] == [200, 404, 404, 404, 404, 404, 200, 404]
    # A file with a wrong name, sent to read the right one in the comparison.
    document = json.loads(data)
    fished = send(stranger, changed(document, "credentialSubject.identifier.0.identityHash", "Mallory"))
    assert "Mallory" in words(fished.text) and "A. O." in words(fished.text)
    answers.append(fished)
    assert [answer.request.path for answer in answers if "Osei" in answer.text] == []
    assert "A. O. holds this certificate" in words(send(stranger, data).text), "a genuine file is as good as ever"
    assert words(ask(stranger, number, "Osei").text).startswith(f"{number} Match")

    for form, start in (("json", b"{"), ("jwt", b"eyJ"), ("pdf", b"%PDF"), ("png", b"\x89PNG"), ("svg", b"<svg")):
        assert f"/learn/certificates/{number}/file.{form}" in own.get("/learn/certificates").text or form in (
            "jwt",
            "svg",
        )
        found = own.get(f"/learn/certificates/{number}/file.{form}")
        assert (found.status_code, found.data.startswith(start)) == (200, True), form
        assert lea.get(f"/learn/certificates/{number}/file.{form}").status_code == 404
    assert own.get(f"/learn/certificates/{number}/file.exe").status_code == 404

    issuer, now = issuer_for(runtime), runtime.now()
    newer = services.supersede_credential(
        session, student, credential.id, holder_name="Amara Mensah", issuer=issuer, now=now
    )
    session.commit()
    assert newer.shown_name == "A. M.", "a correction keeps the choice"
    assert session.scalar(select(queries.SHOWN_NAME).where(Credential.id == newer.id)) == "A. M."
    own.post(f"/learn/certificates/{newer.number}/name", {"show": "name"})
    assert "Amara Mensah holds this certificate" in words(stranger.get(f"/credentials/{newer.number}").text)
