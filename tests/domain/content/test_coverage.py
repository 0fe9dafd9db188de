"""The matrix of steps and what each has."""

from __future__ import annotations

import yaml

from app.domain.content.content_set import ContentSet
from app.domain.content.coverage import matrix, summary
from app.domain.content.problems import Severity
from app.domain.procedure import SECTIONS
from tests.domain.content.samples import QUIZ, Program, client


def test_the_matrix_counts_by_section(program: Program) -> None:
    rows = {row.section: row for row in matrix(program.load().content)}
    assert list(rows) == list(SECTIONS)
    hygiene = rows["hygiene"]
    assert (hygiene.lessons, hygiene.items, hygiene.exercises, hygiene.criteria) == (1, (1, 1, 0), 1, 1)
    assert (rows["lip-mapping"].items, rows["numbing"].items, rows["anatomy"].exercises) == ((2, 0, 0), (0, 1, 0), 0)


def test_exam_draws_count_by_step_or_by_where_their_pool_mostly_is(program: Program) -> None:
    program.edit(QUIZ, "kind: graded", "kind: exam")
    program.edit(
        QUIZ,
        "{bank: lip-blush-basics, step: lip-mapping, count: 1}",
        "{bank: lip-blush-basics, topic: hygiene, count: 2}",
    )
    program.edit(
        QUIZ, "{bank: lip-blush-basics, step: anatomy, count: 1}", "{bank: lip-blush-basics, topic: color, count: 1}"
    )
    rows = {row.section: row.exam_draws for row in matrix(program.load().content)}
    assert rows["hygiene"] == 2 + 1 + 1
    assert rows["building-layers"] == 1
    assert rows["lip-mapping"] == rows["anatomy"] == 0


def test_a_complete_program_has_everything_for_every_step(program: Program) -> None:
    problems = program.problems(complete=True)
    sentences = {p.sentence for p in problems if p.code == "coverage"}
    assert "Consultation has no lesson." in sentences
    assert "Consultation has no item." in sentences
    assert not [s for s in sentences if "criterion" in s or "exercise" in s or s.startswith("Hygiene")]
    untested = [p for p in problems if p.code == "objective-untested"]
    assert [p.sentence for p in untested] == ["The objective obj-aftercare-card is tested by 1 items; 2 are asked."]
    assert (untested[0].line, untested[0].severity) == (9, Severity.ERROR)


def test_each_lesson_is_asked_about_in_a_formative_check(program: Program) -> None:
    def unchecked() -> list[str]:
        return [p.sentence for p in program.problems(complete=True) if p.code == "lesson-unchecked"]

    assert unchecked() == [
        "No formative check draws items about the lesson clean-station.",
        "No formative check draws items about the lesson map-to-last-look.",
    ]
    check = "id: check-station\ntitle: Check\ncourse: lip-blush-basics\nkind: formative\npass_mark: 60\ndraws:\n"
    check += "  - {bank: lip-blush-basics, lessons: [clean-station], count: 1}\n"
    program.write("quizzes/quizzes/check-station.yaml", check)
    assert unchecked() == ["No formative check draws items about the lesson map-to-last-look."]


def test_the_summary_has_the_matrix_and_the_counts(program: Program) -> None:
    lines = summary(program.load().content).splitlines()
    assert lines[0].split() == ["section", "lessons", "items", "(1", "2", "3)", "exercises", "criteria", "exam"]
    assert lines[9].split() == ["hygiene", "1", "2", "1", "1", "0", "1", "1", "0"]
    assert "courses 1, lessons 2, figures 2, terms 6" in lines
    assert "items 8 in 1 banks, safety 1" in lines
    assert "objectives 4, each tested by at least 1 items" in lines
    assert "near-duplicate prompts 0" in lines
    assert "quizzes 1, exercises 1, defect codes 8, certifications 1" in lines
    assert lines[-1].startswith("lesson words 308 to 316, mean 312; reading grade ")


def test_the_summary_tells_where_keys_stand_and_how_long_they_are(program: Program) -> None:
    (line,) = [line for line in summary(program.load().content).splitlines() if line.startswith("single-choice keys")]
    assert line == "single-choice keys: option 1 50%, option 2 50%; the longest option in 0% (chance 33%)"


def test_the_summary_counts_client_cards_by_decision(program: Program) -> None:
    cards = [client(), client(id="bea-u", number=2, name="Bea U.", worked_in=["lb-001"])]
    program.write("courses/clients.yaml", yaml.safe_dump({"clients": cards}))
    assert "client cards 2, of which 1 to practice with: proceed 1" in summary(program.load().content).splitlines()


def test_the_summary_of_nothing() -> None:
    lines = summary(ContentSet()).splitlines()
    assert "courses 0, lessons 0, figures 0, terms 0" in lines
    assert lines[-1] == "lesson words 0 to 0, mean 0; reading grade 0 to 0, mean 0.0"


def test_without_a_rubric_an_exercise_evidences_its_own_steps(program: Program) -> None:
    (program.root / "courses/rubric.yaml").unlink()
    rows = {row.section: row for row in matrix(program.load().content)}
    assert (rows["aftercare"].exercises, rows["hygiene"].exercises, rows["hygiene"].criteria) == (1, 0, 0)
