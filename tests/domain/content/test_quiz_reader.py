"""Reading quizzes/."""

from __future__ import annotations

from tests.domain.content.samples import BANK, QUIZ, Program


def test_items_know_their_bank_and_carry_their_figure(program: Program) -> None:
    item = program.load().content.items["lb-008"]
    assert item.bank == "lip-blush-basics"
    assert item.figure_svg is not None
    assert item.figure_svg.startswith('<svg role="img" viewBox="0 0 400 240">')
    assert item.payload["figure_svg"] == item.figure_svg


def test_one_broken_item_leaves_the_others_and_the_draws_alone(program: Program) -> None:
    line = program.edit(BANK, "    answer: false\n", "    answer: maybe\n")
    assert program.found() == [("lip-blush-basics.yaml", line, "bad-value")]
    assert len(program.load().content.items) == 7


def test_keys_that_the_loader_sets_are_not_the_authors(program: Program) -> None:
    program.edit(BANK, "  - id: lb-001\n", "  - id: lb-001\n    bank: other\n    figure_svg: <svg/>\n")
    assert program.found() == [("lip-blush-basics.yaml", 5, "unknown-key"), ("lip-blush-basics.yaml", 6, "unknown-key")]


def test_an_item_is_a_block(program: Program) -> None:
    program.edit(BANK, "items:\n", "items:\n  - just text\n")
    assert program.found() == [("lip-blush-basics.yaml", 4, "bad-value")]


def test_a_bank_and_a_quiz_are_called_like_their_files(program: Program) -> None:
    program.edit(QUIZ, "id: quiz-lip-blush-basics", "id: quiz-basics")
    program.edit(BANK, "bank: lip-blush-basics", "bank: basics")
    codes = [(name, line, code) for name, line, code in program.found() if code == "id-file"]
    assert codes == [("lip-blush-basics.yaml", 1, "id-file"), ("quiz-lip-blush-basics.yaml", 2, "id-file")]


def test_a_bank_that_cannot_be_read_does_not_make_its_draws_fail(program: Program) -> None:
    program.edit(BANK, "title: Lip Blush Basics", "title: 3")
    assert [code for _, _, code in program.found()] == ["bad-value", "figure-unused"]
    program.write(BANK, "- x")
    assert [code for _, _, code in program.found()] == ["yaml", "figure-unused"]


def test_a_broken_quiz_does_not_make_its_references_dangle(program: Program) -> None:
    program.edit(QUIZ, "pass_mark: 80", "pass_mark: 180")
    assert [code for _, _, code in program.found()] == ["bad-value"]
    program.write(QUIZ, "id: [")
    assert [code for _, _, code in program.found()] == ["yaml"]


def test_files_that_are_not_part_of_the_format(program: Program) -> None:
    program.write("quizzes/items.yaml", "x: 1")
    assert [code for _, _, code in program.found()] == ["file-unknown"]
