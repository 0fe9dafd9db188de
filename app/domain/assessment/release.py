"""What may be shown when. Everything that a page or an API tells about an attempt goes through here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.assessment.items.base import Item, ItemGrade, Part, Response
from app.domain.assessment.quiz import QuizSpec, When
from app.domain.assessment.shuffle import Seed


@dataclass(frozen=True, slots=True)
class Shown:
    """Score: percentage, sections and reasons. Correctness: which items were right. Key and feedback: why."""

    score: bool = False
    correctness: bool = False
    key: bool = False
    feedback: bool = False


NOTHING = Shown()
SCORE_ONLY = Shown(score=True)
EVERYTHING = Shown(score=True, correctness=True, key=True, feedback=True)


def shown(spec: QuizSpec, *, submitted: bool, passed: bool, attempts_left: int | None, closed: bool = False) -> Shown:
    """Return what the student may see of an attempt.

    Nothing before it is submitted. Each part follows its own rule, and a part that would give another away stays
    hidden with it: what was right adds up to the score, and the key tells what was right. None left means unlimited
    tries. `passed` and `attempts_left` are about the quiz as a whole, so an earlier pass releases later attempts too.
    """
    if not submitted:
        return NOTHING
    happened = {
        When.NEVER: False,
        When.AFTER_SUBMIT: True,
        When.AFTER_CLOSE: closed,
        When.AFTER_PASS_OR_LAST_ATTEMPT: passed or attempts_left == 0,
    }
    rules = spec.release
    score = happened[rules.score]
    correctness = score and happened[rules.correctness]
    return Shown(
        score=score,
        correctness=correctness,
        key=correctness and happened[rules.key],
        feedback=correctness and happened[rules.feedback],
    )


def item_view(
    item: Item[Any], response: Response, grade: ItemGrade | None, allowed: Shown, order_seed: Seed
) -> dict[str, Any]:
    """Return one item of an attempt for a page or the API, with nothing in it that `allowed` does not allow.

    Keys: item (view), answer (form fields), answered; and, as far as allowed, correct, fraction, parts, feedback.
    Parts without the key are only what the person chose; without feedback they say right or wrong and no more.
    """
    view: dict[str, Any] = {
        "item": item.public_view(order_seed),
        "answer": item.to_form(response),
        "answered": response.answered,
    }
    if grade is None:
        return view
    if allowed.correctness:
        view |= {"correct": grade.correct, "fraction": str(grade.fraction)}
    if allowed.key:
        released = item.released_view(order_seed)
        view |= {"item": released if allowed.feedback else _without_words(released)}
        view |= {"parts": [_part(part, feedback=allowed.feedback) for part in grade.parts]}
    elif allowed.feedback:
        view |= {"parts": [_chosen(part) for part in grade.parts if part.chosen]}
    if allowed.feedback:
        view |= {"feedback": grade.feedback}
    return view


WORDS = frozenset({"feedback", "explanation"})


def _without_words(value: Any) -> Any:
    """A released view with its keys but without feedback and explanation, however deep they lie."""
    if isinstance(value, Mapping):
        return {name: "" if name in WORDS else _without_words(inner) for name, inner in value.items()}
    return [_without_words(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def _chosen(part: Part) -> dict[str, Any]:
    """What a person chose with its feedback, and nothing about what would have been right."""
    return {
        "id": part.id,
        "text": part.text,
        "chosen": True,
        "given": part.given,
        "feedback": part.feedback,
        "parts": [_chosen(inner) for inner in part.parts if inner.chosen],
    }


def _part(part: Part, *, feedback: bool) -> dict[str, Any]:
    return {
        "id": part.id,
        "text": part.text,
        "verdict": part.verdict.value,
        "chosen": part.chosen,
        "key": part.key,
        "given": part.given,
        "expected": part.expected,
        "feedback": part.feedback if feedback else "",
        "parts": [_part(inner, feedback=feedback) for inner in part.parts],
        "earned": part.earned,
        "possible": part.possible,
        "swatches": list(part.swatches or ()),
    }
