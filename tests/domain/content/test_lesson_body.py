"""The scan of a lesson body: what it finds and on which line."""

from __future__ import annotations

import pytest

from app.domain.content.lesson_body import Figure, scan

GOOD = """Hook.

## The idea

Text with `<code>` and 4 < 5 and <https://e.test>.

![Says it](figures/a-b.svg "A caption.")

!!! key "Key idea"
    Stop.

??? question "Why?"
    Because [of this](lesson:other) and [that](https://e.test "t").

## At the bench

- [ ] Wash
- [ ] Glove
"""


def codes(body: str) -> list[tuple[int, str]]:
    return [(note.line, note.code) for note in scan(body).notes]


def with_question(text: str) -> str:
    return text + '\n\n??? question "Why?"\n    Because.\n'


def test_a_good_body_has_no_findings() -> None:
    body = scan(GOOD)
    assert body.notes == []
    assert body.figures == [Figure("figures/a-b.svg", "Says it", "A caption.", 7)]
    assert body.links == [("lesson:other", 13), ("https://e.test", 13)]
    assert [text for _, text, _ in body.headings] == ["The idea", "At the bench"]


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("# Title", 1, "md-h1"),
        ("x\n\n#### Deep", 3, "md-heading"),
        ("Title\n=====", 2, "md-heading"),
        ("Title\n---", 2, "md-heading"),
        ("a <b>bold</b>", 1, "md-html"),
        ("a <!-- note -->", 1, "md-html"),
        ("<br/>", 1, "md-html"),
        ("text[^1]", 1, "md-footnote"),
        ("[a]: https://e.test", 1, "md-reference"),
        ("text {: .red}", 1, "md-attributes"),
        ("text {#id}", 1, "md-attributes"),
        ("[a](javascript:alert)", 1, "md-link"),
        ("[a](/learn)", 1, "md-link"),
        ("[ ](https://e.test)", 1, "md-link"),
        ("[a]()", 1, "md-link"),
        ('!!! note "Note"\n    x', 1, "md-callout"),
        ("!!! key\n    x", 1, "md-callout"),
        ('!!! key "Key"\nx', 1, "md-callout"),
        ('!!! "Key"\n    x', 1, "md-callout"),
        ("See ![a](figures/a.svg) here", 1, "figure-place"),
        ('x\n![a](figures/a.svg "c")\n', 2, "figure-place"),
        ('- ![a](figures/a.svg "c")', 1, "figure-place"),
        ('    ![a](figures/a.svg "c")', 1, "figure-place"),
        ('![](figures/a.svg "c")', 1, "figure-alt"),
        ("![a](figures/a.svg)", 1, "figure-caption"),
        ("- [ ] Wash", 1, "md-bench"),
        ("## At the bench\n\nJust text.", 1, "md-bench"),
        ("```\n<b>", 6, "md-fence"),
    ],
)
def test_each_fault_is_found_on_its_line(text: str, line: int, code: str) -> None:
    found = codes(with_question(text)) if code != "md-fence" else codes('??? question "a"\n    b\n\n' + text + "\n")
    assert (line, code) in found
    assert {c for _, c in found} <= {code, "md-question"}


def test_code_is_not_looked_into() -> None:
    assert codes(with_question("```\n# x\n<b>\n```\n\n~~~\n[a](b)\n~~~\n\n`<b>` and `[a](b)`")) == []


def test_a_table_rule_and_a_thematic_break_are_no_headings() -> None:
    assert codes(with_question("| a | b |\n|---|---|\n| c | d |\n\n---\n\nx")) == []


def test_there_is_exactly_one_self_check() -> None:
    assert codes("Text.") == [(1, "md-question")]
    assert codes(with_question(with_question("Text."))) == [(7, "md-question")]
    assert codes('??? tip "Why?"\n    x') == [(1, "md-question")]


def test_three_callouts_in_a_screenful_are_too_many() -> None:
    box = '!!! key "Key idea"\n    Stop.\n\n'
    notes = scan(with_question(box * 3)).notes
    assert [(note.line, note.code, note.error) for note in notes] == [(7, "md-callouts", False)]
    assert codes(with_question(box * 2 + "word " * 130 + "\n\n" + box)) == []
