"""Coverage: what each step and area has, and what is missing from a complete program."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from app.domain.assessment.quiz import quiz_from_dict
from app.domain.content import checks_clients, checks_items, draws
from app.domain.content.content_set import ContentSet
from app.domain.content.problems import Place
from app.domain.content.reading import Reading
from app.domain.content.schema_items import SingleChoice
from app.domain.content.schema_quizzes import Quiz
from app.domain.content.text import count_words, reading_grade
from app.domain.procedure import SECTIONS, Area, Step, section_title

REQUIRED: tuple[str, ...] = (*(str(step) for step in Step), str(Area.HYGIENE))
ITEMS_PER_OBJECTIVE = 2


@dataclass(frozen=True, slots=True)
class Row:
    """What one section has. `items` counts by difficulty 1, 2, 3; `exam_draws` is the items that exams draw."""

    section: str
    lessons: int
    items: tuple[int, int, int]
    exercises: int
    criteria: int
    exam_draws: int


def matrix(content: ContentSet) -> list[Row]:
    """Return one row for each step and area, in the order of the procedure."""
    lessons = Counter(str(lesson.step) for lesson in content.lessons.values())
    items = Counter((str(item.step), item.difficulty) for item in content.items.values())
    criteria = Counter(str(c.step) for c in content.rubric.criteria) if content.rubric else Counter[str]()
    exercises = Counter(s for e in content.exercises.values() for s in _exercise_sections(content, e.id))
    drawn = _exam_draws(content)
    return [
        Row(s, lessons[s], (items[s, 1], items[s, 2], items[s, 3]), exercises[s], criteria[s], drawn[s])
        for s in SECTIONS
    ]


def _exercise_sections(content: ContentSet, id: str) -> set[str]:
    """The sections that an exercise evidences: its steps, and those of the criteria by which it is judged."""
    exercise = content.exercises[id]
    found = {str(step) for step in exercise.steps}
    if content.rubric is not None:
        judged = {*exercise.criteria, *content.rubric.always}
        found |= {str(c.step) for c in content.rubric.criteria if c.id in judged}
    return found


def _exam_draws(content: ContentSet) -> Counter[str]:
    """Count the items that all exams together draw per section."""
    counted: Counter[str] = Counter()
    for quiz in content.quizzes.values():
        if quiz.quiz_kind == "exam":
            counted += drawn_sections(content, quiz)
    return counted


def drawn_sections(content: ContentSet, quiz: Quiz) -> Counter[str]:
    """Count what a quiz draws per section; a draw without a step counts for the section most of its pool is from."""
    counted: Counter[str] = Counter()
    rules = quiz_from_dict(quiz.payload)
    for draw, pool in zip(rules.draws, draws.pools(rules, content.items.values()), strict=True):
        steps = Counter(item.step for item in pool)
        counted[draw.step or (steps.most_common(1)[0][0] if steps else "")] += draw.count
    return counted


def check_coverage(reading: Reading) -> None:
    """Report what a complete program lacks: a part of a section, tests of an objective, a check of a lesson."""
    root = Place(reading.courses_dir, line=1)
    for row in matrix(reading.content):
        if row.section not in REQUIRED:
            continue
        parts = {"lesson": row.lessons, "item": sum(row.items), "exercise": row.exercises, "criterion": row.criteria}
        for name, count in parts.items():
            if not count:
                sentence = f"{section_title(row.section)} has no {name}."
                reading.report.error(root, "coverage", sentence)
    tested = Counter(item.objective for item in reading.content.items.values())
    for objective in reading.content.objectives():
        if tested[objective] < ITEMS_PER_OBJECTIVE:
            place = reading.register.place("objective", objective)
            sentence = f"The objective {objective} is tested by {tested[objective]} items; 2 are asked."
            reading.report.error(place, "objective-untested", sentence)
    for lesson in unchecked_lessons(reading.content):
        sentence = f"No formative check draws items about the lesson {lesson}."
        reading.report.warn(reading.register.place("lesson", lesson), "lesson-unchecked", sentence)


def unchecked_lessons(content: ContentSet) -> list[str]:
    """Return the lessons about which no formative quiz can draw an item, in the order of the courses."""
    checked: set[str] = set()
    for quiz in content.quizzes.values():
        if quiz.quiz_kind == "formative":
            pools = draws.pools(quiz_from_dict(quiz.payload), content.items.values())
            checked |= {item.lesson for pool in pools for item in pool}
    return [lesson for lesson in content.lessons if lesson not in checked]


def summary(content: ContentSet) -> str:
    """Return the matrix and the counts as text for a terminal."""
    head = f"{'section':<22}{'lessons':>8}{'items':>7}{'(1':>6}{'2':>5}{'3)':>6}"
    head += f"{'exercises':>11}{'criteria':>10}{'exam':>6}"
    rows = [
        f"{row.section:<22}{row.lessons:>8}{sum(row.items):>7}{row.items[0]:>6}{row.items[1]:>5}{row.items[2]:>6}"
        f"{row.exercises:>11}{row.criteria:>10}{row.exam_draws:>6}"
        for row in matrix(content)
    ]
    return "\n".join([head, *rows, "", *counts(content)])


def counts(content: ContentSet) -> list[str]:
    """Return what there is in all, one line per subject; the summary and docs/curriculum.md print the same lines."""
    figures = {svg for lesson in content.lessons.values() for svg in lesson.figures.values()}
    terms = len(content.glossary.terms) if content.glossary else 0
    defects = len(content.defects.defects) if content.defects else 0
    return [
        f"courses {len(content.courses)}, lessons {len(content.lessons)}, figures {len(figures)}, terms {terms}",
        *_item_counts(content),
        f"quizzes {len(content.quizzes)}, exercises {len(content.exercises)}, defect codes {defects}, "
        f"certifications {len(content.certifications)}",
        *_client_counts(content),
        *_reading_counts(content),
    ]


def _item_counts(content: ContentSet) -> list[str]:
    items = list(content.items.values())
    types = Counter(str(item.model_dump(include={"type"})["type"]) for item in items)
    tested = Counter(item.objective for item in items)
    fewest = min((tested[objective] for objective in content.objectives()), default=0)
    lines = [
        f"items {len(items)} in {len(content.banks)} banks, safety {sum(item.safety for item in items)}",
        "item types " + ", ".join(f"{name} {count}" for name, count in sorted(types.items())),
        f"objectives {len(content.objectives())}, each tested by at least {fewest} items",
        f"near-duplicate prompts {len(checks_items.near_duplicates(items))}",
    ]
    choices = [item for item in items if isinstance(item, SingleChoice)]
    if choices:
        places = Counter(next(i for i, o in enumerate(item.options) if o.correct) for item in choices)
        spread = ", ".join(f"option {i + 1} {places[i] / len(choices):.0%}" for i in sorted(places))
        longest = sum(map(checks_items.longest_is_key, choices)) / len(choices)
        chance = sum(1 / len(item.options) for item in choices) / len(choices)
        lines.append(f"single-choice keys: {spread}; the longest option in {longest:.0%} (chance {chance:.0%})")
    return lines


def _client_counts(content: ContentSet) -> list[str]:
    if content.clients is None:
        return []
    cards = checks_clients.offered(content.clients)
    decisions = Counter(str(client.key.decision) for client in cards)
    split = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in sorted(decisions.items()))
    return [f"client cards {len(content.clients.clients)}, of which {len(cards)} to practice with: {split}"]


def _reading_counts(content: ContentSet) -> list[str]:
    lengths = [count_words(lesson.body) for lesson in content.lessons.values()] or [0]
    grades = [reading_grade(lesson.body) for lesson in content.lessons.values()] or [0.0]
    return [
        f"lesson words {min(lengths)} to {max(lengths)}, mean {sum(lengths) / len(lengths):.0f}; "
        f"reading grade {min(grades):g} to {max(grades):g}, mean {sum(grades) / len(grades):.1f}"
    ]
