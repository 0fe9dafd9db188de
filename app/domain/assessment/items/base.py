"""What every item type offers: read a response, grade it, and show itself before and after release."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from hashlib import sha256
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from app.domain.assessment.scoring import NEGATIVE_POLICIES, POLICY_NAMES, POLICY_SENTENCES
from app.domain.assessment.shuffle import Seed
from app.domain.errors import FieldProblem, Invalid
from app.domain.procedure import SECTIONS, Topic

RawResponse = Mapping[str, Sequence[str]]


class Response(Protocol):
    """A response of any type knows whether anything was answered."""

    @property
    def answered(self) -> bool:
        """True when the person gave at least a part of an answer."""
        ...


R = TypeVar("R", bound=Response)


class Verdict(StrEnum):
    """What a part of a response was: `neutral` is a wrong option rightly left alone."""

    RIGHT = "right"
    WRONG = "wrong"
    MISSED = "missed"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Part:
    """One option, pair, entry or field of a graded item, ready to print after release.

    `id` is the public id; `key` says whether the part belongs to the right answer; `given` and `expected` are
    texts where the answer is more than a tick (a position, a matched text, a number), else empty. A part of an item
    with several answers has parts of its own and its share of the points; a color has swatches (given, expected).
    """

    id: str
    text: str
    verdict: Verdict
    chosen: bool
    key: bool
    given: str = ""
    expected: str = ""
    feedback: str = ""
    parts: tuple[Part, ...] = ()
    earned: str = ""
    possible: str = ""
    swatches: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ItemGrade:
    """The outcome for one item: the exact share of its points and why.

    The share is 0 to 1, or from -1 where the item says that it takes negative marks. `correct` means wholly right,
    whatever the scoring policy pays for less. `waiting` means that a person has yet to mark the answer; the share is
    0 until then and must not be shown.
    """

    fraction: Fraction
    correct: bool
    answered: bool
    parts: tuple[Part, ...] = ()
    feedback: str = ""
    waiting: bool = False


@dataclass(frozen=True, kw_only=True)
class Item(ABC, Generic[R]):
    """One question of a bank at one version, without its state in any attempt.

    `figure_svg` is the figure as text that the content check found safe to inline; empty when not given.
    """

    type: ClassVar[str] = ""
    by_hand: ClassVar[bool] = False
    """True for a type that a person marks; `grade` then says that the answer waits."""

    id: str
    section: str
    topic: str
    objective: str
    difficulty: int
    safety: bool
    points: int
    lesson: str
    source: str
    prompt: str
    figure: str = ""
    figure_alt: str = ""
    figure_svg: str = ""
    explanation: str = ""
    scoring: str = field(default="exact")
    negative: bool = False

    def for_seed(self, seed: Seed) -> Item[R]:
        """Return the item as the attempt with this seed has it; the same for everybody unless a type says otherwise."""
        return self

    @abstractmethod
    def parse_response(self, raw: RawResponse) -> R:
        """Read form fields or JSON (public ids). Missing means unanswered; raises Invalid for unknown ids."""

    @abstractmethod
    def to_form(self, response: R) -> dict[str, list[str]]:
        """Return the fields that `parse_response` would read back to the same response."""

    @abstractmethod
    def response_to_json(self, response: R) -> dict[str, Any]:
        """Return the response for storage, in the author's ids: it stays readable when texts are corrected."""

    @abstractmethod
    def response_from_json(self, data: Mapping[str, Any]) -> R:
        """Rebuild a stored response; raises Invalid when it names something that this version does not have."""

    @abstractmethod
    def grade(self, response: R) -> ItemGrade:
        """Judge a response; the same response always gets the same grade."""

    @abstractmethod
    def option_order(self, seed: Seed) -> list[str]:
        """Return the author's ids of what is shown, in the order that this seed shows."""

    @abstractmethod
    def _public_body(self, seed: Seed) -> dict[str, Any]:
        """The part of the public view that differs by type."""

    @abstractmethod
    def _released_body(self, seed: Seed) -> dict[str, Any]:
        """The keys and feedback that replace or join the public body after release."""

    @abstractmethod
    def _plain_lines(self, seed: Seed) -> list[str]:
        """What follows the prompt when the item is printed."""

    def public_view(self, order_seed: Seed) -> dict[str, Any]:
        """Return exactly what may be sent before release: no key, weight, feedback, explanation or source."""
        return {
            "type": self.type,
            "section": self.section,
            "points": self.points,
            "prompt": self.prompt,
            "figure": self.figure,
            "figure_alt": self.figure_alt,
            "figure_svg": self.figure_svg,
            **self._public_body(order_seed),
        }

    def released_view(self, order_seed: Seed) -> dict[str, Any]:
        """Return the public view with keys, feedback, explanation and the scoring policy in words."""
        return {
            **self.public_view(order_seed),
            "explanation": self.explanation,
            "lesson": self.lesson,
            "source": self.source,
            "safety": self.safety,
            "scoring": self.scoring,
            "scoring_name": POLICY_NAMES[self.scoring],
            "negative": self.negative,
            "scoring_sentence": POLICY_SENTENCES[self.scoring],
            **self._released_body(order_seed),
        }

    def plain_text(self, order_seed: Seed | None = None) -> str:
        """Return the item for print, without its key; without a seed the item's own id decides the order."""
        seed = self.id if order_seed is None else order_seed
        lines = [self.prompt.strip()]
        if self.figure_alt:
            lines.append(f"[Figure: {self.figure_alt}]")
        return "\n".join(lines + self._plain_lines(seed))


def public_id(item_id: str, kind: str, text: str) -> str:
    """Return the id under which a page knows an option.

    Authors often write `a` for the right option, or list an order from a to g, so their ids would be a key.
    This one is made from what the reader sees anyway, and so gives nothing away.
    """
    return "o" + sha256("\x1f".join((item_id, kind, text)).encode()).hexdigest()[:12]


def values_of(raw: RawResponse, name: str) -> list[str]:
    """Return the non-empty values of a field, in order; an absent field has none."""
    return [value.strip() for value in raw.get(name, ()) if value.strip()]


def unknown_choice(field_name: str) -> Invalid:
    """Return the error for an id that the item does not have."""
    sentence = "This answer is not one of the choices. Reload the page and choose again."
    return Invalid(sentence, [FieldProblem(field_name, "unknown_choice", sentence)], code="unknown_choice")


def common_fields(data: Mapping[str, Any]) -> dict[str, Any]:
    """Read the fields that all types share from the canonical dict; raises ValueError with a sentence."""
    item_id = text_of(data, "id", "The item")
    prompt = text_of(data, "prompt", f"Item {item_id}")
    section = text_of(data, "step", f"Item {item_id}")
    if section not in SECTIONS:
        raise ValueError(f"Item {item_id} names the step {section!r}, which does not exist.")
    topic = text_of(data, "topic", f"Item {item_id}")
    if topic not in list(Topic):
        raise ValueError(f"Item {item_id} names the topic {topic!r}, which does not exist.")
    points = whole(data.get("points", 1), f"The points of item {item_id}", 1, 100)
    figure, alt = data.get("figure") or "", data.get("figure_alt") or ""
    if figure and not alt:
        raise ValueError(f"Item {item_id} has a figure without a text alternative.")
    return {
        "id": item_id,
        "section": section,
        "topic": topic,
        "objective": data.get("objective") or "",
        "difficulty": whole(data.get("difficulty", 1), f"The difficulty of item {item_id}", 1, 3),
        "safety": bool(data.get("safety", False)),
        "points": points,
        "lesson": data.get("lesson") or "",
        "source": data.get("source") or "",
        "prompt": prompt,
        "figure": figure,
        "figure_alt": alt,
        "figure_svg": data.get("figure_svg") or "",
        "explanation": data.get("explanation") or "",
    }


def text_of(data: Mapping[str, Any], key: str, owner: str) -> str:
    """Return a text that must be there; raises ValueError naming its owner."""
    value = data.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{owner} has no {key}.")
    return value


def whole(value: object, what: str, low: int, high: int) -> int:
    """Return a whole number within bounds; raises ValueError naming what it is."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"{what} must be a whole number from {low} to {high}.")
    return value


def policy_of(data: Mapping[str, Any], item_id: str, default: str, known: Sequence[str]) -> str:
    """Return the scoring policy of an item; raises ValueError when the type does not have it."""
    name = data.get("scoring") or default
    if name not in known:
        raise ValueError(f"Item {item_id} asks for the scoring {name!r}; its type offers {', '.join(known)}.")
    return str(name)


def negative_of(data: Mapping[str, Any], item_id: str, scoring: str) -> bool:
    """Return whether wrong answers may cost points; raises ValueError for a policy that knows no such thing."""
    negative = bool(data.get("negative", False))
    if negative and scoring not in NEGATIVE_POLICIES:
        raise ValueError(f"Item {item_id} asks for negative marks, which the scoring {scoring!r} does not have.")
    return negative


def distinct(values: Sequence[str], what: str, item_id: str) -> None:
    """Raise ValueError when two of the values are equal."""
    if len(set(values)) != len(values):
        raise ValueError(f"Item {item_id} has two {what} that are the same.")


def entries_of(data: Mapping[str, Any], key: str, item_id: str, low: int, high: int) -> list[Mapping[str, Any]]:
    """Return a list of mappings within bounds of length; raises ValueError otherwise."""
    rows = data.get(key)
    if not isinstance(rows, (list, tuple)) or not low <= len(rows) <= high:
        raise ValueError(f"Item {item_id} needs {low} to {high} {key}.")
    if not all(isinstance(row, Mapping) for row in rows):
        raise ValueError(f"Item {item_id}: each of its {key} needs named fields.")
    return list(rows)
