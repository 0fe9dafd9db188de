"""The verdict about a number, and the lines behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from app.domain.credentials.answer import Answer, answer_of, judge, mistyped, not_found
from app.domain.credentials.lifecycle import Status
from app.domain.credentials.number import check
from app.domain.credentials.report import Outcome
from tests.domain.credentials.conftest import NOW

NAMES = ["number", "record", "key", "status", "dates"]


@dataclass
class Stored:
    """What decides the status of a certificate."""

    state: str = "active"
    valid_until: datetime = NOW + timedelta(days=365)


def test_every_status_has_an_answer_and_only_two_are_good() -> None:
    assert {answer_of(status) for status in Status} == set(Answer) - {Answer.NOT_FOUND, Answer.MALFORMED}
    assert [status for status in Status if answer_of(status) is Answer.VALID] == [Status.ACTIVE, Status.EXPIRING]


@pytest.mark.parametrize(
    ("state", "answer", "code"),
    [
        ("active", Answer.VALID, "ok"),
        ("suspended", Answer.SUSPENDED, "suspended"),
        ("revoked", Answer.REVOKED, "revoked"),
        ("superseded", Answer.SUPERSEDED, "superseded"),
        ("withdrawn", Answer.WITHDRAWN, "withdrawn"),
    ],
)
def test_a_certificate_is_judged_by_its_state(state: str, answer: Answer, code: str) -> None:
    found = judge(Stored(state), NOW, key_is_published=True)
    assert (found.answer, found.as_of) == (answer, NOW)
    assert [line.name for line in found.lines] == NAMES
    status = found.lines[3]
    assert (status.code, status.outcome) == (code, Outcome.PASSED if code == "ok" else Outcome.FAILED)


def test_time_ends_a_certificate() -> None:
    end = NOW + timedelta(days=365)
    assert judge(Stored(), end, key_is_published=True).answer is Answer.VALID
    late = judge(Stored(), end + timedelta(seconds=1), key_is_published=True)
    assert late.answer is Answer.EXPIRED
    assert [line.outcome for line in late.lines] == [Outcome.PASSED] * 4 + [Outcome.FAILED]


def test_a_revoked_certificate_that_has_run_out_is_revoked_first() -> None:
    found = judge(Stored("revoked", NOW - timedelta(days=1)), NOW, key_is_published=None)
    assert found.answer is Answer.REVOKED
    assert [line.outcome for line in found.lines[3:]] == [Outcome.FAILED, Outcome.FAILED]


@pytest.mark.parametrize(
    ("published", "outcome"), [(True, Outcome.PASSED), (False, Outcome.UNKNOWN), (None, Outcome.SKIPPED)]
)
def test_the_key_is_told_and_changes_no_verdict(published: bool | None, outcome: Outcome) -> None:
    found = judge(Stored(), NOW, key_is_published=published)
    assert (found.answer, found.lines[2].outcome) == (Answer.VALID, outcome)


@pytest.mark.parametrize("typed", ["", "VM-24F7K-9QX3A-1", "nonsense"])
def test_mistyped_text_skips_every_look_up(typed: str) -> None:
    found = mistyped(check(typed), NOW)
    assert found.answer is Answer.MALFORMED
    assert [line.outcome for line in found.lines] == [Outcome.FAILED] + [Outcome.SKIPPED] * 4
    assert found.lines[0].sentence == check(typed).hint


def test_a_number_that_was_never_issued_is_well_formed_all_the_same() -> None:
    found = not_found(NOW)
    assert found.answer is Answer.NOT_FOUND
    assert [line.outcome for line in found.lines] == [Outcome.PASSED, Outcome.FAILED] + [Outcome.SKIPPED] * 3
