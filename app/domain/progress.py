"""Progress through courses: what is locked, and what a lesson counts for.

Hours: a course stands for a planned number of hours (domain reference, section 5.2), of which reading is a
part; a lesson done is credited with its share of them by reading time, and the lesson that completes the course
settles the rounding, so that a finished course counts for exactly what it was planned for.
"""

from __future__ import annotations

from collections.abc import Container, Iterable

from app.domain.access.actor import Actor, Role


def missing(required: Iterable[str], have: Container[str]) -> tuple[str, ...]:
    """Return what is required and not there yet, in the order in which it was required."""
    return tuple(key for key in required if key not in have)


def reads_ahead(actor: Actor) -> bool:
    """True for people who teach or run the academy and are not students: they read every lesson at any time."""
    return not actor.has(Role.STUDENT) and (actor.has(Role.INSTRUCTOR) or actor.has(Role.ADMIN))


def planned_minutes(hours: float) -> int:
    """Return the planned hours of a course in whole minutes."""
    return round(hours * 60)


def credited_minutes(hours: float, minutes: int, course_minutes: int) -> int:
    """Return what a lesson counts for: its share of the planned hours, never less than its reading time.

    Rounded down, so that something is always left for the lesson that completes the course. `minutes` is
    the reading time of the lesson, `course_minutes` that of all lessons of its course, this one included.
    Raises ValueError when the lesson is longer than its course.
    """
    if not 0 < minutes <= course_minutes:
        raise ValueError(f"A lesson of {minutes} minutes cannot be part of {course_minutes} minutes.")
    return max(minutes, planned_minutes(hours) * minutes // course_minutes)


def settled_minutes(hours: float, minutes: int, credited_before: int) -> int:
    """Return what the lesson that completes a course counts for: all that is left of the planned hours.

    `credited_before` is what the other lessons of the course were credited with when they were done, perhaps
    under earlier releases. Never less than the reading time `minutes` of the lesson itself.
    """
    return max(minutes, planned_minutes(hours) - credited_before)
