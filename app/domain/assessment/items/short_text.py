"""Short text: a word or a phrase, compared with a list and with patterns, never by likeness."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from app.domain.assessment.items.base import (
    Item,
    ItemGrade,
    Part,
    RawResponse,
    Verdict,
    common_fields,
    policy_of,
)
from app.domain.assessment.pattern import Pattern, compile_pattern
from app.domain.assessment.scoring import ONE, ZERO
from app.domain.assessment.shuffle import Seed
from app.domain.assessment.wording import fits, tidy
from app.domain.errors import FieldProblem, Invalid

TEXT = "text"
MAX_LENGTH = 200


@dataclass(frozen=True, slots=True)
class TextResponse:
    """What was typed, without the spaces around it; empty when unanswered."""

    text: str = ""

    @property
    def answered(self) -> bool:
        """True when something was typed."""
        return bool(self.text)


@dataclass(frozen=True, slots=True)
class Wordings:
    """A set of answers: whole texts in their tidied form, and patterns."""

    texts: frozenset[str]
    patterns: tuple[Pattern, ...] = ()

    def take(self, tidied: str) -> bool:
        """True when the answer is one of these."""
        return tidied in self.texts or any(fits(pattern, tidied) for pattern in self.patterns)


@dataclass(frozen=True, slots=True)
class NamedError:
    """A wrong answer that people often give, with the feedback that fits it."""

    wordings: Wordings
    feedback: str


@dataclass(frozen=True, kw_only=True)
class ShortText(Item[TextResponse]):
    """A word or a phrase to write. `expected` is the first of the accepted texts, the one that is printed."""

    type: ClassVar[str] = "short_text"

    expected: str
    accepted: Wordings
    case_sensitive: bool = False
    keep_punctuation: bool = False
    feedback_right: str = ""
    feedback_wrong: str = ""
    common_errors: tuple[NamedError, ...] = ()

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ShortText:
        """Build from the canonical dict; raises ValueError with a sentence on nonsense."""
        common = common_fields(data)
        item_id = common["id"]
        accepted = data.get("accepted") or ()
        if not accepted:
            raise ValueError(f"Item {item_id} accepts no answer.")
        case, marks = bool(data.get("case_sensitive")), data.get("punctuation") == "keep"
        settings = {"case_sensitive": case, "keep_punctuation": marks}
        feedback = data.get("feedback") or {}
        return cls(
            **common,
            case_sensitive=case,
            keep_punctuation=marks,
            scoring=policy_of(data, item_id, "exact", ["exact"]),
            expected=str(accepted[0]),
            accepted=_wordings(item_id, accepted, data.get("patterns") or (), settings),
            feedback_right=feedback.get("correct") or "",
            feedback_wrong=feedback.get("wrong") or "",
            common_errors=tuple(_error(item_id, row, settings) for row in data.get("common_errors") or ()),
        )

    def tidied(self, text: str) -> str:
        """The form of an answer in which this item compares it."""
        return tidy(text, case_sensitive=self.case_sensitive, keep_punctuation=self.keep_punctuation)

    def parse_response(self, raw: RawResponse) -> TextResponse:
        """Read the field `text`; raises Invalid when it is too long for a short answer."""
        typed = " ".join(" ".join(raw.get(TEXT, ())[:1]).replace("\0", " ").split())
        if len(typed) > MAX_LENGTH:
            sentence = f"This answer is too long. Use at most {MAX_LENGTH} characters."
            raise Invalid(sentence, [FieldProblem(TEXT, "too_long", sentence)], code="too_long")
        return TextResponse(typed)

    def to_form(self, response: TextResponse) -> dict[str, list[str]]:
        """Return the field `text` as it was typed."""
        return {TEXT: [response.text] if response.answered else []}

    def response_to_json(self, response: TextResponse) -> dict[str, Any]:
        """Return {"text": as typed}."""
        return {"text": response.text}

    def response_from_json(self, data: Mapping[str, Any]) -> TextResponse:
        """Rebuild from {"text": ...}."""
        return self.parse_response({TEXT: [str(data.get("text") or "")]})

    def grade(self, response: TextResponse) -> ItemGrade:
        """All points for an accepted answer, none for another; a named wrong answer gets its own feedback."""
        tidied = self.tidied(response.text)
        correct = response.answered and self.accepted.take(tidied)
        if correct:
            verdict, feedback = Verdict.RIGHT, self.feedback_right
        else:
            verdict = Verdict.WRONG if response.answered else Verdict.MISSED
            named = (error.feedback for error in self.common_errors if error.wordings.take(tidied))
            feedback = next(named, self.feedback_wrong)
        part = Part(
            id=TEXT,
            text="",
            verdict=verdict,
            chosen=response.answered,
            key=True,
            given=response.text,
            expected=self.expected,
            feedback=feedback,
        )
        return ItemGrade(ONE if correct else ZERO, correct, response.answered, (part,), feedback)

    def option_order(self, seed: Seed) -> list[str]:
        """Return nothing: there is nothing to choose from."""
        return []

    def _public_body(self, seed: Seed) -> dict[str, Any]:
        return {"case_sensitive": self.case_sensitive, "max_length": MAX_LENGTH}

    def _released_body(self, seed: Seed) -> dict[str, Any]:
        return {"answer": self.expected, "feedback": self.feedback_right}

    def _plain_lines(self, seed: Seed) -> list[str]:
        return ["Answer: ____________________"]


def _wordings(item_id: str, texts: Any, patterns: Any, settings: Mapping[str, bool]) -> Wordings:
    tidied = [tidy(str(text), **settings) for text in texts]
    if not all(tidied):
        raise ValueError(f"Item {item_id} has a text of which nothing is left without case, spaces and punctuation.")
    fold = not settings["case_sensitive"]
    return Wordings(frozenset(tidied), tuple(compile_pattern(str(pattern), fold=fold) for pattern in patterns))


def _error(item_id: str, row: Mapping[str, Any], settings: Mapping[str, bool]) -> NamedError:
    texts = [row["text"]] if row.get("text") else []
    patterns = [row["pattern"]] if row.get("pattern") else []
    if len(texts) + len(patterns) != 1:
        raise ValueError(f"A common error of item {item_id} needs a text or a pattern, and not both.")
    return NamedError(_wordings(item_id, texts, patterns, settings), row.get("feedback") or "")
