"""Moodle's questions with embedded answers (cloze, multianswer) as texts with gaps, and back."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from app.domain.assessment.interchange import cloze, fitting
from app.domain.assessment.interchange.cloze import Body, Place
from app.domain.assessment.interchange.cloze_codes import Alternative, Code, holds_code, taken, written
from app.domain.assessment.interchange.fitting import Accepted, Choice, Wording, number
from app.domain.assessment.interchange.report import Question, Refused
from app.domain.assessment.interchange.tags import gap_form, own
from app.domain.assessment.interchange.text_forms import Losses, has_tags, markdown_from_plain, plain_from_html
from app.domain.assessment.scoring import ZERO

TYPES = frozenset(["cloze", "multianswer"])
# Returns a text of the file as Markdown, and the figure that stood in it.
Marked = Callable[[str], tuple[str, dict[str, str]]]
_LAYOUT = "Lists that stood as rows or columns of buttons are lists to choose from now."


def read(question: Question, text: str, line: int, to_markdown: Marked, losses: Losses) -> Body:
    """Return the body of a text with gaps. `text` is the question as Moodle holds it, from that line of the file on."""
    question.kind = "text with gaps"
    marked, codes, words = taken(text, line)
    if not codes:
        raise Refused("It has no gap that can be read, for example {1:SHORTANSWER:=right}.", line)
    cloze.check_count([code.line for code in codes])
    form = own(question.tags).form
    places = [Place(code.number, code.line, code.weight, gap_form(form, code.number)) for code in codes]
    bodies = [
        cloze.built(question, place, partial(_gap, code=code, form=place.own, losses=losses))
        for code, place in zip(codes, places, strict=True)
    ]
    if any(code.laid_out for code in codes):
        question.change(_LAYOUT)
    gaps = cloze.whole(question, places, bodies, sum((place.share for place in places), ZERO))
    markdown, figure = to_markdown(marked)
    parts = cloze.parted(markdown, words, losses)
    return {**cloze.finished(question, parts, words, gaps, line), **figure}


def _gap(question: Question, code: Code, form: Mapping[str, str], losses: Losses) -> Body:
    def line(text: str) -> str:
        return plain_from_html(text, losses)

    if code.kind == "list":
        choices = [Choice(line(one.text), one.share, line(one.feedback)) for one in code.answers]
        return fitting.single_choice(question, choices, shuffle=code.shuffle)
    said = [Alternative(one.text, one.share, line(one.feedback)) for one in code.answers]
    wrong = next((one.feedback for one in said if one.text == "*" and one.share == ZERO), "")
    named = [one for one in said if not (one.text == "*" and one.share == ZERO)]
    if any(one.text == "*" for one in named):
        raise Refused("Any answer would be right (*).")
    if code.kind == "numeric":
        accepted = [_accepted(one) for one in named]
        unit, tolerance = form.get("unit", ""), form.get("tolerance", "")
        return fitting.numeric(question, accepted, unit=unit, wrong=wrong, tolerance=tolerance)
    wordings = [
        Wording(one.text.replace("\\*", "*"), one.share, one.feedback, "*" in one.text.replace("\\*", ""))
        for one in named
    ]
    punctuation = "ignore" if form.get("punctuation") == "ignore" else "keep"
    return fitting.short_text(
        question, wordings, case_sensitive=code.case_sensitive, punctuation=punctuation, wrong=wrong
    )


def _accepted(one: Alternative) -> Accepted:
    if one.share < 0:
        raise Refused("A number that costs points is not held.")
    value, colon, width = one.text.partition(":")
    middle, reach = number(value), abs(number(width)) if colon else ZERO
    return Accepted(middle - reach, middle + reach, one.share, one.feedback)


def text_of(item: Mapping[str, Any], lost: list[str], render: Callable[[str], str] | None = None) -> str:
    """Return prompt, text and codes as one Moodle text: Markdown, or HTML when `render` makes it of the prompt.

    Raises Refused when another part of the item would be read as a code.
    """
    words, lines = cloze.marked(item)
    if render is None:
        text = f"{item['prompt']}\n\n{markdown_from_plain(chr(10).join(lines))}"
    else:
        text = f"{render(item['prompt'])}<p>{'<br>'.join(html.escape(line, quote=False) for line in lines)}</p>"
    if render is None and has_tags(text):
        lost.append("what looks like HTML in its texts (Moodle takes it for HTML)")
    if holds_code(text):
        raise Refused("Its prompt or text holds what Moodle would read as a gap.")
    shares, points = sum(gap.get("share", 1) for gap in item["gaps"]), item.get("points", 1)
    if shares != points:
        lost.append(f"its {points} points (Moodle adds up the shares of its gaps, {shares}; a tag tells the points)")
    return words.replaced(text, lambda place: written(item["gaps"][place - 1], lost))
