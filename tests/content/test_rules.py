"""The rules can read all published content: every item is graded, every quiz can be drawn, every tier decided."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from app.domain.assessment.grading import grade_item
from app.domain.assessment.items.base import Item
from app.domain.assessment.items.essay import Essay, HandMark
from app.domain.assessment.items.nested import Composite
from app.domain.assessment.items.registry import item_from_dict
from app.domain.assessment.quiz import quiz_from_dict
from app.domain.assessment.selection import draw
from app.domain.certification.decision import decide
from app.domain.certification.evidence import Evidence
from app.domain.certification.policy import policy_from_dict
from app.domain.content.content_set import ContentSet
from app.domain.content.draws import reference
from app.domain.content.loader import load
from app.domain.practice.exercise import exercise_from_dict
from app.domain.rubric.rubric import Rubric, rubric_from_dict
from app.domain.rubric.scoring import Result, outcome, score

ROOT = Path(__file__).parents[2]


@cache
def content() -> ContentSet:
    return load(ROOT / "courses", ROOT / "quizzes", complete=False).content


@cache
def rubric() -> Rubric:
    spec = content().rubric
    assert spec is not None
    return rubric_from_dict(spec.payload)


def right_answer(item: Item[Any]) -> dict[str, list[str]]:
    """Answer an item from its own released view, as somebody who read the explanation would."""
    if isinstance(item, Composite):
        return {p.prefix + name: v for p in item.nested for name, v in right_answer(p.item).items()}
    view = item.released_view("seed")
    if item.type == "short_text":
        return {"text": [view["answer"]]}
    if item.type == "color_match":
        words = view["answer"].split()
        return {name: [value] for name, value in zip(words[::2], words[1::2], strict=True)}
    if item.type == "essay":
        return {"text": [view["model"]]}
    if item.type == "numeric":
        return {"value": [view["answer"].partition(" (")[0]]}
    if item.type == "matching":
        ids = {choice["text"]: choice["id"] for choice in view["choices"]}
        return {row["id"]: [ids[row["answer"]]] for row in view["rows"]}
    if item.type == "ordering":
        return {entry["id"]: [str(entry["place"])] for entry in view["entries"]}
    return {"choice": [option["id"] for option in view["options"] if option["correct"]]}


def test_every_item_is_worth_everything_to_who_knows_and_nothing_to_a_blank() -> None:
    assert content().items
    for spec in content().items.values():
        item = item_from_dict(spec.payload)
        response = item.parse_response(right_answer(item))
        best = HandMark({c.id: c.most for c in item.rubric}) if isinstance(item, Essay) else None
        grade = grade_item(item, response, best)
        assert (grade.fraction, grade.correct) == (1, True), item.id
        assert item.grade(item.parse_response({})).fraction == 0, item.id


def test_every_quiz_can_be_drawn() -> None:
    pool = [reference(item) for item in content().items.values()]
    banks = {ref.bank for ref in pool}
    for spec in content().quizzes.values():
        quiz = quiz_from_dict(spec.payload)
        if {d.bank for d in quiz.draws} <= banks:
            assert len(draw(quiz, pool, set(), "seed")) == quiz.item_count, quiz.id


def test_a_competent_piece_of_every_exercise_is_approved_for_certified() -> None:
    assert content().exercises
    for spec in content().exercises.values():
        exercise = exercise_from_dict(spec.payload)
        applicable = rubric().applicable(exercise.criteria)
        piece = score(rubric(), dict.fromkeys((c.id for c in applicable), 3), exercise.criteria)
        assert outcome(piece, rubric().marks["certified"]).result is Result.APPROVED, exercise.id


def test_every_tier_tells_a_newcomer_what_to_do() -> None:
    assert set(content().certifications) == set(rubric().marks)
    for tier, spec in content().certifications.items():
        policy = policy_from_dict(spec.payload, rubric().marks[tier])
        result = decide(policy, Evidence(), datetime(2026, 11, 22, tzinfo=UTC))
        assert not result.met
        assert result.progress == 0
        assert all(line.next_step and line.explanation for line in result.missing)
