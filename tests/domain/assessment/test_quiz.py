"""Reading a quiz."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from app.domain.assessment.quiz import AttemptPolicy, Draw, QuizKind, Release, When, quiz_from_dict

QUIZ: dict[str, Any] = {
    "id": "quiz-mapping",
    "title": "Mapping",
    "course": "mapping",
    "kind": "graded",
    "tier": None,
    "draws": [
        {"bank": "mapping", "step": "lip-mapping", "count": 6},
        {"bank": "mapping", "step": "numbing", "difficulty": [3, 2], "count": 4, "safety": None},
        {"bank": "hygiene", "safety": True, "topic": "hygiene", "difficulty": 1, "count": 2},
    ],
    "time_limit_minutes": 20,
    "attempts": 3,
    "cooldown_hours": 0.5,
    "pass_mark": 80.0,
    "safety_must_pass": True,
    "section_floor": 70,
    "release": "after_pass_or_last_attempt",
    "policy": "mean",
}


def test_everything_is_read() -> None:
    quiz = quiz_from_dict(QUIZ)
    assert (quiz.id, quiz.title, quiz.course, quiz.tier) == ("quiz-mapping", "Mapping", "mapping", "")
    assert quiz.kind is QuizKind.GRADED
    assert quiz.draws[1] == Draw("mapping", 4, step="numbing", difficulty=(2, 3))
    assert quiz.draws[2] == Draw("hygiene", 2, difficulty=(1,), topic="hygiene", safety=True)
    assert quiz.item_count == 12
    assert (quiz.time_limit, quiz.attempts, quiz.cooldown) == (timedelta(minutes=20), 3, timedelta(minutes=30))
    assert (quiz.pass_mark, quiz.section_floor, quiz.safety_must_pass) == (Fraction(80), Fraction(70), True)
    assert (quiz.release, quiz.policy) == (
        Release.all_but_score(When.AFTER_PASS_OR_LAST_ATTEMPT),
        AttemptPolicy.MEAN,
    )


def test_what_is_left_out_is_unlimited_and_mild() -> None:
    quiz = quiz_from_dict({"id": "q", "title": "Q", "draws": [{"bank": "b", "count": 1}]})
    assert (quiz.time_limit, quiz.attempts, quiz.cooldown, quiz.section_floor) == (None, None, timedelta(0), None)
    assert (quiz.pass_mark, quiz.safety_must_pass) == (0, False)
    assert (quiz.release, quiz.policy, quiz.kind) == (Release(), AttemptPolicy.BEST, QuizKind.GRADED)


def test_a_draw_says_what_it_asks_for() -> None:
    quiz = quiz_from_dict(QUIZ)
    assert [draw.sentence for draw in quiz.draws] == [
        "6 from bank mapping (Lip Mapping)",
        "4 from bank mapping (Numbing; difficulty 2, 3)",
        "2 from bank hygiene (topic hygiene; difficulty 1; safety only)",
    ]
    assert Draw("b", 3).sentence == "3 from bank b"
    assert Draw("b", 1, objective="obj-a", lessons=("x", "y")).sentence == (
        "1 from bank b (objective obj-a; lessons x, y)"
    )


def test_a_draw_may_name_an_objective_or_lessons() -> None:
    rows = [
        {"bank": "b", "count": 1, "objective": "obj-a", "lessons": None},
        {"bank": "b", "count": 2, "lessons": ["x", "y"]},
    ]
    quiz = quiz_from_dict({"id": "q", "title": "Q", "draws": rows})
    assert quiz.draws == (Draw("b", 1, objective="obj-a"), Draw("b", 2, lessons=("x", "y")))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"id": ""}, "an id and a title"),
        ({"title": None}, "an id and a title"),
        ({"draws": []}, "draws no items"),
        ({"draws": [{"count": 1}]}, "names no bank"),
        ({"draws": [{"bank": "b", "count": 0}]}, "count of a draw"),
        ({"draws": [{"bank": "b", "count": True}]}, "count of a draw"),
        ({"draws": [{"bank": "b", "count": 1, "step": "lunch"}]}, "names the step 'lunch'"),
        ({"draws": [{"bank": "b", "count": 1, "difficulty": ["x"]}]}, "A difficulty"),
        ({"pass_mark": 101}, "pass mark"),
        ({"section_floor": -1}, "section floor"),
        ({"time_limit_minutes": 0}, "time limit"),
        ({"attempts": 0}, "attempts"),
        ({"cooldown_hours": -1}, "cool-down"),
        ({"kind": "party"}, "party"),
        ({"release": "at_once"}, "at_once"),
        ({"policy": "luckiest"}, "luckiest"),
    ],
)
def test_nonsense_is_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        quiz_from_dict({**QUIZ, **change})


def test_each_part_of_the_outcome_has_its_own_release() -> None:
    quiz = quiz_from_dict(
        QUIZ | {"release": {"score": "after_close", "key": "never"}, "closes_at": "2026-12-01T10:00:00+02:00"}
    )
    assert quiz.release == Release(When.AFTER_CLOSE, When.AFTER_SUBMIT, When.NEVER, When.AFTER_SUBMIT)
    assert quiz.release.asks_for_close and not Release().asks_for_close
    assert quiz.closes_at == datetime(2026, 12, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "nonsense", [{"release": {"grade": "never"}}, {"release": "soon"}, {"closes_at": "2026-12-01T10:00:00"}]
)
def test_nonsense_about_release_and_window_is_refused(nonsense: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"release|When|window"):
        quiz_from_dict(QUIZ | nonsense)
