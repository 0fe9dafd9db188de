"""Read courses/ and quizzes/ into a ContentSet. Nothing but files is touched; all problems are kept."""

from __future__ import annotations

from pathlib import Path

from app.domain.content.checks import check
from app.domain.content.content_set import Loaded
from app.domain.content.course_reader import read_courses
from app.domain.content.quiz_reader import read_quizzes
from app.domain.content.reading import Reading


def load(courses_dir: Path, quizzes_dir: Path, *, complete: bool = True) -> Loaded:
    """Return the content of the two folders and every problem in it, ordered by file and line.

    `complete` asks for a whole program: all shared files, all three certifications, and at least one
    lesson, item, exercise and criterion for each step and for hygiene. Without it a part may stand alone.
    """
    reading = Reading(courses_dir)
    read_courses(reading, courses_dir, complete=complete)
    read_quizzes(reading, quizzes_dir)
    check(reading, complete=complete)
    return Loaded(reading.content, sorted(set(reading.report.problems)))
