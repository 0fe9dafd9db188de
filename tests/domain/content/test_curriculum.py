"""The curriculum on one page."""

from __future__ import annotations

import pytest

from app.domain.content.__main__ import main
from app.domain.content.content_set import ContentSet
from app.domain.content.coverage import counts
from app.domain.content.curriculum import document
from tests.domain.content.samples import QUIZ, Program


def row_of(page: str, first: str) -> list[str]:
    (line,) = [line for line in page.splitlines() if line.startswith(f"| {first} |")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_page_has_the_counts_of_the_summary(program: Program) -> None:
    content = program.load().content
    page = document(content)
    for line in counts(content):
        assert f"- {line}\n" in page


def test_the_matrix_shows_each_exam_in_a_column_of_its_own(program: Program) -> None:
    program.edit(QUIZ, "kind: graded\n", "kind: exam\n")
    page = document(program.load().content)
    head = row_of(page, "Section")
    assert head == [
        "Section", "Lessons", "Items 1", "2", "3", "Items", "Exercises", "Rubric rows", "Certified exam",
    ]  # fmt: skip
    assert row_of(page, "Lip Mapping") == ["Lip Mapping", "1", "2", "0", "0", "2", "1", "1", "1"]
    assert row_of(page, "**All**")[:6] == ["**All**", "2", "5", "3", "0", "8"]


def test_each_course_lists_its_lessons(program: Program) -> None:
    page = document(program.load().content)
    assert "### C1 Lip Blush Basics\n" in page
    assert "| C1 | Lip Blush Basics | certified | 1 | 2 | 14 | 8 |\n" in page
    assert row_of(page, "2") == [
        "2", "From map to last look (`map-to-last-look`)", "Lip Mapping", "8", "308", "4", "1", "2", "5",
    ]  # fmt: skip


def test_quizzes_and_exercises_are_listed(program: Program) -> None:
    page = document(program.load().content)
    assert "| Lip Blush Basics quiz | graded | 7 | 80 % | 20 min | 3 |" in page
    assert row_of(page, "E08")[2:] == ["Pigment Application", "8", "90"]


def test_the_page_of_nothing_is_a_page() -> None:
    page = document(ContentSet())
    assert page.startswith("# The curriculum\n")
    assert page.endswith("|\n")
    assert "\n\n\n" not in page


def test_the_command_writes_the_page(program: Program, capsys: pytest.CaptureFixture[str]) -> None:
    target = program.root / "curriculum.md"
    main([str(program.root / "courses"), str(program.root / "quizzes"), "--part", "--write-matrix", str(target)])
    assert target.read_text() == document(program.load().content)
    assert "# The curriculum" not in capsys.readouterr().out
