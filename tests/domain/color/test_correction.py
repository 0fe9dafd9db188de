"""Corrections from observations that are computed exactly: what the model can undo it undoes, what not it refuses."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.color.card import HEIGHT, PAPER_SPOTS, PATCHES, WIDTH
from app.domain.color.convert import Lab, linear_from_lab
from app.domain.color.correction import (
    MOST_MEAN_ERROR,
    Correction,
    Observation,
    Refused,
    balance,
    correct,
    is_within_reach,
    light_field,
)
from app.domain.color.difference import ciede2000

MEASURED = {
    patch.id: Lab(14 + patch.nominal.L * 0.84, patch.nominal.a * 0.88, patch.nominal.b * 0.88) for patch in PATCHES
}
LIP = Lab(50.0, 32.0, 14.0)


class Camera:
    """Sees a color at a place: fall of the light, gains, overlap of the channels, then a power law."""

    def __init__(self, gains=(0.9, 0.7, 0.5), overlap=0.06, gamma=1.0, fall=(0.0, 0.0)):  # type: ignore[no-untyped-def]
        self.gains, self.overlap, self.gamma, self.fall = gains, overlap, gamma, fall

    def see(self, color: Lab, place: tuple[float, float]) -> tuple[float, float, float]:
        light = linear_from_lab(color)
        level = math.exp(self.fall[0] * (place[0] / WIDTH - 0.5) + self.fall[1] * (place[1] / HEIGHT - 0.5))
        mean = sum(light) / 3
        mixed = [(v * (1 - self.overlap) + mean * self.overlap) * g for v, g in zip(light, self.gains, strict=True)]
        red, green, blue = (level * max(v, 0.0) ** self.gamma for v in mixed)
        return red, green, blue

    def patches(self) -> dict[str, Observation]:
        return {patch.id: Observation(self.see(MEASURED[patch.id], patch.center)) for patch in PATCHES}

    def paper(self) -> dict[tuple[float, float], Observation]:
        return {spot: Observation(self.see(Lab(95, 0, -3), spot)) for spot in PAPER_SPOTS}


def corrected(camera: Camera) -> Correction:
    found = correct(camera.patches(), camera.paper(), MEASURED)
    assert isinstance(found, Correction), found
    return found


@settings(max_examples=25, deadline=None)
@given(
    st.tuples(*(st.floats(0.4, 1.0) for _ in range(3))),
    st.floats(0, 0.2),
    st.tuples(st.floats(-0.25, 0.25), st.floats(-0.25, 0.25)),
)
def test_what_is_linear_is_undone_exactly(gains, overlap: float, fall) -> None:  # type: ignore[no-untyped-def]
    camera = Camera(gains, overlap, 1.0, fall)
    found = corrected(camera)
    assert found.error is not None
    assert found.error < 0.05
    for place in ((74.0, 52.0), (74.0, 150.0), (-40.0, 20.0)):
        assert ciede2000(found.color(camera.see(LIP, place), place), LIP) < 0.1


@pytest.mark.parametrize("gamma", [0.85, 1.2])
def test_contrast_is_undone_by_the_grays(gamma: float) -> None:
    camera = Camera((0.8, 0.75, 0.7), 0.0, gamma)
    assert ciede2000(corrected(camera).color(camera.see(LIP, (74, 120)), (74, 120)), LIP) < 0.5


def test_a_single_wrong_patch_is_left_out() -> None:
    camera = Camera()
    patches = {**camera.patches(), "L2": Observation((0.9, 0.9, 0.9))}
    found = correct(patches, camera.paper(), MEASURED)
    assert isinstance(found, Correction)
    assert found.left_out == ("L2",)
    assert ciede2000(found.color(camera.see(LIP, (74, 52)), (74, 52)), LIP) < 0.1


def test_values_of_another_print_are_refused() -> None:
    dice = random.Random(1)
    camera = Camera()
    wrong = {name: Lab(lab.L, lab.a + dice.gauss(0, 12), lab.b + dice.gauss(0, 12)) for name, lab in MEASURED.items()}
    found = correct(camera.patches(), camera.paper(), wrong)
    assert isinstance(found, Refused)
    assert found.code == "residual"
    assert found.found > MOST_MEAN_ERROR == found.limit


def test_the_foretold_error_grows_with_the_true_one() -> None:
    dice = random.Random(2)
    camera = Camera()
    foretold = []
    for noise in (0.0, 0.01, 0.03):
        seen = {
            name: Observation(tuple(max(v * (1 + dice.gauss(0, noise)), 0) for v in o.light or ()))  # type: ignore[arg-type]
            for name, o in camera.patches().items()
        }
        found = correct(seen, camera.paper(), MEASURED)
        assert isinstance(found, Correction)
        foretold.append(found.error or 0.0)
    assert foretold == sorted(foretold)
    assert foretold[0] < 0.05 < 0.3 < foretold[2]


@pytest.mark.parametrize(
    ("kept", "code"), [(("S", "L", "C"), "grays"), (("N", "M1"), "patches"), (("N", "M", "S"), None)]
)
def test_enough_patches_and_grays_are_needed(kept: tuple[str, ...], code: str | None) -> None:
    measured = {name: lab for name, lab in MEASURED.items() if name.startswith(kept)}
    camera = Camera()
    found = correct(camera.patches(), camera.paper(), measured)
    assert (found.code if isinstance(found, Refused) else None) == code


def test_paper_that_is_gone_uneven_or_colored_is_refused() -> None:
    camera = Camera()
    glare = dict.fromkeys(PAPER_SPOTS, Observation(None, "glare"))
    for found, code in (
        (balance(glare), "paper"),
        (correct(camera.patches(), glare, MEASURED), "paper"),
        (balance(Camera(fall=(0.9, 0.3)).paper()), "uneven_light"),
        (balance(Camera((1.0, 0.6, 0.2)).paper()), "light_color"),
    ):
        assert isinstance(found, Refused)
        assert found.code == code


def test_paper_alone_balances_but_does_not_claim_colors() -> None:
    camera = Camera((0.9, 0.7, 0.5), 0.0, fall=(0.2, 0.1))
    found = balance(camera.paper())
    assert isinstance(found, Correction)
    assert not found.is_measured
    gray = found.color(camera.see(Lab(60, 0, -2), (74, 52)), (74, 52))
    assert math.hypot(gray.a, gray.b) < 3
    two = [found.color(camera.see(Lab(55, 30, 12), place), place) for place in ((10, 130), (140, 130))]
    assert ciede2000(*two) < 0.1


def test_the_light_is_a_plane_in_its_logarithm() -> None:
    found = light_field(Camera(fall=(0.3, -0.2)).paper())
    assert found is not None
    assert (found[0].x, found[0].y) == pytest.approx((0.3, -0.2), abs=1e-9)
    assert found[0].at((WIDTH / 2, HEIGHT / 2)) == 1
    assert found[0].at((10 * WIDTH, 0)) == found[0].at((2 * WIDTH, 0))
    assert light_field(dict(list(Camera().paper().items())[:4])) is None


def test_reach_is_one_card_around() -> None:
    assert is_within_reach((-WIDTH, 2 * HEIGHT))
    assert not is_within_reach((2.1 * WIDTH, 0))
    assert not is_within_reach((0, -1.1 * HEIGHT))
