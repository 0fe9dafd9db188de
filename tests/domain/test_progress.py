"""What is locked, and what a lesson counts for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import progress
from app.domain.access.actor import ANONYMOUS, Actor, Role


def test_what_is_missing_keeps_its_order() -> None:
    assert progress.missing(["hygiene", "orientation", "anatomy"], {"orientation"}) == ("hygiene", "anatomy")
    assert progress.missing([], set()) == ()


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ([], False),
        ([Role.STUDENT], False),
        ([Role.STUDIO], False),
        ([Role.INSTRUCTOR], True),
        ([Role.ADMIN], True),
        ([Role.INSTRUCTOR, Role.ADMIN], True),
        ([Role.STUDENT, Role.INSTRUCTOR], False),
    ],
)
def test_who_teaches_and_does_not_study_reads_ahead(roles: list[Role], expected: bool) -> None:
    assert progress.reads_ahead(Actor(id=None, roles=frozenset(roles))) is expected


def test_nobody_does_not_read_ahead() -> None:
    assert not progress.reads_ahead(ANONYMOUS)


def test_a_lesson_counts_for_its_share_of_the_planned_hours() -> None:
    # C8: 10 planned hours over 78 minutes of reading, of which this lesson is 9.
    assert progress.credited_minutes(10, 9, 78) == 69
    assert progress.credited_minutes(0.5, 6, 15) == 12


def test_a_lesson_never_counts_for_less_than_its_reading_time() -> None:
    assert progress.credited_minutes(0.1, 9, 18) == 9
    assert progress.settled_minutes(1, 8, 59) == 8


@pytest.mark.parametrize(("minutes", "of"), [(0, 10), (-1, 10), (11, 10)])
def test_a_lesson_is_a_part_of_its_course(minutes: int, of: int) -> None:
    with pytest.raises(ValueError, match="cannot be part"):
        progress.credited_minutes(1, minutes, of)


@given(st.lists(st.integers(6, 12), min_size=1, max_size=20), st.integers(4, 24))
def test_a_finished_course_counts_for_exactly_its_planned_hours(minutes: list[int], hours: int) -> None:
    # 20 lessons of 12 minutes are 4 hours: reading never takes longer than what is planned.
    credited = [progress.credited_minutes(hours, each, sum(minutes)) for each in minutes[:-1]]
    credited.append(progress.settled_minutes(hours, minutes[-1], sum(credited)))
    assert sum(credited) == hours * 60
    assert all(got >= read for got, read in zip(credited, minutes, strict=True))
