"""Scores of pieces: the vectors of domain 4.8, redistribution, floors, gates."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.domain.rubric.rubric import rubric_from_dict
from app.domain.rubric.scoring import (
    PieceScore,
    Result,
    needs_second_reader,
    outcome,
    score,
    score_so_far,
    shortfalls,
)
from tests.domain.rubric.samples import CORE, WEIGHTS, rubric_dict

RUBRIC = rubric_from_dict(rubric_dict())
ALL = list(WEIGHTS)
CERTIFIED, FOUNDATION, MASTER = (RUBRIC.marks[tier] for tier in ("certified", "foundation", "master"))


def rated(level: int, **others: int) -> PieceScore:
    """Score a piece with one level everywhere but where named (underscores for hyphens)."""
    ratings = dict.fromkeys(ALL, level) | {name.replace("_", "-"): value for name, value in others.items()}
    return score(RUBRIC, ratings, ALL)


@pytest.mark.parametrize(
    ("piece", "percent"),
    [
        (rated(3), 80),
        (rated(3, building_layers=2), 76),
        (rated(3, building_layers=2, pigment_application=2), Fraction(143, 2)),
        (rated(2, hygiene=3), Fraction(115, 2)),
        (rated(3, color_selection=4, lip_mapping=4, pigment_application=4, building_layers=4), 92),
        (rated(1), 0),
        (rated(4), 100),
    ],
)
def test_the_scores_of_the_simulation_table(piece: PieceScore, percent: Fraction | int) -> None:
    assert piece.percent == percent


def test_weights_of_criteria_that_do_not_apply_are_shared_out() -> None:
    piece = score(RUBRIC, {"lip-mapping": 3, "hygiene": 4, "record": 2}, ["lip-mapping"])
    assert {part.criterion.id: part.share for part in piece.parts} == {
        "lip-mapping": Fraction(140, 3),
        "hygiene": Fraction(100, 3),
        "record": Fraction(20),
    }
    assert piece.percent == Fraction(14 * 80 + 10 * 100 + 6 * 55, 30)
    assert piece.core_levels == {"lip-mapping": 3}
    assert piece.mean_level == 3


def test_means_are_exact_and_absent_without_core() -> None:
    piece = rated(3, lip_mapping=4, color_selection=2)
    assert piece.core_mean == 3
    assert piece.mean_level == 3
    assert score(RUBRIC, {"hygiene": 3, "record": 4}, []).core_mean is None


@given(st.sets(st.sampled_from(ALL)), st.data())
def test_shares_sum_to_100_and_a_better_level_never_lowers_the_score(shown: set[str], data: st.DataObject) -> None:
    applicable = RUBRIC.applicable(shown)
    ratings = {c.id: data.draw(st.integers(1, 4)) for c in applicable}
    piece = score(RUBRIC, ratings, shown)
    assert sum(part.share for part in piece.parts) == 100
    assert 0 <= piece.percent <= 100
    name = data.draw(st.sampled_from(sorted(ratings)))
    if ratings[name] < 4:
        assert score(RUBRIC, ratings | {name: ratings[name] + 1}, shown).percent > piece.percent


def test_everything_missing_or_out_of_place_is_listed() -> None:
    with pytest.raises(Invalid) as caught:
        score(RUBRIC, {"lip-mapping": 5, "hygiene": 3, "numbing": 3}, ["lip-mapping"])
    assert [(p.field, p.code) for p in caught.value.problems] == [
        ("lip-mapping", "unrated"),
        ("record", "unrated"),
        ("numbing", "not_applicable"),
    ]


def test_a_draft_has_a_score_so_far() -> None:
    assert score_so_far(RUBRIC, {}, ALL) is None
    draft = score_so_far(RUBRIC, {"hygiene": 4, "record": 2, "numbing": 9}, ALL)
    assert draft is not None
    assert draft.percent == Fraction(1000 + 330, 16)


def test_each_shortfall_is_named() -> None:
    assert shortfalls(rated(3), CERTIFIED) == ()
    assert [(r.code, r.criterion) for r in shortfalls(rated(3, building_layers=2), CERTIFIED)] == [
        ("below_core", "building-layers")
    ]
    low = shortfalls(rated(2), CERTIFIED)
    assert [r.code for r in low] == ["below_mark", *["below_core"] * 4]
    assert low[0].sentence == "The score is 55; 75 is needed."
    assert low[1].sentence == "Color Selection is at level 2; at least level 3 is needed."


def test_a_score_just_below_the_mark_is_not_shown_as_the_mark() -> None:
    piece = score(RUBRIC, {"lip-mapping": 3, "hygiene": 4, "record": 2}, ["lip-mapping"])
    mark = type(CERTIFIED)(Fraction(82), 3)
    assert shortfalls(piece, mark)[0].sentence == "The score is 81.6; 82 is needed."


def test_master_asks_for_a_mean_in_the_core() -> None:
    piece = rated(4, color_selection=3, lip_mapping=3, building_layers=3)
    assert piece.percent > 85
    assert [r.code for r in shortfalls(piece, MASTER)] == ["below_core_mean"]
    assert shortfalls(rated(4, color_selection=3, lip_mapping=3), MASTER) == ()
    assert shortfalls(score(RUBRIC, {"hygiene": 4, "record": 4}, []), MASTER) == ()


@pytest.mark.parametrize(
    ("piece", "certified", "foundation"),
    [
        (rated(3), Result.APPROVED, Result.APPROVED),
        (rated(3, building_layers=2), Result.RESUBMIT, Result.APPROVED),
        (rated(2), Result.RESUBMIT, Result.RESUBMIT),
        (rated(4, lip_mapping=1), Result.RESUBMIT, Result.RESUBMIT),
    ],
)
def test_outcomes_by_tier(piece: PieceScore, certified: Result, foundation: Result) -> None:
    assert outcome(piece, CERTIFIED).result is certified
    assert outcome(piece, FOUNDATION).result is foundation


def test_a_critical_fault_fails_the_best_piece() -> None:
    verdict = outcome(rated(4), CERTIFIED, ["SHP", "HYG"])
    assert verdict.result is Result.FAILED
    assert [reason.sentence for reason in verdict.reasons] == [
        "HYG is a critical fault. It fails the piece.",
        "SHP is a critical fault. It fails the piece.",
    ]


@pytest.mark.parametrize(
    ("piece", "reasons"),
    [
        (rated(3), ("near_mark",)),  # 80 is 5 above 75
        (rated(3, building_layers=2), ("near_mark", "one_core_level")),
        (rated(4), ()),
        (rated(4, lip_mapping=2), ("one_core_level",)),
        (rated(4, lip_mapping=1), ()),
        (rated(2, hygiene=3), ()),
        (rated(3, numbing=4), ()),  # 81 is 6 above
    ],
)
def test_when_a_second_reader_is_due(piece: PieceScore, reasons: tuple[str, ...]) -> None:
    assert needs_second_reader(piece, CERTIFIED) == reasons


def test_capstones_and_critical_faults_always_have_a_second_reader() -> None:
    assert needs_second_reader(rated(4), CERTIFIED, capstone=True, critical=["HYG"]) == ("capstone", "critical")


def test_the_core_is_the_four_steps_that_the_domain_names() -> None:
    assert tuple(rated(3).core_levels) == CORE
