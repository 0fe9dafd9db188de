"""The curriculum on one page: docs/curriculum.md, written from the content and never by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from app.domain.content import coverage
from app.domain.content.content_set import ContentSet
from app.domain.content.schema import TIERS
from app.domain.content.schema_lessons import Course
from app.domain.content.schema_quizzes import Quiz
from app.domain.content.text import count_words, reading_grade
from app.domain.procedure import section_title

COMMAND = "python -m app.domain.content courses quizzes --write-matrix docs/curriculum.md"
_HEAD = f"""# The curriculum

What Vermilion teaches and asks, counted from the files in `courses/` and `quizzes/`. Written by

    {COMMAND}

A test compares this page with the files: after a change of content run the command again. Do not edit it by hand.
How the answer keys were checked stands in [curriculum-review.md](curriculum-review.md).
"""


def document(content: ContentSet) -> str:
    """Return the text of docs/curriculum.md; the same content gives the same text."""
    parts = [
        _HEAD,
        "## In all\n",
        "".join(f"- {line}\n" for line in coverage.counts(content)),
        "## Steps and areas\n",
        "Items by difficulty: 1 recall, 2 apply, 3 judge. An exercise counts for every step and area that it is judged "
        "in. The last columns say how many items each final exam draws.\n",
        _matrix(content),
        "## Courses\n",
        _courses(content),
        *(_course(content, course) for course in content.courses.values()),
        "## Quizzes\n",
        _quizzes(content),
        "## Practice exercises\n",
        _exercises(content),
    ]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; columns whose head ends in a colon are right-aligned."""
    titles = [title.rstrip(":") for title in head]
    rule = ["---:" if title.endswith(":") else "---" for title in head]
    lines = [titles, rule, *([str(cell) for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _exams(content: ContentSet) -> list[Quiz]:
    exams = [quiz for quiz in content.quizzes.values() if quiz.quiz_kind == "exam" and quiz.tier is not None]
    return sorted(exams, key=lambda quiz: TIERS.index(quiz.tier or ""))


def _matrix(content: ContentSet) -> str:
    exams = _exams(content)
    drawn = [coverage.drawn_sections(content, exam) for exam in exams]
    head = ["Section", "Lessons:", "Items 1:", "2:", "3:", "Items:", "Exercises:", "Rubric rows:"]
    head += [f"{(exam.tier or '').capitalize()} exam:" for exam in exams]
    rows: list[list[object]] = []
    for row in coverage.matrix(content):
        facts = [row.lessons, *row.items, sum(row.items), row.exercises, row.criteria]
        rows.append([section_title(row.section), *facts, *(exam[row.section] for exam in drawn)])
    whole: list[object] = ["**All**", *(sum(int(str(r[i])) for r in rows) for i in range(1, 6)), "", ""]
    rows.append([*whole, *(sum(exam.values()) for exam in drawn)])
    return _table(head, rows)


def _courses(content: ContentSet) -> str:
    rows: list[list[object]] = []
    for course in content.courses.values():
        lessons = [content.lessons[id] for id in course.lessons]
        minutes = sum(lesson.minutes for lesson in lessons)
        items = sum(item.lesson in course.lessons for item in content.items.values())
        rows.append([course.code, course.title, course.tier, f"{course.hours:g}", len(lessons), minutes, items])
    hours = sum(course.hours for course in content.courses.values())
    totals = [sum(int(str(row[i])) for row in rows) for i in (4, 5, 6)]
    rows.append(["", "**All**", "", f"{hours:g}", *totals])
    return _table(["Code", "Course", "Tier", "Hours:", "Lessons:", "Reading minutes:", "Items:"], rows)


def _course(content: ContentSet, course: Course) -> str:
    tested = Counter(item.lesson for item in content.items.values())
    rows: list[list[object]] = []
    for number, id in enumerate(course.lessons, start=1):
        lesson = content.lessons[id]
        facts = [count_words(lesson.body), f"{reading_grade(lesson.body):g}", len(lesson.figures)]
        name = f"{lesson.title} (`{id}`)"
        step = section_title(lesson.step)
        rows.append([number, name, step, lesson.minutes, *facts, len(lesson.objectives), tested[id]])
    head = ["#:", "Lesson", "Section", "Minutes:", "Words:", "Grade:", "Figures:", "Objectives:", "Items:"]
    return f"### {course.code} {course.title}\n\n{course.summary}\n\n{_table(head, rows)}"


def _quizzes(content: ContentSet) -> str:
    rows: list[list[object]] = []
    for quiz in sorted(content.quizzes.values(), key=lambda quiz: _order(content, quiz)):
        home = content.courses[quiz.course].code if quiz.course in content.courses else quiz.tier
        limit = f"{quiz.time_limit_minutes} min" if quiz.time_limit_minutes else "none"
        tries = quiz.attempts or "any"
        rows.append([home, quiz.title, quiz.quiz_kind, quiz.size, f"{quiz.pass_mark:g} %", limit, tries])
    return _table(["For", "Quiz", "Kind", "Items:", "Pass mark:", "Time:", "Attempts:"], rows)


def _order(content: ContentSet, quiz: Quiz) -> tuple[int, int, str]:
    """Course by course, checks before the graded quiz; the exams last, by tier."""
    if quiz.course in content.courses:
        return content.courses[quiz.course].position, int(quiz.quiz_kind != "formative"), quiz.id
    return 1000, TIERS.index(quiz.tier) if quiz.tier else 0, quiz.id


def _exercises(content: ContentSet) -> str:
    rows = [
        [exercise.code, exercise.title, section_title(exercise.step), len(exercise.steps), exercise.minutes]
        for exercise in content.exercises.values()
    ]
    return _table(["Code", "Exercise", "Main step", "Steps recorded:", "Minutes:"], rows)
