"""Fit what a question of another program says to an item type of the house, or refuse it with the reason.

A body holds the fields that differ by type, with empty feedback where the file gives none. What the type cannot hold
is either a named change (the marks may differ in a way that can be told) or a refusal (the key would be a guess).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from app.domain.assessment.exact import decimal_text, to_fraction
from app.domain.assessment.interchange.report import Question, Refused
from app.domain.assessment.scoring import CHOICE_POLICIES, ONE, ORDERING_RULES, ZERO, tolerance_interval
from app.domain.assessment.wording import tidy as tidy_answer

Body = dict[str, Any]
# As the content schema asks; a test holds the two together.
SINGLE = (3, 5)
MULTIPLE = (4, 6)
ENTRIES = (3, 8)
PAIRS = (3, 6)
REGIONS = (3, 6)
CHOICE_SCORING = tuple(CHOICE_POLICIES)
_ROUNDED = Fraction(4, 1000)  # 33% and 33.33333% both mean a third
_LARGEST = 999
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?")
_TRUE, _FALSE = frozenset(["true", "t", "right"]), frozenset(["false", "f", "wrong"])


@dataclass(frozen=True, slots=True)
class Choice:
    """One option with the share of the points that it pays, -1 to 1."""

    text: str
    share: Fraction
    feedback: str = ""


def number(text: str) -> Fraction:
    """Return the number that a file writes, with a point or a decimal comma; raises Refused for anything else."""
    plain = text.strip()
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    if len(plain) > 40 or not _NUMBER.fullmatch(plain):
        raise Refused(f"“{text.strip()[:40]}” is not a number.")
    return to_fraction(plain)


def plain_number(value: Fraction) -> int | float:
    """Return a number as YAML writes it; raises Refused for one that would change when written as a decimal."""
    written = int(value) if value.denominator == 1 else float(value)
    if to_fraction(written) != value:
        raise Refused(f"The number {decimal_text(value, 10)} cannot be written exactly.")
    return written


def identifiers(count: int) -> list[str]:
    """Return the ids of `count` options: a, b, c ..."""
    return [chr(ord("a") + index) for index in range(count)]


def _within(count: int, bounds: tuple[int, int], what: str) -> None:
    low, high = bounds
    if not low <= count <= high:
        raise Refused(f"It has {count} {what}; items of this type have {low} to {high}.")


def _different(texts: Sequence[str], what: str) -> None:
    if any(not text for text in texts):
        raise Refused(f"One of its {what} is empty.")
    folded = [text.casefold() for text in texts]
    repeated = next((text for text in folded if folded.count(text) > 1), None)
    if repeated is not None:
        raise Refused(f"Two of its {what} are the same: “{repeated[:60]}”.")


def single_choice(question: Question, choices: Sequence[Choice], *, shuffle: bool = True) -> Body:
    """Return the body of a single choice, or of a true/false item when the two options say just that."""
    best = [index for index, choice in enumerate(choices) if choice.share == ONE]
    if len(best) != 1:
        said = "no option" if not best else f"{len(best)} options"
        raise Refused(f"A single choice needs exactly one right option; here {said} would be wholly right.")
    truth = _truth(choices)
    if truth is not None:
        if question.kind != "true_false":
            question.change("Its two options are true and false, so it is a true/false item now.")
        return truth
    _within(len(choices), SINGLE, "options")
    _different([choice.text for choice in choices], "options")
    body: Body = {"type": "single_choice"}
    weighted = any(choice.share not in (ZERO, ONE) for choice in choices)
    if weighted:
        body["scoring"] = "weights"
    if any(choice.share < 0 for choice in choices):
        body["negative"] = True
    exact = [Choice(choice.text, near(choice.share), choice.feedback) for choice in choices]
    return {**body, "shuffle": shuffle, "options": _options(exact, best, weighted=weighted)}


def _truth(choices: Sequence[Choice]) -> Body | None:
    words = [choice.text.casefold().rstrip(".") for choice in choices]
    if len(choices) != 2 or not ((words[0] in _TRUE and words[1] in _FALSE) or words[0] in _FALSE):
        return None
    if words[0] in _FALSE and words[1] not in _TRUE:
        return None
    yes, no = choices if words[0] in _TRUE else (choices[1], choices[0])
    return true_false(answer=yes.share > no.share, when_true=yes.feedback, when_false=no.feedback)


def _options(choices: Sequence[Choice], right: Sequence[int], *, weighted: bool = False) -> list[Body]:
    ids = identifiers(len(choices))
    rows: list[Body] = []
    for index, choice in enumerate(choices):
        row: Body = {"id": ids[index], "text": choice.text, "correct": index in right, "feedback": choice.feedback}
        rows.append({**row, "weight": weight_text(choice.share)} if weighted else row)
    return rows


def near(share: Fraction) -> Fraction:
    """Return the simple fraction that a rounded share stands for: 33.333% is a third, 14.2857% a seventh."""
    simple = share.limit_denominator(12)
    return simple if abs(simple - share) <= _ROUNDED else share


def weight_text(share: Fraction) -> str | float:
    """Return a weight as a bank writes it: a decimal when that is exact, else a fraction such as 1/3."""
    if to_fraction(float(share)) == share:
        return float(share)
    if share.denominator <= _LARGEST:
        return f"{share.numerator}/{share.denominator}"
    return float(round(share, 5))


def percent(share: Fraction) -> str:
    """A share for a sentence, for example 33.33%."""
    return f"{decimal_text(share * 100, 2)}%"


def multiple_response(
    question: Question, choices: Sequence[Choice], *, scoring: str = "", shuffle: bool = True, negative: bool = False
) -> Body:
    """Return the body of a multiple response; without `scoring` the policy is found from the shares.

    +1/K and -1/K is right minus wrong over the right ones; other weights stay weights, as long as the right options
    make up the whole and each wrong one costs something. Weights that break this are named and replaced.
    """
    right = [index for index, choice in enumerate(choices) if choice.share > 0]
    _within(len(choices), MULTIPLE, "options")
    _different([choice.text for choice in choices], "options")
    if not 0 < len(right) < len(choices):
        raise Refused("It needs at least one right and one wrong option.")
    exact = [Choice(choice.text, near(choice.share), choice.feedback) for choice in choices]
    if scoring not in CHOICE_SCORING:
        scoring = _scoring(question, choices, [choice.share for choice in exact])
    body: Body = {"type": "multiple_response", "scoring": scoring}
    if negative:
        body["negative"] = True
    return {**body, "shuffle": shuffle, "options": _options(exact, right, weighted=scoring == "weights")}


def _scoring(question: Question, choices: Sequence[Choice], shares: Sequence[Fraction]) -> str:
    even = Fraction(1, sum(share > 0 for share in shares))
    if all(abs(share) == even for share in shares):
        return "right_minus_wrong_correct"
    whole = sum((share for share in shares if share > 0), ZERO) == 1
    if whole and ZERO not in shares:
        return "weights"
    told = ", ".join(f"“{choice.text[:40]}” {percent(choice.share)}" for choice in choices)
    why = "ticking everything would earn all" if whole else "the right ones do not make up 100%"
    question.change(f"Its weights ({told}) cannot stay: {why}. Right minus wrong, over the right options, counts now.")
    return "right_minus_wrong_correct"


def true_false(*, answer: bool, when_true: str = "", when_false: str = "") -> Body:
    """Return the body of a true/false item."""
    return {"type": "true_false", "answer": answer, "feedback": {"when_true": when_true, "when_false": when_false}}


def ordering(texts: Sequence[str], *, scoring: str = "all_or_nothing", feedback: str = "") -> Body:
    """Return the body of an ordering item; the texts stand in the right order."""
    _within(len(texts), ENTRIES, "entries")
    _different(texts, "entries")
    if scoring not in ORDERING_RULES:
        raise Refused(f"The ordering rule “{scoring[:40]}” is not one of ours.")
    ids = identifiers(len(texts))
    entries = [{"id": ids[index], "text": text} for index, text in enumerate(texts)]
    return {"type": "ordering", "scoring": scoring, "entries": entries, "feedback": feedback}


def matching(
    pairs: Sequence[tuple[str, str]],
    distractors: Sequence[str] = (),
    *,
    scoring: str = "per_pair",
    feedback: Sequence[str] = (),
) -> Body:
    """Return the body of a matching item."""
    _within(len(pairs), PAIRS, "pairs")
    _different([left for left, _ in pairs], "left sides")
    _different([*(right for _, right in pairs), *distractors], "right sides")
    ids = identifiers(len(pairs))
    rows = [
        {"id": ids[i], "left": left, "right": right, "feedback": feedback[i] if i < len(feedback) else ""}
        for i, (left, right) in enumerate(pairs)
    ]
    body: Body = {"type": "matching", "scoring": scoring, "pairs": rows}
    return {**body, "distractors": list(distractors)} if distractors else body


@dataclass(frozen=True, slots=True)
class Accepted:
    """One number that a file accepts: from `low` to `high` (both included), for a share of the points."""

    low: Fraction
    high: Fraction
    share: Fraction
    feedback: str = ""

    @property
    def middle(self) -> Fraction:
        """The number itself, as far as the file tells it."""
        return (self.low + self.high) / 2


def numeric(
    question: Question, answers: Sequence[Accepted], *, unit: str = "", wrong: str = "", tolerance: str = ""
) -> Body:
    """Return the body of a numeric item.

    The one number that pays all is the key; numbers that pay less, or only have feedback, become common errors.
    `tolerance` (kind:value) is how this house wrote it; it is used when it gives the same bounds.
    """
    full = [answer for answer in answers if answer.share == ONE]
    if len(full) != 1:
        raise Refused(f"A numeric item has one right number; here {len(full)} would be wholly right.")
    key = full[0]
    if key.low > key.high:
        raise Refused("The lower bound is above the upper one.")
    answer, kind, width = key.middle, "nominal", (key.high - key.low) / 2
    own = _own_tolerance(key, tolerance)
    if own is not None:
        answer, kind, width = own
    errors = []
    for other in (one for one in answers if one is not key):
        if key.low <= other.middle <= key.high:
            question.change(f"{decimal_text(other.middle)} lies within the right answer, so it has no line of its own.")
            continue
        if other.share > 0:
            question.change(f"{decimal_text(other.middle)} paid {percent(other.share)}; it pays nothing now.")
        if other.high - other.low != key.high - key.low:
            question.change(f"The range around {decimal_text(other.middle)} is now as wide as that of the answer.")
        errors.append({"value": plain_number(other.middle), "feedback": other.feedback})
    body: Body = {
        "type": "numeric",
        "answer": plain_number(answer),
        "tolerance": {"kind": kind, "value": plain_number(width)},
        **({"unit": unit} if unit else {}),
        "feedback": {"correct": key.feedback, "wrong": wrong},
    }
    return {**body, "common_errors": errors} if errors else body


def _own_tolerance(key: Accepted, written: str) -> tuple[Fraction, str, Fraction] | None:
    kind, _, rest = written.partition(":")
    value, _, answer = rest.partition(":")
    if kind not in ("nominal", "relative", "geometric"):
        return None
    try:
        centre = number(answer) if answer else key.middle
        width = number(value)
        bounds = tolerance_interval(centre, kind, width)
    except (Refused, ValueError):
        return None
    near = max(abs(bounds[0] - key.low), abs(bounds[1] - key.high)) <= max(abs(key.high), ONE) * Fraction(1, 10**6)
    return (centre, kind, width) if near else None


@dataclass(frozen=True, slots=True)
class Wording:
    """One text that a file expects, with `*` for anything where `wild`, for a share of the points."""

    text: str
    share: Fraction
    feedback: str = ""
    wild: bool = False


def short_text(
    question: Question,
    wordings: Sequence[Wording],
    *,
    case_sensitive: bool = False,
    punctuation: str = "keep",
    wrong: str = "",
) -> Body:
    """Return the body of a short text. What pays less than all becomes a named wrong answer."""
    settings = {"case_sensitive": case_sensitive, "keep_punctuation": punctuation == "keep"}
    accepted: dict[str, str] = {}
    patterns: list[str] = []
    errors: list[Body] = []
    feedback = ""
    for one in wordings:
        if one.share == ONE:
            if feedback and one.feedback and one.feedback != feedback:
                question.change(f"Right answers share one feedback; left out: “{one.feedback[:80]}”.")
            feedback = feedback or one.feedback
            if one.wild:
                patterns.append(wild_pattern(one.text))
            elif accepted.setdefault(tidy_answer(one.text, **settings), one.text) != one.text:
                question.change(f"“{one.text[:60]}” is compared like another right answer, so it is listed once.")
            continue
        if one.share > 0:
            question.change(f"“{one.text[:60]}” paid {percent(one.share)}; it pays nothing now.")
        errors.append({("pattern" if one.wild else "text"): wild_pattern(one.text) if one.wild else one.text})
        errors[-1]["feedback"] = one.feedback
    if not accepted:
        raise Refused("It has no right answer that is written out whole.")
    body: Body = {"type": "short_text", "accepted": list(accepted.values())}
    if patterns:
        body["patterns"] = patterns
    body |= {"case_sensitive": case_sensitive, "punctuation": punctuation}
    body["feedback"] = {"correct": feedback, "wrong": wrong}
    return {**body, "common_errors": errors} if errors else body


_SPECIAL = re.compile(r"([\\.\[\](){}|?*+^$])")


def wild_pattern(text: str) -> str:
    """Return our pattern for a text in which * stands for anything."""
    return ".*".join(_SPECIAL.sub(r"\\\1", part) for part in text.split("*"))
