"""The report: what is counted, what is held back, what is said, and that it can be kept."""

from __future__ import annotations

import json
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.agreement.kappa import Kappa
from app.domain.agreement.marks import ENOUGH, Mark
from app.domain.agreement.record import from_record, to_record
from app.domain.agreement.report import report
from app.domain.agreement.severity import Severity
from app.domain.agreement.verdicts import Firmness, Leaning, firmness, leaning
from tests.domain.agreement.test_severity import CRITERIA, START, piece


def marks(n: int, strict: dict[str, float], seed: int = 1) -> list[Mark]:
    random = Random(seed)
    return [mark for at in range(n) for mark in piece(random, at, random.sample(sorted(strict), 2), strict, day=at / 2)]


class TestReport:
    def test_counts_and_order(self):
        found = report(marks(200, {"ann": 0.5, "bea": 0.0, "cyd": 0.0}), ("mapping", "prep"))
        assert found.pieces == 200
        assert found.groups == 1
        assert [line.criterion for line in found.criteria] == ["mapping", "prep", "color", "layers"]
        assert {line.pieces for line in found.criteria} == {200}
        assert sum(line.pieces for line in found.pairs) == 200
        assert sum(line.pieces for line in found.reviewers) == 400
        assert found.since == START
        assert found.until == START + timedelta(days=99.5)

    def test_says_who_is_stricter(self):
        found = report(marks(200, {"ann": 0.5, "bea": 0.0, "cyd": 0.0}), CRITERIA)
        said = {line.reviewer: line.leaning for line in found.reviewers}
        assert said["ann"] is Leaning.STRICTER
        assert said["bea"] in (Leaning.MILDER, Leaning.SLIGHTLY_MILDER)

    def test_by_hand(self):
        """Twenty pieces of one criterion: 10 equal, 8 one apart, 2 three apart; 15 with the same result."""
        pairs = [(3, 3)] * 6 + [(4, 4)] * 4 + [(2, 3)] * 8 + [(1, 4)] * 2
        found = []
        for at, levels in enumerate(pairs):
            for who, level in zip(("ann", "bea"), levels, strict=True):
                result = "resubmit" if who == "bea" and at >= 15 else "approved"
                when = START + timedelta(minutes=0 if who == "ann" else 1)
                found.append(Mark(f"p{at}", who, when, {"prep": level}, result))
        got = report(found, ["prep"])
        line = got.criteria[0]
        assert (line.figures.exact.value, line.figures.adjacent.value) == (0.5, 0.9)
        assert got.whole.same_result.value == 0.75
        # Observed squared distance 8 * 1 + 2 * 9 = 26; expected from the marginals: see the arithmetic of Cohen.
        first, second = [a for a, _ in pairs], [b for _, b in pairs]
        expected = sum((a - b) ** 2 for a in first for b in second) / 20
        assert line.figures.kappa.value == pytest.approx(1 - 26 / expected)
        assert got.pairs[0].figures.kappa.value == pytest.approx(line.figures.kappa.value)

    @pytest.mark.parametrize("n", [0, 1, ENOUGH - 1])
    def test_holds_back_what_rests_on_too_few(self, n):
        found = report(marks(n, {"ann": 0.0, "bea": 0.0}), CRITERIA)
        assert found.pieces == n
        assert found.whole is None
        assert all(line.figures is None and line.alpha is None for line in found.criteria)
        assert all(line.firmness is Firmness.TOO_FEW for line in (*found.criteria, *found.pairs, *found.reviewers))
        assert all(line.severity is None and line.leaning is Leaning.TOO_FEW for line in found.reviewers)

    def test_everybody_always_agrees(self):
        found = report(
            [Mark(f"p{at}", who, START, {"prep": 3}, "approved") for at in range(30) for who in ("ann", "bea")],
            ["prep"],
        )
        assert found.criteria[0].firmness is Firmness.NO_SPREAD
        assert found.whole.exact.value == 1
        assert found.whole.exact.interval.low < 1, "thirty pieces are no proof for all to come"
        assert found.whole.alpha is None

    @settings(max_examples=15)
    @given(st.integers(0, 60), st.integers(0, 99))
    def test_comes_back_from_json_as_it_was(self, n, seed):
        found = report(marks(n, {"ann": 0.3, "bea": 0.0, "cyd": -0.2}, seed), CRITERIA)
        assert from_record(json.loads(json.dumps(to_record(found)))) == found


class TestWords:
    @pytest.mark.parametrize(
        ("value", "error", "said"),
        [
            (0.8, 0.05, Firmness.FIRM),
            (0.7, 0.1, Firmness.LIKELY_FIRM),
            (0.55, 0.1, Firmness.LIKELY_WEAK),
            (0.3, 0.05, Firmness.WEAK),
        ],
    )
    def test_of_kappa(self, value, error, said):
        assert firmness(Kappa(value, 0.9, 0.5, 50, error)) is said

    @pytest.mark.parametrize(
        ("value", "error", "said"),
        [
            (0.5, 0.1, Leaning.STRICTER),
            (0.15, 0.05, Leaning.SLIGHTLY_STRICTER),
            (0.05, 0.05, Leaning.ALIKE),
            (0.2, 0.3, Leaning.UNSURE),
            (-0.15, 0.05, Leaning.SLIGHTLY_MILDER),
            (-0.5, 0.1, Leaning.MILDER),
        ],
    )
    def test_of_severity(self, value, error, said):
        assert leaning(Severity("ann", value, value / 2, error, 60, 0)) is said
