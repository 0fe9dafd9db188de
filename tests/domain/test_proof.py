"""Factors and how long a proof counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

from app.domain.access.actor import Role
from app.domain.access.proof import RECENT, Factor, is_recent, needs_second_factor, stronger

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_a_proof_counts_for_ten_minutes_and_not_from_the_future() -> None:
    limit = timedelta(minutes=10)
    assert limit == RECENT
    assert is_recent(NOW, NOW)
    assert is_recent(NOW - RECENT, NOW)
    assert not is_recent(NOW - RECENT - timedelta(seconds=1), NOW)
    assert not is_recent(NOW + timedelta(seconds=1), NOW), "a clock that was set back makes nobody trusted"
    assert not is_recent(None, NOW)


def test_a_password_never_weakens_what_was_shown() -> None:
    for one, other in product(Factor, Factor):
        found = stronger(one, other)
        assert found in (one, other)
        assert (found is Factor.PASSWORD) == (one is Factor.PASSWORD and other is Factor.PASSWORD)


def test_who_needs_a_second_factor() -> None:
    for role, factor in product(Role, Factor):
        needs = needs_second_factor({role}, factor, required=True, is_demo=False)
        assert needs == (role in (Role.INSTRUCTOR, Role.ADMIN) and factor is Factor.PASSWORD)
        assert not needs_second_factor({role}, factor, required=False, is_demo=False)
        assert not needs_second_factor({role}, factor, required=True, is_demo=True)
    assert needs_second_factor({Role.STUDENT, Role.ADMIN}, Factor.PASSWORD, required=True, is_demo=False)
    assert not needs_second_factor(set(), Factor.PASSWORD, required=True, is_demo=False)
