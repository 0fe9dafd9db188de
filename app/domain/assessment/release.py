"""What may be shown when. Everything that a page or an API tells about an attempt goes through here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.domain.assessment.items.base import Item, ItemGrade, Part, Response
from app.domain.assessment.quiz import QuizSpec, Release
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


def shown(spec: QuizSpec, *, submitted: bool, passed: bool, attempts_left: int | None) -> Shown:
    """Return what the student may see of an attempt.

    Nothing before it is submitted. Under after_pass_or_last_attempt a failed attempt with tries left shows its
    score and sections only: correctness item by item would give most keys away. None left means unlimited tries.
    `passed` and `attempts_left` are about the quiz as a whole, so an earlier pass releases later attempts too.
    """
    if not submitted:
        return NOTHING
    if spec.release is Release.AFTER_SUBMIT or passed or attempts_left == 0:
        return EVERYTHING
    return SCORE_ONLY


def item_view(
    item: Item[Any], response: Response, grade: ItemGrade | None, allowed: Shown, order_seed: Seed
) -> dict[str, Any]:
    """Return one item of an attempt for a page or the API, with nothing in it that `allowed` does not allow.

    Keys: item (view), answer (form fields), answered; and, as far as allowed, correct, fraction, parts, feedback.
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
    if allowed.key and allowed.feedback:
        view |= {
            "item": item.released_view(order_seed),
            "parts": [_part(part) for part in grade.parts],
            "feedback": grade.feedback,
        }
    return view


def _part(part: Part) -> dict[str, Any]:
    return {
        "id": part.id,
        "text": part.text,
        "verdict": part.verdict.value,
        "chosen": part.chosen,
        "key": part.key,
        "given": part.given,
        "expected": part.expected,
        "feedback": part.feedback,
    }
