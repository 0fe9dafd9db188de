"""The library finds the parameters that answers were made from."""

from __future__ import annotations

import random
from math import exp

import pytest

from app.domain.assessment.statistics.scale import MISSING, Model, Request, scales
from app.infra import item_response


def answers(people: int, slopes: list[float], difficulties: list[float], seed: int = 11) -> Request:
    """Answers of people with standard normal ability; each of them draws about three quarters of the items."""
    chance = random.Random(seed)
    abilities = [chance.gauss(0, 1) for _ in range(people)]
    rows = tuple(
        tuple(
            MISSING if chance.random() < 0.25 else int(chance.random() < 1 / (1 + exp(-a * (ability - b))))
            for ability in abilities
        )
        for a, b in zip(slopes, difficulties, strict=True)
    )
    model = Model.RASCH if len(set(slopes)) == 1 else Model.TWO
    return Request(model, tuple(f"i{n}" for n in range(len(rows))), rows)


def test_rasch_difficulties_lie_within_the_errors_that_the_page_states() -> None:
    true = [-2 + n / 5 for n in range(21)]
    asked = answers(400, [1.3] * 21, true)
    fit = item_response.fit(asked)
    assert fit is not None
    found = scales(asked, fit)
    assert fit.slopes[0] == pytest.approx(1.3, abs=0.2)
    inside = sum(abs(found[f"i{n}"].difficulty - b) < 1.96 * found[f"i{n}"].error + 0.1 for n, b in enumerate(true))
    assert inside >= 19, "95 of 100 intervals; a tenth of a logit for the abilities, which are estimated, too"


def test_two_parameters_tell_steep_items_from_flat_ones() -> None:
    slopes = [0.6, 2.0] * 8
    asked = answers(900, slopes, [-1.5 + n / 5 for n in range(16)])
    fit = item_response.fit(asked)
    assert fit is not None
    assert max(fit.slopes[::2]) < min(fit.slopes[1::2])


def test_without_the_library_nothing_is_fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(item_response, "find_spec", lambda _name: None)
    assert item_response.fit(answers(3, [1.0], [0.0])) is None


def test_a_fit_that_fails_is_said_in_the_log_and_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    broken = Request(Model.RASCH, ("a", "b"), ((0, 1), (1,)))
    assert item_response.fit(broken) is None
    assert "could not be fitted" in caplog.text
