"""Aiken: what it holds comes in, what is malformed is refused with its line."""

from __future__ import annotations

import pytest

from app.domain.assessment.interchange import formats
from app.domain.assessment.interchange.formats import Format
from app.domain.assessment.interchange.report import Outcome
from tests.domain.assessment.interchange.importing import item, take

GOOD = "Which glove first?\nA. The left\nB) The right\nC. Neither\nANSWER: B\n"


def test_a_question_comes_in_with_its_key() -> None:
    found = item(GOOD, Format.AIKEN)
    assert found["type"] == "single_choice"
    assert found["prompt"] == "Which glove first?"
    assert [(row["text"], row["correct"]) for row in found["options"]] == [
        ("The left", False),
        ("The right", True),
        ("Neither", False),
    ]


def test_windows_lines_a_byte_order_mark_and_empty_lines_inside_do_no_harm() -> None:
    text = "\ufeff" + GOOD.replace("\n", "\r\n").replace("Neither", "Neither\r\n")
    report = take(text + "\n\n" + GOOD, Format.AIKEN)
    assert [entry.outcome for entry in report.entries] == [Outcome.CHANGED] * 2
    assert [entry.line for entry in report.entries] == [1, 9]
    assert report.entries[0].item is not None
    assert report.entries[0].item["prompt"] == "Which glove first?"


def test_true_and_false_become_a_statement() -> None:
    found = item("Gloves are sterile.\nA. True\nB. False\nANSWER: B", Format.AIKEN)
    assert (found["type"], found["answer"]) == ("true_false", False)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("Q?\nA. one\nB. two\nC. three\n", 4, "ANSWER"),
        ("Q?\nA. one\nC. two\nANSWER: A", 3, "out of order"),
        ("Q?\nA. one\nB. two\nC. three\nANSWER: D", 5, "none of the options"),
        ("Q?\nA. one\nB. two\nC. three\nanswer: A", 5, "ANSWER"),
        ("A. one\nB. two\nC. three\nANSWER: A", 1, "no question"),
        ("Q?\nA. one\nsomething\nB. two\nANSWER: A", 3, "no option"),
        ("Q?\nA. one\nB. two\nANSWER: A", 1, "2 options"),
        ("Q?\nA. one\nB. One\nC. three\nANSWER: A", 1, "the same"),
    ],
)
def test_what_is_malformed_is_refused_with_its_line(text: str, line: int, said: str) -> None:
    entry = take(text, Format.AIKEN).entries[0]
    assert entry.outcome is Outcome.REFUSED
    assert said in entry.reason
    assert entry.line == line


def test_marks_of_markdown_in_a_plain_question_stay_plain() -> None:
    found = item("Is 5 * 3 * 2 = *thirty*?\nA. a\nB. b\nC. c\nANSWER: A", Format.AIKEN)
    assert found["prompt"] == r"Is 5 * 3 * 2 = \*thirty\*?"


def test_what_aiken_cannot_hold_is_left_out_by_name() -> None:
    numeric = {"id": "n-1", "type": "numeric", "prompt": "How many?"}
    bold = {"id": "b-1", "type": "true_false", "prompt": "This is **bold**.", "answer": True}
    written = formats.export_items([numeric, bold], Format.AIKEN, "", str)
    assert written.exported == 0
    assert "numeric" in written.left_out["n-1"]
    assert "bold" in written.left_out["b-1"]


def test_an_empty_file_is_a_fault() -> None:
    assert [fault.sentence for fault in take("\n \n", Format.AIKEN).faults] == ["The file holds no question."]
