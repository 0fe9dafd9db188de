"""Cross checks: what does not fit together is told where it stands."""

from __future__ import annotations

import pytest

from app.domain.content import rules
from app.domain.content.problems import Severity
from tests.domain.content.samples import BANK, COURSE, LESSON_1, QUIZ, Program

CERTIFIED = "courses/certifications/certified.yaml"


@pytest.mark.parametrize(
    ("file", "old", "new", "code"),
    [
        (f"{COURSE}/course.yaml", "requires: []", "requires: [gone]", "unknown-course"),
        (f"{COURSE}/course.yaml", "requires: []", "requires: [lip-blush-basics]", "circle"),
        (f"{COURSE}/course.yaml", "quiz: quiz-lip-blush-basics", "quiz: quiz-gone", "unknown-quiz"),
        (LESSON_1, "requires: []", "requires: [gone]", "unknown-lesson"),
        (LESSON_1, "requires: []", "requires: [clean-station]", "circle"),
        (LESSON_1, "minutes: 6", "minutes: 20", "lesson-minutes"),
        (LESSON_1, "Two minutes are lost.", "See [this](lesson:gone).", "unknown-lesson"),
        (BANK, "lesson: clean-station\n    source: \"Vermilion", "lesson: gone\n    source: \"V", "unknown-lesson"),
        (BANK, "objective: obj-aftercare-card", "objective: obj-gone", "unknown-objective"),
        (QUIZ, "bank: lip-blush-basics, step: anatomy", "bank: gone, step: anatomy", "unknown-bank"),
        (QUIZ, "step: anatomy, count: 1", "step: anatomy, count: 2", "draw-unsatisfiable"),
        (QUIZ, "step: anatomy, count: 1", "objective: obj-gone, count: 1", "unknown-objective"),
        (QUIZ, "step: anatomy, count: 1", "lessons: [gone], count: 1", "unknown-lesson"),
        ("courses/exercises.yaml", "aftercare, hygiene, record]", "beauty]", "unknown-criterion"),
        ("courses/defects.yaml", "criterion: any", "criterion: all", "unknown-criterion"),
        (CERTIFIED, "courses: [lip-blush-basics]", "courses: [gone]", "unknown-course"),
        (CERTIFIED, "quiz: quiz-lip-blush-basics", "quiz: gone", "unknown-quiz"),
        (CERTIFIED, "{e08: 1}", "{e99: 1}", "unknown-exercise"),
        (CERTIFIED, "prerequisite: null", "prerequisite: {certification: foundation}", "unknown-certification"),
        ("courses/glossary.yaml", "see: [Vermilion border]", "see: [Gone]", "unknown-term"),
        ("courses/glossary.yaml", "see: [Vermilion border]", "see: [vermilion-border]", "unknown-term"),
        ("courses/glossary.yaml", "aliases: [border]", "aliases: [bow]", "term-taken"),
    ],
)  # fmt: skip
def test_each_dangling_reference_is_told_on_its_line(
    program: Program, file: str, old: str, new: str, code: str
) -> None:
    line = program.edit(file, old, new)
    name = file.rsplit("/", 1)[-1]
    assert (name, line, code) in program.found()
    assert {(found, c) for found, _, c in program.found()} == {(name, code)}


def test_a_quiz_of_a_course_that_is_not_there(program: Program) -> None:
    line = program.edit(QUIZ, "course: lip-blush-basics", "course: gone")
    assert program.found() == [
        ("course.yaml", 13, "quiz-course"),
        ("quiz-lip-blush-basics.yaml", line, "unknown-course"),
    ]


def second_course(program: Program, *, requires: str, code: str) -> None:
    text = (program.root / COURSE / "course.yaml").read_text().replace("id: lip-blush-basics", "id: second")
    text = text.replace("requires: []", f"requires: {requires}").replace("code: C1", f"code: {code}")
    program.write("courses/02-second/course.yaml", text)
    lesson = (program.root / LESSON_1).read_text().replace("id: clean-station", "id: second-lesson")
    lesson = lesson.replace("obj-clean-order", "obj-2").replace("obj-aftercare-card", "obj-3")
    start, end = lesson.index("!["), lesson.index("## A case")
    program.write("courses/02-second/01-again.md", lesson[:start] + lesson[end:])


def test_a_circle_through_another_course_is_told_at_both(program: Program) -> None:
    second_course(program, requires="[lip-blush-basics]", code="C2")
    program.edit(f"{COURSE}/course.yaml", "requires: []", "requires: [second]")
    assert [code for _, _, code in program.found()] == ["circle", "circle", "quiz-course"]


def test_a_quiz_belongs_to_one_course_and_a_code_to_one(program: Program) -> None:
    second_course(program, requires="[]", code="C1")
    assert sorted(program.sentences()) == [
        "The code C1 is also that of lip-blush-basics.",
        "The quiz quiz-lip-blush-basics belongs to the course lip-blush-basics.",
    ]


def test_a_text_that_is_hard_to_read_is_told(program: Program) -> None:
    hard = "Notwithstanding considerable interindividual variability, epidermal regeneration necessitates " * 3
    program.edit(LESSON_1, "Two minutes are lost.", (hard + "continuously ") * 12 + "observed.")
    (problem,) = program.problems()
    assert problem.code == "lesson-reading-level"
    assert "keep it at 14 or below" in problem.sentence


def test_lengths_and_thin_pools_are_warnings(program: Program) -> None:
    warned = {p.code: p for p in program.load().problems}
    assert warned["lesson-length"].sentence == "The lesson has 308 words; 600 to 1200 are asked."
    assert warned["draw-thin"].sentence == "Drawing 1 items three times over takes 3; 1 match and 1 are left for it."
    assert program.load().ok


def test_in_a_complete_program_a_thin_pool_is_an_error_where_it_counts(program: Program) -> None:
    def thin() -> set[Severity]:
        return {p.severity for p in program.load(complete=True).problems if p.code == "draw-thin"}

    assert thin() == {Severity.ERROR}
    program.edit(QUIZ, "kind: graded", "kind: formative")
    assert thin() == {Severity.WARNING}


def test_three_attempts_share_a_pool_without_a_common_item(program: Program) -> None:
    """Two draws of one item each from the same two items: enough once, too little three times over."""
    program.edit(
        QUIZ,
        "step: lip-mapping, count: 1}",
        "step: lip-mapping, count: 1}\n  - {bank: lip-blush-basics, step: lip-mapping, difficulty: 1, count: 1}",
    )
    thin = [p for p in program.load().problems if p.code == "draw-thin"]
    assert [p.sentence for p in thin[:2]] == [
        "Drawing 1 items three times over takes 3; 2 match and 2 are left for it.",
        "Drawing 1 items three times over takes 3; 2 match and 0 are left for it.",
    ]


def test_terms_do_not_refer_to_themselves_or_share_an_address(program: Program) -> None:
    program.edit("courses/glossary.yaml", "see: [Vermilion border]", "see: [bow]")
    text = (program.root / "courses/glossary.yaml").read_text()
    program.write(
        "courses/glossary.yaml", text + "  - {term: Cupids bow, meaning: x}\n  - {term: Cupid s bow, meaning: x}\n"
    )
    assert program.sentences() == [
        "Cupid's bow refers to itself.",
        "Cupid s bow has the same address on the page as Cupid's bow.",
    ]


def test_two_draws_that_share_a_pool_are_counted_together(program: Program) -> None:
    program.edit(
        QUIZ,
        "step: lip-mapping, count: 1}",
        "step: lip-mapping, count: 1}\n  - {bank: lip-blush-basics, step: lip-mapping, difficulty: 1, count: 2}",
    )
    (problem,) = program.problems()
    assert problem.sentence == "The draw asks for 2 items; 2 match and 1 are left for it."


def test_the_rubric_has_a_mark_for_each_certification_with_pieces(program: Program) -> None:
    text = (program.root / "courses/rubric.yaml").read_text()
    program.write("courses/rubric.yaml", text[: text.index("marks:")] + "marks: {foundation: {score: 70, core: 2}}\n")
    assert program.sentences() == ["The rubric has no mark for certified."]


def test_without_a_rubric_criteria_are_not_checked(program: Program) -> None:
    (program.root / "courses/rubric.yaml").unlink()
    program.edit("courses/exercises.yaml", "aftercare, hygiene, record]", "beauty]")
    assert program.problems() == []


def test_without_a_glossary_terms_are_not_checked(program: Program) -> None:
    (program.root / "courses/glossary.yaml").unlink()
    assert program.problems() == []


def test_what_the_rules_refuse_is_told_where_it_stands(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        rules, "refusal", lambda d: "Not gradable." if d.id in ("lb-004", "quiz-lip-blush-basics") else None
    )
    assert [(name, code) for name, _, code in program.found()] == [
        ("lip-blush-basics.yaml", "rules"),
        ("quiz-lip-blush-basics.yaml", "rules"),
    ]


def test_an_exam_stands_by_itself(program: Program) -> None:
    program.edit(QUIZ, "course: lip-blush-basics\nkind: graded", "kind: exam")
    program.edit(f"{COURSE}/course.yaml", "quiz: quiz-lip-blush-basics\n", "")
    assert program.problems() == []


def test_a_lesson_of_the_right_length_is_not_told(program: Program) -> None:
    program.edit(LESSON_1, "Two minutes are lost.", "The sleeve is changed and the work goes on. " * 40)
    found = [p.file.rsplit("/", 1)[-1] for p in program.load().problems if p.code == "lesson-length"]
    assert found == ["02-from-map-to-last-look.md"]
