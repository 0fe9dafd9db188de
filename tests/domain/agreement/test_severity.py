"""Severity: known reviewers are found again, the formula agrees with a plain regression, groups stay apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import floor
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.agreement.drift import trend, trends
from app.domain.agreement.marks import Mark, marked_twice
from app.domain.agreement.severity import groups, inverted, severities

START = datetime(2026, 1, 1, tzinfo=UTC)
CRITERIA = ("prep", "color", "mapping", "layers")
TRUE = {"ann": 0.5, "bea": 0.0, "cyd": -0.3, "dee": -0.2}


def dithered(random: Random, value: float) -> int:
    """A whole level whose mean is the value, so that the truth is known exactly."""
    return floor(value) + (random.random() < value - floor(value))


def piece(random: Random, number: int, reviewers: list[str], strict: dict[str, float], day: float = 0) -> list[Mark]:
    halo = random.uniform(-0.3, 0.3)  # the criteria of a piece go up and down together
    deserved = {criterion: 2.5 + halo + random.uniform(-0.6, 0.6) for criterion in CRITERIA}
    at = START + timedelta(days=day)
    return [
        Mark(
            f"p{number}",
            reviewer,
            at,
            {name: dithered(random, value - strict[reviewer]) for name, value in deserved.items()},
            "approved",
        )
        for reviewer in reviewers
    ]


def world(seed: int, n: int = 200, strict: dict[str, float] = TRUE) -> list[tuple[Mark, ...]]:
    random = Random(seed)
    return marked_twice(
        mark for number in range(n) for mark in piece(random, number, random.sample(sorted(strict), 2), strict)
    )


def against_colleagues(strict: dict[str, float], reviewer: str) -> float:
    others = [value for name, value in strict.items() if name != reviewer]
    return strict[reviewer] - sum(others) / len(others)


class TestSimulation:
    def test_known_severities_lie_in_their_intervals_as_often_as_they_should(self):
        hits = tries = 0
        for seed in range(60):
            for reviewer, found in severities(world(seed)).items():
                tries += 1
                hits += found.interval.low <= against_colleagues(TRUE, reviewer) <= found.interval.high
        assert tries == 240
        assert 0.90 <= hits / tries <= 0.99

    def test_it_does_not_matter_who_gets_the_better_pieces(self):
        """Ann sees strong work only; plain means would call her mild."""
        random, marks = Random(4), []
        for number in range(300):
            pair = random.sample(sorted(TRUE), 2)
            for mark in piece(random, number, pair, TRUE):
                bonus = 0.4 if "ann" in pair else 0.0
                marks.append(
                    Mark(
                        mark.piece,
                        mark.reviewer,
                        mark.at,
                        {name: min(4, dithered(random, level + bonus)) for name, level in mark.levels.items()},
                        "approved",
                    )
                )
        assert severities(marked_twice(marks))["ann"].value == pytest.approx(against_colleagues(TRUE, "ann"), abs=0.12)


class TestFormula:
    def test_two_reviewers_are_a_paired_comparison(self):
        pieces = world(7, 40, {"ann": 0.4, "bea": 0.0})
        leads = []
        for marks in pieces:
            by = {mark.reviewer: mark.levels for mark in marks}
            leads.append(np.mean([by["bea"][name] - by["ann"][name] for name in CRITERIA]))
        found = severities(pieces)
        assert found["ann"].value == pytest.approx(np.mean(leads))
        assert found["bea"].value == pytest.approx(-np.mean(leads))
        assert found["ann"].error == pytest.approx(np.std(leads, ddof=1) / 40**0.5)

    def test_is_the_regression_with_a_dummy_for_each_criterion_of_each_piece(self):
        pieces = world(8, 60)
        rows, levels, names = [], [], sorted(TRUE)
        cells = {}
        for marks in pieces:
            for mark in marks:
                for name, level in mark.levels.items():
                    cells.setdefault((mark.piece, name), len(cells))
                    rows.append((cells[mark.piece, name], names.index(mark.reviewer)))
                    levels.append(level)
        design = np.zeros((len(rows) + 1, len(cells) + len(names)))
        for at, (cell, reviewer) in enumerate(rows):
            design[at, cell], design[at, len(cells) + reviewer] = 1, -1
        design[-1, len(cells) :] = 1  # severities sum to zero
        solved = np.linalg.lstsq(design, np.array([*levels, 0.0]), rcond=None)[0][len(cells) :]
        found = severities(pieces)
        assert [found[name].own for name in names] == pytest.approx(list(solved), abs=1e-9)

    @given(st.integers(0, 10_000))
    def test_severities_of_a_group_sum_to_zero(self, seed):
        found = severities(world(seed, 30), enough=1)
        assert sum(s.own for s in found.values()) == pytest.approx(0, abs=1e-9)

    def test_third_marks_count(self):
        random = Random(2)
        pieces = marked_twice(mark for n in range(150) for mark in piece(random, n, ["ann", "bea", "cyd"], TRUE))
        found = severities(pieces)
        assert found["ann"].value == pytest.approx(0.5 - (0.0 - 0.3) / 2, abs=0.1)

    @given(st.integers(1, 6), st.integers(0, 100))
    def test_inverse(self, size, seed):
        matrix = np.random.default_rng(seed).normal(size=(size, size)) + np.eye(size) * 4
        assert np.allclose(np.array(inverted(matrix.tolist())) @ matrix, np.eye(size), atol=1e-8)


class TestGroups:
    def test_who_shares_nothing_is_not_compared(self):
        random = Random(3)
        pieces = marked_twice(
            mark
            for number in range(60)
            for mark in piece(random, number, ["ann", "bea"] if number % 2 else ["cyd", "dee"], TRUE)
        )
        assert groups(pieces) == [["ann", "bea"], ["cyd", "dee"]]
        found = severities(pieces)
        assert {s.group for s in found.values()} == {0, 1}
        assert found["cyd"].value == pytest.approx(-found["dee"].value)

    def test_a_chain_connects(self):
        random = Random(3)
        pairs = [["ann", "bea"], ["bea", "cyd"], ["cyd", "dee"]]
        pieces = marked_twice(mark for number in range(1800) for mark in piece(random, number, pairs[number % 3], TRUE))
        assert groups(pieces) == [["ann", "bea", "cyd", "dee"]]
        # Ann and Dee never met.
        assert severities(pieces)["ann"].own - severities(pieces)["dee"].own == pytest.approx(0.7, abs=0.15)

    def test_too_few_pieces_have_no_figure(self):
        assert severities(world(1, 19, {"ann": 0.0, "bea": 0.0})) == {}
        assert len(severities(world(1, 20, {"ann": 0.0, "bea": 0.0}))) == 2
        assert severities([]) == {}

    def test_marks_under_rubrics_without_a_common_criterion_are_not_compared(self):
        marks = [Mark("p1", "ann", START, {"prep": 3}, "approved"), Mark("p1", "bea", START, {"color": 2}, "approved")]
        assert groups(marked_twice(marks)) == []
        assert severities(marked_twice(marks), enough=1) == {}

    def test_marks_of_one_person_make_no_pair(self):
        mark = Mark("p1", "ann", START, {"prep": 3}, "approved")
        later = Mark("p1", "ann", START + timedelta(days=1), {"prep": 2}, "approved")
        assert marked_twice([mark, later]) == []


class TestDrift:
    def drifting(self, slope: float, seed: int = 5) -> list[tuple[Mark, ...]]:
        random, marks = Random(seed), []
        for number in range(360):
            strict = dict.fromkeys(TRUE, 0.0) | {"ann": slope * number / 60}
            pair = ["ann", random.choice(["bea", "cyd", "dee"])]
            marks += piece(random, number, pair, strict, day=number * 30.4375 * 6 / 360)
        return marked_twice(marks)

    def test_who_grows_stricter_is_seen(self):
        hits = 0
        for seed in range(40):
            pieces = self.drifting(0.1, seed)
            found = trends(pieces, severities(pieces))["ann"]
            assert found.is_clear
            assert found.months[0].value < found.months[4].value
            hits += found.interval.low <= 0.1 <= found.interval.high
        assert 34 <= hits <= 40

    def test_who_stays_as_strict_is_not(self):
        false = 0
        for seed in range(40):
            pieces = self.drifting(0.0, seed)
            false += trends(pieces, severities(pieces))["ann"].is_clear
        assert false <= 6  # 5 percent of 40 are 2; more than 6 would come up once in 300 times

    def test_months_lie_around_the_severity(self):
        pieces = world(3, 300)
        dated = [
            tuple(replace(mark, at=START + timedelta(days=at / 2)) for mark in piece) for at, piece in enumerate(pieces)
        ]
        found = severities(dated)
        for reviewer, line in trends(dated, found).items():
            total = sum(month.pieces for month in line.months)
            mean = sum(month.value * month.pieces for month in line.months) / total
            assert mean == pytest.approx(found[reviewer].value, abs=0.03)

    def test_short_times_have_no_slope_and_thin_months_no_value(self):
        points = [(START + timedelta(days=n), 0.1 * (n % 3)) for n in range(32)]
        found = trend(points)
        assert (found.slope, found.interval, found.is_clear) == (None, None, False)
        assert [(month.name, month.pieces) for month in found.months] == [("2026-01", 31), ("2026-02", 1)]
        assert found.months[1].value is None
