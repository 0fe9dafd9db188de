"""A text with gaps as one QTI 3 item: a response, a score and a feedback for each gap, and the sum of the scores."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

from app.domain.assessment.exact import to_fraction
from app.domain.assessment.interchange import cloze
from app.domain.assessment.interchange.qti_parts import Parts, float_of, modal, number, outcome, set_to
from app.domain.assessment.interchange.xml_writing import Xml, tag, text
from app.domain.assessment.scoring import tolerance_interval

_LINE = tag("br")


class _Gap:
    """The names of one gap in the file, and what it adds to it."""

    def __init__(self, gap: Mapping[str, Any]) -> None:
        self.gap = gap
        self.name = f"gap-{gap['id']}"
        self.score = f"SCORE-{gap['id']}"
        self.feedback = f"FEEDBACK-{gap['id']}"
        self.response = tag("qti-variable", identifier=self.name)
        self.key = tag("qti-correct", identifier=self.name)
        self.told: dict[str, str] = {}
        self.lost: list[str] = []

    def declared(self, base: str, key: str, mapping: Xml | None = None) -> Xml:
        correct = tag("qti-correct-response", tag("qti-value", key))
        inside = [correct] if mapping is None else [correct, mapping]
        return tag("qti-response-declaration", *inside, identifier=self.name, cardinality="single", base_type=base)

    def tell(self, identifier: str) -> Xml:
        return set_to(self.feedback, tag("qti-base-value", identifier, base_type="identifier"))

    def entry(self, length: int) -> Xml:
        return tag("qti-text-entry-interaction", response_identifier=self.name, expected_length=length)

    def branches(self, right: Xml, others: Iterable[tuple[Xml, str]]) -> Xml:
        """The right answer, then the wrong ones that have a feedback of their own, then all others."""
        words = self.gap["feedback"]
        self.told |= {"right": words["correct"], "wrong": words["wrong"]}
        held = [tag("qti-response-if", right, set_to(self.score, float_of(1)), self.tell("right"))]
        for index, (found, said) in enumerate(others, 1):
            self.told[f"error-{index}"] = said
            held.append(tag("qti-response-else-if", found, self.tell(f"error-{index}")))
        return tag("qti-response-condition", *held, tag("qti-response-else", self.tell("wrong")))


Piece = tuple[Xml, Xml, list[Xml]]


def gaps(item: Mapping[str, Any]) -> Parts:
    """Return the parts of a text with gaps: the share of each gap is what it adds to the sum."""
    made = [_Gap(gap) for gap in item["gaps"]]
    pieces = [_WRITERS[one.gap["type"]](one) for one in made]
    words, lines = cloze.marked(item)
    shown = [words.replaced(text(line), lambda place: pieces[place - 1][1]) for line in lines]
    rules = [rule for _, _, found in pieces for rule in found]
    return Parts(
        Xml("".join(declared for declared, _, _ in pieces)),
        tag("div", tag("p", Xml(_LINE.join(shown)))),
        [*rules, set_to("SCORE", _total(item, made))],
        lost=[phrase for one in made for phrase in one.lost],
        outcomes=[
            held
            for one in made
            for held in (outcome(one.score, "single", "float", "0"), outcome(one.feedback, "single", "identifier"))
        ],
        modals=[modal(one.feedback, key, said) for one in made for key, said in one.told.items() if said],
    )


def _total(item: Mapping[str, Any], made: Iterable[_Gap]) -> Xml:
    """The points times the shares that were earned over all shares, and never below nothing."""
    shares = [(one, one.gap.get("share", 1)) for one in made]
    earned = [tag("qti-product", float_of(share), tag("qti-variable", identifier=one.score)) for one, share in shares]
    points = tag("qti-product", float_of(item.get("points", 1)), tag("qti-sum", *earned))
    whole = tag("qti-divide", points, float_of(sum(share for _, share in shares)))
    return tag("qti-max", whole, float_of(0))


def _list(one: _Gap) -> Piece:
    rows = one.gap["options"]
    one.told = {row["id"]: row["feedback"] for row in rows}
    held = [tag("qti-inline-choice", row["text"], identifier=row["id"]) for row in rows]
    shuffle = "false" if one.gap.get("shuffle") is False else "true"
    interaction = tag("qti-inline-choice-interaction", *held, response_identifier=one.name, shuffle=shuffle)
    key = next(row["id"] for row in rows if row.get("correct"))
    say = set_to(one.feedback, one.response)
    if one.gap.get("scoring") != "weights":
        right = tag("qti-response-if", tag("qti-match", one.response, one.key), set_to(one.score, float_of(1)))
        return one.declared("identifier", key), interaction, [tag("qti-response-condition", right), say]
    marks = [tag("qti-map-entry", map_key=row["id"], mapped_value=number(to_fraction(row["weight"]))) for row in rows]
    lower = None if one.gap.get("negative") else "0"
    mapping = tag("qti-mapping", *marks, default_value="0", lower_bound=lower)
    pay = set_to(one.score, tag("qti-map-response", identifier=one.name))
    return one.declared("identifier", key, mapping), interaction, [pay, say]


def _short(one: _Gap) -> Piece:
    case = "true" if one.gap.get("case_sensitive") else "false"

    def is_text(written: str) -> Xml:
        value = tag("qti-base-value", written, base_type="string")
        return tag("qti-string-match", one.response, value, case_sensitive=case)

    if one.gap.get("patterns"):
        one.lost.append(f"the patterns of the gap {one.gap['id']}")
    errors = one.gap.get("common_errors") or ()
    if any(not row.get("text") for row in errors):
        one.lost.append(f"a wrong answer of the gap {one.gap['id']} that is named by a pattern")
    right = tag("qti-or", *(is_text(written) for written in one.gap["accepted"]))
    rule = one.branches(right, [(is_text(row["text"]), row["feedback"]) for row in errors if row.get("text")])
    return one.declared("string", one.gap["accepted"][0]), one.entry(30), [rule]


def _number(one: _Gap) -> Piece:
    answer, tolerance = to_fraction(one.gap["answer"]), one.gap["tolerance"]
    low, high = tolerance_interval(answer, tolerance["kind"], to_fraction(tolerance["value"]))
    reach = (high - low) / 2

    def within(centre: Xml, below: Fraction, above: Fraction) -> Xml:
        width = f"{number(below)} {number(above)}"
        return tag("qti-equal", centre, one.response, tolerance_mode="absolute", tolerance=width)

    errors = [
        (within(float_of(to_fraction(row["value"])), reach, reach), row["feedback"])
        for row in one.gap.get("common_errors") or ()
    ]
    rule = one.branches(within(one.key, answer - low, high - answer), errors)
    return one.declared("float", number(answer)), one.entry(12), [rule]


_WRITERS: dict[str, Callable[[_Gap], Piece]] = {
    "single_choice": _list,
    "short_text": _short,
    "numeric": _number,
}
