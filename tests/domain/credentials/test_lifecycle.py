"""The life of a certificate: the whole table of states and changes, and the clock."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.credentials.lifecycle import (
    RULES,
    Change,
    Reason,
    State,
    Status,
    allowed_changes,
    allowed_reasons,
    in_grace,
    issue,
    status,
    transition,
)
from app.domain.errors import Conflict, Invalid

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)

# The whole table: what is allowed, where it leads, whether it voids the live file, whether it makes a new one.
ALLOWED = {
    (State.ACTIVE, Change.SUSPEND): (State.SUSPENDED, True, False),
    (State.ACTIVE, Change.REVOKE): (State.REVOKED, True, False),
    (State.ACTIVE, Change.SUPERSEDE): (State.SUPERSEDED, True, False),
    (State.ACTIVE, Change.RENEW): (State.ACTIVE, False, True),
    (State.ACTIVE, Change.WITHDRAW): (State.WITHDRAWN, True, False),
    (State.SUSPENDED, Change.REINSTATE): (State.ACTIVE, False, True),
    (State.SUSPENDED, Change.REVOKE): (State.REVOKED, True, False),
    (State.SUPERSEDED, Change.REVOKE): (State.REVOKED, True, False),
    (State.WITHDRAWN, Change.REVOKE): (State.REVOKED, True, False),
}


@dataclass
class Certificate:
    state: str = "active"
    valid_until: datetime = NOW + 365 * DAY


@pytest.mark.parametrize(("state", "change"), list(itertools.product(State, Change)))
def test_every_state_and_change(state: State, change: Change) -> None:
    reasons = allowed_reasons(change)
    reason = reasons[0] if reasons else None
    if (state, change) in ALLOWED:
        done = transition(state, change, reason)
        assert (done.state, done.sets_bit, done.makes_file) == ALLOWED[state, change]
        assert (done.change, done.reason) == (change, reason)
        assert change in allowed_changes(state)
    else:
        with pytest.raises(Conflict) as refused:
            transition(state, change, reason)
        assert refused.value.code == f"cannot_{change}"
        assert change not in allowed_changes(state)


def test_issuing_makes_the_first_file() -> None:
    first = issue()
    assert (first.change, first.state, first.sets_bit, first.makes_file) == (Change.ISSUE, State.ACTIVE, False, True)


def test_revoked_is_final() -> None:
    assert allowed_changes("revoked") == ()


@pytest.mark.parametrize(("change", "reason"), list(itertools.product(RULES, [*Reason, None])))
def test_reasons_fit_their_change(change: Change, reason: Reason | None) -> None:
    state = sorted(RULES[change].origins)[0]
    if reason in RULES[change].reasons:
        assert transition(state, change, reason).reason is reason
    elif not RULES[change].reasons:
        assert transition(state, change, reason).reason is None
    else:
        with pytest.raises(Invalid):
            transition(state, change, reason)


def test_which_reasons_people_may_choose() -> None:
    assert allowed_reasons(Change.SUPERSEDE) == (Reason.ADMINISTRATIVE, Reason.CORRECTION)
    assert allowed_reasons(Change.WITHDRAW) == (Reason.WITHDRAWN_BY_HOLDER,)
    assert Reason.CONDUCT in allowed_reasons(Change.REVOKE)
    assert allowed_reasons(Change.RENEW) == allowed_reasons(Change.ISSUE) == ()


def test_an_unknown_state_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="gone"):
        transition("gone", Change.REVOKE, Reason.CONDUCT)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (-61 * DAY, Status.ACTIVE),
        (-60 * DAY, Status.ACTIVE),
        (-60 * DAY + SECOND, Status.EXPIRING),
        (timedelta(0), Status.EXPIRING),
        (SECOND, Status.EXPIRED),
        (400 * DAY, Status.EXPIRED),
    ],
)
def test_the_clock_decides_while_nobody_has(moment: timedelta, expected: Status) -> None:
    certificate = Certificate()
    assert status(certificate, certificate.valid_until + moment) is expected
    assert expected.is_valid is (expected is not Status.EXPIRED)


@pytest.mark.parametrize("state", ["suspended", "revoked", "superseded", "withdrawn"])
@pytest.mark.parametrize("moment", [-300 * DAY, 300 * DAY])
def test_a_decision_outlives_the_clock(state: str, moment: timedelta) -> None:
    certificate = Certificate(state)
    told = status(certificate, certificate.valid_until + moment)
    assert told == state and not told.is_valid


def test_leap_day() -> None:
    certificate = Certificate(valid_until=datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC))
    assert status(certificate, datetime(2028, 2, 29, 12, tzinfo=UTC)) is Status.EXPIRING
    assert status(certificate, datetime(2028, 3, 1, tzinfo=UTC)) is Status.EXPIRED


def test_grace_lasts_thirty_days_after_expiry() -> None:
    certificate = Certificate()
    ends = certificate.valid_until
    assert not in_grace(certificate, ends)
    assert in_grace(certificate, ends + SECOND) and in_grace(certificate, ends + 30 * DAY)
    assert not in_grace(certificate, ends + 30 * DAY + SECOND)
    assert not in_grace(Certificate("revoked"), ends + DAY)
    assert not in_grace(certificate, ends + SECOND, 0), "a permit without grace has none"
    assert in_grace(certificate, ends + 7 * DAY, 7) and not in_grace(certificate, ends + 7 * DAY + SECOND, 7)
