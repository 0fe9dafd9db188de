"""Cross checks over all content, without a database: what one file alone cannot tell."""

from __future__ import annotations

from collections.abc import Iterable

from app.domain.assessment.quiz import quiz_from_dict
from app.domain.content import checks_clients, checks_items, coverage, draws, rules
from app.domain.content.problems import Place
from app.domain.content.reading import Reading
from app.domain.content.schema_items import ItemBase
from app.domain.content.schema_lessons import Lesson
from app.domain.content.schema_quizzes import Draw, Quiz
from app.domain.content.text import count_words, reading_grade

WORDS = (600, 1200)
MINUTES = (6, 12)
HIGHEST_GRADE = 14.0
POOL_FACTOR = 3


def check(reading: Reading, *, complete: bool) -> None:
    """Report everything that does not fit together."""
    _rules(reading)
    _courses(reading)
    _lessons(reading)
    _items(reading)
    for quiz in reading.content.quizzes.values():
        check_quiz(reading, quiz, strict=complete and quiz.quiz_kind != "formative")
    _exercises(reading)
    _defects(reading)
    _certifications(reading)
    _glossary(reading)
    checks_clients.check_clients(reading, complete=complete)
    checks_items.check_style(reading)
    if complete:
        coverage.check_coverage(reading)


def _rules(reading: Reading) -> None:
    """Report what the rules of the house cannot work with; such a quiz is not looked at further."""
    for definition in list(reading.content.definitions()):
        refused = rules.refusal(definition)
        if refused is not None:
            reading.report.error(reading.register.place(definition.kind, definition.id), "rules", refused)
            reading.content.quizzes.pop(definition.id, None)


def _resolves(reading: Reading, kind: str, id: str, place: Place) -> bool:
    if reading.register.known(kind, id):
        return True
    reading.report.error(place, f"unknown-{kind}", f"There is no {kind} with the id {id}.")
    return False


def _circles(requires: dict[str, Iterable[str]]) -> list[str]:
    """Return the ids that, following what they require, lead back to themselves."""
    found = []
    for start in requires:
        seen: set[str] = set()
        todo = list(requires[start])
        while todo:
            current = todo.pop()
            if current not in seen:
                seen.add(current)
                todo += requires.get(current, ())
        if start in seen:
            found.append(start)
    return found


def _courses(reading: Reading) -> None:
    content, register = reading.content, reading.register
    codes: dict[str, str] = {}
    for course in content.courses.values():
        place = register.place("course", course.id)
        for index, needed in enumerate(course.requires):
            _resolves(reading, "course", needed, place.at("requires", index))
        if course.quiz is not None and _resolves(reading, "quiz", course.quiz, place.at("quiz")):
            quiz = content.quizzes.get(course.quiz)
            if quiz is not None and quiz.course != course.id:
                sentence = f"The quiz {quiz.id} belongs to the course {quiz.course}."
                reading.report.error(place.at("quiz"), "quiz-course", sentence)
        if course.code in codes:
            sentence = f"The code {course.code} is also that of {codes[course.code]}."
            reading.report.error(place.at("code"), "id-taken", sentence)
        codes[course.code] = course.id
    for id in _circles({c.id: c.requires for c in content.courses.values()}):
        place = register.place("course", id).at("requires")
        reading.report.error(place, "circle", "The course requires itself, directly or through others.")


def _lessons(reading: Reading) -> None:
    for lesson in reading.content.lessons.values():
        _lesson(reading, lesson)
    for id in _circles({lesson.id: lesson.requires for lesson in reading.content.lessons.values()}):
        place = reading.register.place("lesson", id).at("requires")
        reading.report.error(place, "circle", "The lesson requires itself, directly or through others.")
    for target, place in reading.lesson_links:
        _resolves(reading, "lesson", target, place)


def _lesson(reading: Reading, lesson: Lesson) -> None:
    place = reading.register.place("lesson", lesson.id)
    for index, needed in enumerate(lesson.requires):
        _resolves(reading, "lesson", needed, place.at("requires", index))
    words = count_words(lesson.body)
    low, high = WORDS
    if not low <= words <= high:
        reading.report.warn(place, "lesson-length", f"The lesson has {words} words; {low} to {high} are asked.")
    if not MINUTES[0] <= lesson.minutes <= MINUTES[1]:
        sentence = f"{lesson.minutes} minutes; {MINUTES[0]} to {MINUTES[1]} are asked."
        reading.report.warn(place.at("minutes"), "lesson-minutes", sentence)
    grade = reading_grade(lesson.body)
    if grade > HIGHEST_GRADE:
        sentence = f"The text reads at grade {grade:g}; keep it at {HIGHEST_GRADE:g} or below."
        reading.report.warn(place, "lesson-reading-level", sentence)


def _items(reading: Reading) -> None:
    for item in reading.content.items.values():
        check_item(reading, item)


def check_item(reading: Reading, item: ItemBase) -> None:
    """Report a lesson or an objective that the item names and does not exist."""
    place = reading.register.place("item", item.id)
    _resolves(reading, "lesson", item.lesson, place.at("lesson"))
    _resolves(reading, "objective", item.objective, place.at("objective"))


def check_quiz(reading: Reading, quiz: Quiz, *, strict: bool) -> None:
    """Report draws that name what does not exist, that find too little, or too little for three attempts.

    Three attempts without a common item are asked of what counts (`strict`), a good habit for what only teaches.
    """
    place = reading.register.place("quiz", quiz.id)
    if quiz.course is not None:
        _resolves(reading, "course", quiz.course, place.at("course"))
    # A list: every draw is looked at, also after one that fails.
    resolved = [_draw_resolves(reading, draw, place.at("draws", i)) for i, draw in enumerate(quiz.draws)]
    if not all(resolved):
        return
    pools = draws.pools(quiz_from_dict(quiz.payload), reading.content.items.values())
    once = draws.shortfalls(pools, [draw.count for draw in quiz.draws])
    often = draws.shortfalls(pools, [POOL_FACTOR * draw.count for draw in quiz.draws])
    say = reading.report.error if strict else reading.report.warn
    for index, draw in enumerate(quiz.draws):
        spot, matching, asked = place.at("draws", index), len(pools[index]), POOL_FACTOR * draw.count
        if once[index]:
            left = f"{matching} match and {draw.count - once[index]} are left for it"
            reading.report.error(spot, "draw-unsatisfiable", f"The draw asks for {draw.count} items; {left}.")
        elif often[index]:
            left = f"{matching} match and {asked - often[index]} are left for it"
            sentence = f"Drawing {draw.count} items three times over takes {asked}; {left}."
            say(spot, "draw-thin", sentence)


def _draw_resolves(reading: Reading, draw: Draw, place: Place) -> bool:
    """Report what the draw names and does not exist; False when nothing can be said about its pool."""
    found = _resolves(reading, "bank", draw.bank, place.at("bank"))
    if draw.objective is not None:
        found &= _resolves(reading, "objective", draw.objective, place.at("objective"))
    for index, lesson in enumerate(draw.lessons or ()):
        found &= _resolves(reading, "lesson", lesson, place.at("lessons", index))
    return found and ("bank", draw.bank) not in reading.register.broken


def _exercises(reading: Reading) -> None:
    rubric = reading.content.rubric
    known = {c.id for c in rubric.criteria} if rubric is not None else None
    for exercise in reading.content.exercises.values():
        place = reading.register.place("exercise", exercise.id)
        for index, criterion in enumerate(exercise.criteria):
            if known is not None and criterion not in known:
                sentence = f"The rubric has no criterion {criterion}."
                reading.report.error(place.at("criteria", index), "unknown-criterion", sentence)


def _defects(reading: Reading) -> None:
    content = reading.content
    if content.defects is None or content.rubric is None:
        return
    known = {"any", *(c.id for c in content.rubric.criteria)}
    place = reading.register.place("defects", content.defects.id)
    for index, defect in enumerate(content.defects.defects):
        if defect.criterion not in known:
            spot = place.at("defects", index, "criterion")
            reading.report.error(spot, "unknown-criterion", f"The rubric has no criterion {defect.criterion}.")


def _certifications(reading: Reading) -> None:
    rubric = reading.content.rubric
    for certification in reading.content.certifications.values():
        place = reading.register.place("certification", certification.id)
        for index, course in enumerate(certification.courses):
            _resolves(reading, "course", course, place.at("courses", index))
        for index, asked in enumerate(certification.quizzes):
            spot = place.at("quizzes", index, "quiz")
            quiz = reading.content.quizzes.get(asked.quiz)
            if _resolves(reading, "quiz", asked.quiz, spot) and quiz is not None and not quiz.shows_score:
                # The path would tell the score by what it says about the requirement.
                sentence = f"{quiz.id} counts for a certificate, so its score is shown after_submit."
                reading.report.error(spot, "hidden-score", sentence)
        for exercise in certification.pieces.exercises if certification.pieces else ():
            _resolves(reading, "exercise", exercise, place.at("pieces", "exercises", exercise))
        for group in certification.pieces.groups if certification.pieces else ():
            for exercise in group.exercises:
                _resolves(reading, "exercise", exercise, place.at("pieces", "groups", group.id))
        renewal = certification.renewal
        if renewal is not None and renewal.late_quiz:
            _resolves(reading, "quiz", renewal.late_quiz, place.at("renewal", "late_quiz"))
        if renewal is not None and renewal.late_exercise:
            _resolves(reading, "exercise", renewal.late_exercise, place.at("renewal", "late_exercise"))
        needed = certification.prerequisite
        if needed is not None:
            _resolves(reading, "certification", needed.certification, place.at("prerequisite", "certification"))
        if rubric is not None and certification.pieces is not None and certification.id not in rubric.marks:
            sentence = f"The rubric has no mark for {certification.id}."
            reading.report.error(place.at("pieces"), "rubric-mark", sentence)


def _glossary(reading: Reading) -> None:
    glossary = reading.content.glossary
    if glossary is None:
        return
    place = reading.register.place("glossary", glossary.id).at("terms")
    names: dict[str, str] = {}
    slugs: dict[str, str] = {}
    for index, term in enumerate(glossary.terms):
        spots = [(term.term, place.at(index, "term"))]
        spots += [(alias, place.at(index, "aliases", number)) for number, alias in enumerate(term.aliases)]
        for name, spot in spots:
            key = name.casefold()
            if key in names:
                sentence = f"{name} is already a name of the term {names[key]}."
                reading.report.error(spot, "term-taken", sentence)
            names[key] = term.term
        if slugs.setdefault(term.slug, term.term) != term.term:
            sentence = f"{term.term} has the same address on the page as {slugs[term.slug]}."
            reading.report.error(place.at(index, "term"), "term-taken", sentence)
    for index, term in enumerate(glossary.terms):
        for number, other in enumerate(term.see):
            target = names.get(other.casefold())
            if target is None or target == term.term:
                sentence = f"There is no term {other}." if target is None else f"{term.term} refers to itself."
                reading.report.error(place.at(index, "see", number), "unknown-term", sentence)
