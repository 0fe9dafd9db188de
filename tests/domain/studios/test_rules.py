"""Outcomes, ranks, sharing, and the signature of messages."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.credentials.lifecycle import Change, Status
from app.domain.errors import Conflict
from app.domain.studios import webhook
from app.domain.studios.names import Likeness
from app.domain.studios.outcome import GOOD, ORDER, Found, Outcome, judge
from app.domain.studios.ranks import Rank, check_change, may_give, rank_of
from app.domain.studios.sharing import Share, differences, shares_of
from app.domain.studios.table import Line

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def found(status: Status = Status.ACTIVE) -> Found:
    return Found("VM-11111-11111-1", "Amara Osei", "Certified", status, NOW + timedelta(days=300))


@pytest.mark.parametrize("status", list(Status))
def test_a_certificate_that_does_not_count_says_so_first(status: Status) -> None:
    verdict = judge(Line(1, "Marek Vossen", "x"), found(status), is_well_formed=True, is_repeated=False)
    assert (verdict.outcome is Outcome.NAME_DIFFERS) == status.is_valid
    assert verdict.outcome not in GOOD
    assert verdict.name is Likeness.DIFFERENT
    same = judge(Line(1, "osei amara", "x"), found(status), is_well_formed=True, is_repeated=False)
    assert (same.outcome in GOOD) == status.is_valid


def test_rows_without_a_certificate_are_told_apart() -> None:
    def outcome(line: Line, *, well: bool = True, again: bool = False, hit: Found | None = None) -> Outcome:
        return judge(line, hit, is_well_formed=well, is_repeated=again).outcome

    assert outcome(Line(1, "Kim", "")) is Outcome.NO_NUMBER
    assert outcome(Line(1, "Kim", "VM-1"), well=False, again=True) is Outcome.MALFORMED
    assert outcome(Line(1, "Kim", "VM-1")) is Outcome.UNKNOWN
    assert outcome(Line(1, "Kim", "VM-1"), again=True) is Outcome.DUPLICATE
    assert outcome(Line(1, "Amara Osei", "x"), again=True, hit=found()) is Outcome.DUPLICATE
    assert outcome(Line(1, "", "x"), hit=found()) is Outcome.VALID, "a number alone is enough"
    assert sorted(ORDER.values()) == list(range(len(Outcome)))


def test_a_studio_keeps_an_owner() -> None:
    check_change([Rank.VIEWER, Rank.OWNER])
    for left in ([], [Rank.MANAGER, Rank.VIEWER]):
        with pytest.raises(Conflict, match="needs an owner"):
            check_change(left)
    assert rank_of("") is Rank.OWNER
    given_by = {giver: [rank for rank in Rank if may_give(giver, rank)] for giver in Rank}
    assert given_by == {Rank.OWNER: list(Rank), Rank.MANAGER: [Rank.MANAGER, Rank.VIEWER], Rank.VIEWER: []}
    assert [rank.manages for rank in Rank] == [True, True, False]


@given(st.sets(st.sampled_from(Share)), st.sets(st.sampled_from(Share)))
def test_differences_lead_from_one_choice_to_the_other(before: set[Share], after: set[Share]) -> None:
    now = set(before)
    for share, shared in differences(before, after):
        (now.add if shared else now.remove)(share)
    assert now == after
    assert shares_of([*(s.value for s in after), "diary"]) == after


def test_the_signature_is_that_of_standard_webhooks() -> None:
    # The example of the specification's own libraries (standard-webhooks/standard-webhooks, python tests).
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.fromtimestamp(1614265330, tz=UTC)
    body = b'{"test": 2432232314}'
    expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert webhook.signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body) == expected


def test_a_receiver_refuses_what_is_changed_old_or_signed_with_another_secret() -> None:
    key, old, body = b"k" * 32, b"o" * 32, b'{"type":"x"}'
    secret = webhook.secret_text(key)
    sent = webhook.headers([key, old], "msg_1", NOW, body)
    assert webhook.is_genuine(secret, sent, body, now=NOW + timedelta(minutes=4))
    assert webhook.is_genuine(webhook.secret_text(old), sent, body, now=NOW)
    assert not webhook.is_genuine(secret, sent, body + b" ", now=NOW)
    assert not webhook.is_genuine(secret, sent, body, now=NOW + timedelta(minutes=6))
    assert not webhook.is_genuine(secret, sent, body, now=NOW - timedelta(minutes=6))
    assert not webhook.is_genuine(webhook.secret_text(b"x" * 32), sent, body, now=NOW)
    for name, value in (("webhook-id", "msg_2"), ("webhook-timestamp", "1"), ("webhook-timestamp", "nonsense")):
        assert not webhook.is_genuine(secret, sent | {name: value}, body, now=NOW)
    assert not webhook.is_genuine("whsec_%%%", sent, body, now=NOW)
    assert not webhook.is_genuine(secret, {}, body, now=NOW)


def test_tries_grow_apart_and_end() -> None:
    pauses = [webhook.pause_after(tries) for tries in range(1, 11)]
    assert pauses[-1] is None
    waits = [pause for pause in pauses if pause is not None]
    assert waits == sorted(waits)
    assert timedelta(days=2) < sum(waits, timedelta()) < timedelta(days=4)
    assert {change.value for change in Change} - {"issue"} <= set(webhook.TYPES)
