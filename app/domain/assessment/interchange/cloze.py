"""Texts with gaps, whatever the format: where prompt and text part, what a gap keeps in tags, what did not come back.

While a text is converted each gap is a word that stands nowhere else in it; so emphasis, entities and lists around
it are read as ever. What no format has a field for (ids, units, kinds of tolerance) stands in one tag for each gap.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from app.domain.assessment.exact import to_fraction
from app.domain.assessment.interchange.report import Question, Refused
from app.domain.assessment.interchange.text_forms import Losses, plain_from_markdown, plain_of_markdown
from app.domain.assessment.items.cloze import GAPS, gap_ids

Body = dict[str, Any]
MOST_GAPS = 10
MOST_SHARE = 100
PROMPT = "Fill in the gaps."
_ID = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_LONGEST_ID = 32
_SPACE = re.compile(r"\s+")
# What a gap has when nothing is said of it.
_SILENT: Mapping[str, Any] = {
    "share": 1,
    "shuffle": True,
    "scoring": "exact",
    "negative": False,
    "case_sensitive": False,
    "punctuation": "ignore",
    "unit": "",
}
_NUMBERS = frozenset(["answer", "value", "weight"])


@dataclass(frozen=True, slots=True)
class Words:
    """The words that stand for gaps in one text: the first gap is number 1."""

    mark: str

    @classmethod
    def for_text(cls, text: str) -> Words:
        """Return words that the text does not hold."""
        mark = "gapx"
        while mark in text:
            mark += "x"
        return cls(mark)

    def __getitem__(self, number: int) -> str:
        return f"{self.mark}{number}{self.mark}"

    def replaced(self, text: str, by: Callable[[int], str]) -> str:
        """Return the text with every word replaced."""
        return re.sub(f"{self.mark}([0-9]+){self.mark}", lambda found: by(int(found[1])), text)

    def numbers(self, text: str) -> list[int]:
        """Return the gaps that a text names, in order."""
        return [int(found) for found in re.findall(f"{self.mark}([0-9]+){self.mark}", text)]


@dataclass(frozen=True, slots=True)
class Place:
    """A gap of a file: its number, its line, its share as the file tells it, and what our tag says of it."""

    number: int
    line: int
    share: Fraction
    own: Mapping[str, str]

    @property
    def id(self) -> str:
        """The id that the tag gives, or one by number."""
        written = self.own.get("id", "")
        return written if _ID.fullmatch(written) and len(written) <= _LONGEST_ID else f"g{self.number}"


def check_count(lines: Sequence[int]) -> None:
    """Raise Refused when there are more gaps than a text has; `lines` are those of the gaps."""
    if len(lines) > MOST_GAPS:
        raise Refused(f"It has {len(lines)} gaps; a text has at most {MOST_GAPS}.", lines[MOST_GAPS])


def built(question: Question, place: Place, build: Callable[[Question], Body]) -> Body:
    """Return one gap as `build` makes it; what changed or was refused is told with the number and the line of it."""
    scratch = Question(place.number, place.line)
    try:
        body = build(scratch)
        if body["type"] not in GAPS:
            raise Refused("A list of true and false has two options; a list in a text has 3 to 5.")
    except Refused as refused:
        line = refused.line or place.line
        raise Refused(f"Gap {place.number} (line {line}): {refused.reason}", line) from None
    for change in scratch.changes:
        question.change(f"Gap {place.number} (line {place.line}): {change}")
    return body


def whole(question: Question, places: Sequence[Place], bodies: Sequence[Body], total: Fraction) -> list[Body]:
    """Return the gaps with their ids and shares. The points are the marks of all of them: `total`."""
    ids = [place.id for place in places]
    if len(set(ids)) != len(ids):
        ids = [f"g{place.number}" for place in places]
    if "points" not in {tag.partition(":")[0].strip() for tag in question.tags}:
        question.points = total
    shares = _shares(places)
    return [{"id": i, "share": s, **body} for i, s, body in zip(ids, shares, bodies, strict=True)]


def _shares(places: Sequence[Place]) -> list[int]:
    """Whole numbers in the ratio of the marks: those of our tags where they have it, else the smallest."""
    marks = [place.share for place in places]
    for place in places:
        if place.share <= 0:
            raise Refused(
                f"Gap {place.number} (line {place.line}) pays nothing; a gap has a share above 0.", place.line
            )
    whole = sum(marks)
    written = [place.own.get("share", "1") for place in places]
    if all(one.isascii() and one.isdigit() and 1 <= int(one[:4]) <= MOST_SHARE for one in written):
        own = [int(one) for one in written]
        if any(place.own for place in places) and _ratio(own) == _ratio(marks):
            return own
    if all(mark.denominator == 1 and mark <= MOST_SHARE for mark in marks):
        return [int(mark) for mark in marks]
    for parts in range(1, MOST_GAPS * MOST_SHARE + 1):
        shares = [round(mark * parts / whole) for mark in marks]
        near = all(abs(Fraction(s, parts) - m / whole) <= Fraction(1, 2000) for s, m in zip(shares, marks, strict=True))
        if sum(shares) == parts and near and all(1 <= share <= MOST_SHARE for share in shares):
            return shares
    raise Refused("The marks of its gaps stand in no ratio of whole numbers to 100.", places[0].line)


def _ratio(shares: Sequence[int | Fraction]) -> list[Fraction]:
    return [Fraction(share) / Fraction(sum(shares)) for share in shares]


def parted(markdown: str, words: Words, losses: Losses) -> tuple[str, list[str]]:
    """Return the prompt (what stands before the paragraph of the first gap) and the lines of the text with gaps."""
    blocks = markdown.split("\n\n")
    first = next((index for index, block in enumerate(blocks) if words.mark in block), 0)
    lines: list[str] = []
    for block in blocks[first:]:
        plain = plain_from_markdown(block)
        if plain is None:
            losses.add("the marks of the text with the gaps (bold, lists, tables)")
            plain = plain_of_markdown(block.replace("  \n", "\n"), losses)
        lines += [flat for flat in (_flat(line) for line in plain.split("\n")) if flat]
    return "\n\n".join(blocks[:first]).strip(), lines


def finished(
    question: Question, parts: tuple[str, Sequence[str]], words: Words, gaps: Sequence[Body], line: int
) -> Body:
    """Return the body of these `parts` (prompt and lines of the text, from that line of the file on).

    Each word becomes the name of its gap; a unit that stands behind the gap moves into it.
    """
    prompt, lines = parts
    text = "\n".join(lines)
    for number, gap in enumerate(gaps, 1):
        if gap.get("unit"):
            text = re.sub(f"({re.escape(words[number])}) {re.escape(gap['unit'])}(?!\\w)", r"\1", text, count=1)
    if gap_ids(text):
        raise Refused("Its text holds words in double braces, which would name a gap.", line)
    if words.numbers(text) != list(range(1, len(gaps) + 1)):
        raise Refused("A gap stands where the text cannot keep it, for example in a picture or a link.", line)
    named = words.replaced(text, lambda number: f"{{{{{gaps[number - 1]['id']}}}}}")
    if not prompt:
        question.change(f"Nothing stood before the paragraph with the first gap, so it asks: “{PROMPT}”")
    return {"type": "cloze", "prompt": prompt or PROMPT, "text": named, "gaps": list(gaps)}


def _flat(line: str) -> str:
    return _SPACE.sub(" ", line).strip()


# Writing


def marked(item: Mapping[str, Any]) -> tuple[Words, list[str]]:
    """Return the lines of an item's text with a word for each gap and its unit behind it."""
    text = str(item["text"])
    words = Words.for_text(text + str(item["prompt"]))
    for number, gap in enumerate(item["gaps"], 1):
        unit = f" {gap['unit']}" if gap.get("unit") else ""
        before, found, after = _parted(text, gap["id"])
        text = f"{before}{words[number] + unit if found else ''}{after}"
    return words, [flat for flat in (_flat(line) for line in text.split("\n")) if flat]


def _parted(text: str, gap_id: str) -> tuple[str, bool, str]:
    found = re.search(r"\{\{\s*" + re.escape(gap_id) + r"\s*\}\}", text)
    return (text[: found.start()], True, text[found.end() :]) if found else (text, False, "")


def unkept(item: Mapping[str, Any], body: Mapping[str, Any] | None) -> list[str]:
    """Return what of a text with gaps did not come back when the export was read: nothing is lost in silence."""
    if body is None or len(body["gaps"]) != len(item["gaps"]):
        return ["its gaps"]
    lost = []
    if body["text"] != item["text"]:
        lost.append("the spaces and empty lines of its text")
    for mine, other in zip(item["gaps"], body["gaps"], strict=True):
        lost += [f"{name} of the gap {mine['id']}" for name in _differing(mine, other)]
    return lost


def _differing(mine: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    one, two = _said(mine), _said(other)
    for key in sorted(one.keys() | two.keys()):
        if one.get(key) == two.get(key):
            continue
        if key == "options" and [_without_id(o) for o in one[key]] == [_without_id(o) for o in two.get(key, ())]:
            yield "the ids of the options"
        else:
            yield f"the {key.replace('_', ' ')}"


def _without_id(option: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in option.items() if key != "id"}


def _said(value: Any, key: str = "") -> Any:
    """A value in one form, without what says nothing: so two ways to write the same gap are equal."""
    if isinstance(value, Mapping):
        held = {name: _said(one, name) for name, one in value.items()}
        return {name: one for name, one in held.items() if one not in (None, [], _SILENT.get(name))}
    if isinstance(value, (list, tuple)):
        return [_said(one) for one in value]
    return to_fraction(value) if key in _NUMBERS and value is not None else value
