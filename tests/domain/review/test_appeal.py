"""Appeals: when, on what, and what an answer leads to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Conflict, Invalid
from app.domain.review.appeal import Answer, Subject, require_appeal, require_subject, rule, why_not
from app.domain.rubric.rubric import rubric_from_dict
from app.domain.rubric.scoring import Result, score
from tests.domain.rubric.samples import WEIGHTS, rubric_dict

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
RUBRIC = rubric_from_dict(rubric_dict())
MARK = RUBRIC.marks["foundation"]
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("decided", "later", "appealed", "newest", "code"),
    [
        (NOW, 14 * DAY - timedelta(seconds=1), False, True, ""),
        (NOW, 14 * DAY, False, True, "too_late"),
        (NOW, DAY, True, True, "appealed"),
        (NOW, DAY, False, False, "newer_try"),
        (None, DAY, False, True, "undecided"),
    ],
)
def test_a_result_can_be_appealed_once_within_fourteen_days(
    decided: datetime | None, later: timedelta, appealed: bool, newest: bool, code: str
) -> None:
    assert why_not(decided, NOW + later, appealed=appealed, newest=newest) == code
    if code:
        with pytest.raises(Conflict) as refusal:
            require_appeal(code)
        assert refusal.value.code == code
    else:
        require_appeal(code)


@pytest.mark.parametrize(
    ("subject", "fields"),
    [
        (Subject(("lip-mapping",), (), "The peaks are within one millimeter."), []),
        (Subject((), ("HYG",), "The cap in the photo is a new one."), []),
        (Subject((), (), "I do not agree with this at all."), ["points"]),
        (Subject(("charm",), (), "I do not agree with this at all."), ["points"]),
        (Subject(("lip-mapping",), (), "No."), ["why"]),
        (Subject(("lip-mapping",), (), "x" * 4001), ["why"]),
    ],
)
def test_an_appeal_names_points_and_a_reason(subject: Subject, fields: list[str]) -> None:
    if not fields:
        require_subject(subject, WEIGHTS, ["HYG"])
        return
    with pytest.raises(Invalid) as refusal:
        require_subject(subject, WEIGHTS, ["HYG"])
    assert [problem.field for problem in refusal.value.problems] == fields


def piece(**levels: int):
    given_levels = dict.fromkeys(WEIGHTS, 3) | {name.replace("_", "-"): level for name, level in levels.items()}
    return score(RUBRIC, given_levels, WEIGHTS)


def test_a_raised_level_changes_the_result() -> None:
    subject = Subject(("lip-mapping",), (), "…")
    before = piece(lip_mapping=1)
    found = rule(subject, {"lip-mapping": Answer("Within 1 mm.", 3)}, before, [], rubric=RUBRIC, mark=MARK)
    assert (found.changed, found.outcome.result, found.piece.percent) == (True, Result.APPROVED, 80)
    same = rule(subject, {"lip-mapping": Answer("Off by 2 mm.", 1)}, before, [], rubric=RUBRIC, mark=MARK)
    assert (same.changed, same.piece) == (False, before)


def test_a_flag_that_falls_leaves_the_decision_to_the_levels() -> None:
    subject = Subject((), ("HYG",), "…")
    found = rule(subject, {"HYG": Answer("A new cap.", stays=False)}, piece(), ["HYG"], rubric=RUBRIC, mark=MARK)
    assert (found.changed, found.outcome.result, found.flags) == (True, Result.APPROVED, ())
    kept = rule(subject, {"HYG": Answer("It was used.")}, piece(), ["HYG", "SHP"], rubric=RUBRIC, mark=MARK)
    assert (kept.changed, kept.outcome.result, kept.flags) == (False, Result.FAILED, ("HYG", "SHP"))


def test_no_level_is_lowered_and_every_point_gets_a_reason() -> None:
    subject = Subject(("lip-mapping", "record"), ("HYG",), "…")
    answers = {"lip-mapping": Answer("Worse than said.", 2), "record": Answer("", 4)}
    with pytest.raises(Invalid) as refusal:
        rule(subject, answers, piece(), ["HYG"], rubric=RUBRIC, mark=MARK)
    found = [(problem.field, problem.code) for problem in refusal.value.problems]
    assert found == [("lip-mapping", "level"), ("record", "reason_missing"), ("HYG", "reason_missing")]


@given(
    st.fixed_dictionaries({name: st.integers(1, 4) for name in WEIGHTS}),
    st.sets(st.sampled_from(sorted(WEIGHTS)), min_size=1),
    st.data(),
)
def test_an_appeal_never_makes_a_result_worse(levels: dict[str, int], points: set[str], data: st.DataObject) -> None:
    before = score(RUBRIC, levels, WEIGHTS)
    answers = {name: Answer("Seen again.", data.draw(st.integers(levels[name], 4))) for name in sorted(points)}
    found = rule(Subject(tuple(sorted(points)), (), "…"), answers, before, [], rubric=RUBRIC, mark=MARK)
    assert found.piece.percent >= before.percent
    assert found.changed == (found.piece != before)
