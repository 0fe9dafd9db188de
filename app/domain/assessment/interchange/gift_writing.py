"""Items as GIFT. What GIFT has no field for stands in tags, which Moodle keeps and our reader understands."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from app.domain.assessment.exact import decimal_text, to_fraction
from app.domain.assessment.interchange import unheld
from app.domain.assessment.interchange.report import Refused, Written
from app.domain.assessment.interchange.tags import tags_of
from app.domain.assessment.interchange.text_forms import plain_from_markdown
from app.domain.assessment.scoring import tolerance_interval

_LINES = str.maketrans({"\\": "\\\\", **{c: f"\\{c}" for c in ":#={}~"}, "\n": "\\n"})
_MARKS = frozenset("*_`<>&[]\\#")
_PLACES = 12


def write(items: Iterable[Mapping[str, Any]], category: str = "") -> Written:
    """Return the items as a GIFT file; ordering, hotspots and figures are left out with the reason."""
    blocks = [f"$CATEGORY: {' '.join(category.split())}\n"] if category else []
    lost: dict[str, list[str]] = {}
    left_out: dict[str, str] = {}
    exported = 0
    for item in items:
        try:
            block, gone = _question(item)
        except Refused as refused:
            left_out[item["id"]] = refused.reason
            continue
        blocks.append(block)
        exported += 1
        if gone:
            lost[item["id"]] = gone
    return Written("\n".join(blocks).encode(), exported, lost, left_out)


def escaped(text: str) -> str:
    """Return a text in which nothing is a mark of GIFT."""
    return text.translate(_LINES)


def _question(item: Mapping[str, Any]) -> tuple[str, list[str]]:
    unheld.check(unheld.GIFT, item, _WRITERS)
    if item.get("figure"):
        raise Refused("GIFT holds no figures.")
    writer = _WRITERS[item["type"]]
    tags, gone = tags_of(item)
    gone = [f"the {key} (a tag cannot hold its characters)" for key in gone]
    marks = "".join(f" [tag:{tag.replace(']', chr(92) + ']')}]" for tag in tags)
    form, stem = _stem(item["prompt"])
    answers = writer(item, gone, form)
    general = f"\n####{_text(item['explanation'], form)}" if item.get("explanation") else ""
    return f"// [id:{item['id']}]{marks}\n::{item['id']}::{form}{stem} {{{answers}{general}\n}}\n", gone


def _stem(prompt: str) -> tuple[str, str]:
    """The plain form where another program shows the same in every format, else Markdown."""
    plain = plain_from_markdown(prompt)
    if plain is not None and "\n" not in plain and not _MARKS & set(plain):
        return "", escaped(plain)
    return "[markdown]", escaped(prompt)


def _text(text: str, form: str) -> str:
    """A plain text; it says so where its characters would mean something in the format of the question."""
    marked = bool(_MARKS & set(text)) or "\n" in text or text.startswith("%")
    return ("[plain]" if marked else "") + escaped(text)


def _single(item: Mapping[str, Any], gone: list[str], form: str) -> str:
    if item.get("scoring") != "weights":
        return "".join(_option("=" if row.get("correct") else "~", row, form) for row in item["options"])
    shares = shares_of(item)
    marks = ["=" if row.get("correct") else f"~%{shares[row['id']]}%" for row in item["options"]]
    return "".join(_option(mark, row, form) for mark, row in zip(marks, item["options"], strict=True))


def _option(mark: str, row: Mapping[str, Any], form: str) -> str:
    return f"\n{mark}{_text(row['text'], form)}#{_text(row['feedback'], form)}"


def shares_of(item: Mapping[str, Any]) -> dict[str, str]:
    """Return what each option pays in percent, as Moodle writes it; rules without weights as right minus wrong."""
    options = item["options"]
    right = sum(bool(row.get("correct")) for row in options)
    even = Fraction(1, right)
    pays = {row["id"]: even if row.get("correct") else -even for row in options}
    if item.get("scoring") == "weights":
        pays = {row["id"]: to_fraction(row["weight"]) for row in options}
    return {key: f"{float(share * 100):.5f}".rstrip("0").rstrip(".") for key, share in pays.items()}


def rule_lost(item: Mapping[str, Any]) -> list[str]:
    """What of the scoring another program does not see."""
    lost = []
    if item["scoring"] not in ("right_minus_wrong_correct", "weights"):
        lost.append(f"the scoring {item['scoring']} (weights for right minus wrong are written; a tag names the rule)")
    return [*lost, "marks below 0 (a tag says so)"] if item.get("negative") else lost


def _multiple(item: Mapping[str, Any], gone: list[str], form: str) -> str:
    gone += rule_lost(item)
    shares = shares_of(item)
    return "".join(_option(f"~%{shares[row['id']]}%", row, form) for row in item["options"])


def _short(item: Mapping[str, Any], gone: list[str], form: str) -> str:
    words = item["feedback"]
    if item.get("patterns"):
        gone.append("its patterns")
    lines = [f"\n={_starred(text)}#{_said(words['correct'], form)}" for text in item["accepted"]]
    for row in item.get("common_errors") or ():
        if row.get("text"):
            lines.append(f"\n=%0%{_starred(row['text'])}#{_said(row['feedback'], form)}")
        else:
            gone.append("a wrong answer named by a pattern")
    return "".join([*lines, f"\n=%0%*#{_said(words['wrong'], form)}"])


def _said(text: str, form: str) -> str:
    """A feedback of a short answer: an arrow in it would make the whole a matching question."""
    return "[html]" + escaped(html.escape(text, quote=False)) if "->" in text else _text(text, form)


def _starred(text: str) -> str:
    if text.startswith("%"):
        raise Refused("An answer begins with %, which GIFT reads as a weight.")
    if "->" in text:
        raise Refused("An answer holds ->, which GIFT reads as a pair.")
    return escaped(text.replace("*", "\\*"))


def _truth(item: Mapping[str, Any], gone: list[str], form: str) -> str:
    words = item["feedback"]
    right, wrong = ("when_true", "when_false") if item["answer"] else ("when_false", "when_true")
    return f"{str(item['answer']).upper()}#{_text(words[wrong], form)}#{_text(words[right], form)}"


def _matching(item: Mapping[str, Any], gone: list[str], form: str) -> str:
    gone.append("the feedback of its pairs")
    rows = [(row["left"], row["right"]) for row in item["pairs"]]
    rows += [("", text) for text in item.get("distractors") or ()]
    for left, right in rows:
        if "->" in left or "\n" in left + right:
            raise Refused("A side holds -> or a line break, which GIFT cannot hold in a pair.")
    return "".join(f"\n={_text(left, form) if left else ''} -> {escaped(right)}" for left, right in rows)


def _numeric(item: Mapping[str, Any], gone: list[str], form: str) -> str:
    answer, tolerance = to_fraction(item["answer"]), item["tolerance"]
    low, high = tolerance_interval(answer, tolerance["kind"], to_fraction(tolerance["value"]))
    reach = (high - low) / 2
    key = f"{_number(answer)}:{_number(reach)}"
    if tolerance["kind"] == "geometric":
        key = f"{_number(low)}..{_number(high)}"
    words = item["feedback"]
    lines = [f"#\n={key}#{_text(words['correct'], form)}"]
    for row in item.get("common_errors") or ():
        value = _number(to_fraction(row["value"]))
        lines.append(f"=%0%{value}:{_number(reach)}#{_text(row['feedback'], form)}")
    if item.get("unit"):
        gone.append("the unit (a tag names it)")
    if tolerance["kind"] != "nominal":
        gone.append(f"the tolerance as {tolerance['kind']} (its bounds are written; a tag names the rule)")
    return "\n".join([*lines, f"~#{_text(words['wrong'], form)}"])


def _number(value: Any) -> str:
    return decimal_text(value, _PLACES)


_WRITERS = {
    "single_choice": _single,
    "multiple_response": _multiple,
    "true_false": _truth,
    "matching": _matching,
    "numeric": _numeric,
    "short_text": _short,
}
