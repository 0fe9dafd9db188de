"""Figures: ITA by the worked vectors of the domain reference, evenness by hand, and what is kept back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.color.card import PAPER_SPOTS, PATCHES
from app.domain.color.convert import Lab, lab_from_hex, linear_from_lab
from app.domain.color.correction import Observation, Refused
from app.domain.color.figures import SkinClass, evenness, ita, mean_color, skin_class
from app.domain.color.plane import Plane
from app.domain.color.reading import Reading, millimeters, reading_from_json, reading_to_json
from app.domain.color.report import AreaFigures, NoFigures, Sample, Subject, area_figures, figures_to_json

labs = st.builds(Lab, st.floats(5, 95), st.floats(-40, 60), st.floats(-40, 60))
FLAT = Plane((10.0, 0, 0, 0, 10.0, 0, 0, 0, 1.0))


def reading() -> Reading:
    """A card seen straight from above by a perfect camera in a photo of 200 x 200 mm."""
    return Reading(
        "", "7K3QA", 4, (2000, 2000), FLAT, 0.1,
        {patch.id: Observation(linear_from_lab(patch.nominal)) for patch in PATCHES},
        dict.fromkeys(PAPER_SPOTS, Observation(linear_from_lab(Lab(95, 0, 0)))),
    )  # fmt: skip


NOMINAL = {patch.id: patch.nominal for patch in PATCHES}


def samples(color: Lab, x: float = 0.5, y: float = 0.7, count: int = 40) -> list[Sample]:
    return [Sample(linear_from_lab(color), x, y)] * count


@pytest.mark.parametrize(
    ("color", "angle", "found"),
    [
        ("#e9cab4", 65.8, SkinClass.VERY_LIGHT),
        ("#cda082", 41.2, SkinClass.LIGHT),
        ("#b08060", 17.1, SkinClass.TAN),
        ("#78503a", -31.5, SkinClass.DARK),
        ("#422c22", -70.4, SkinClass.DARK),
    ],
)
def test_ita_by_the_worked_vectors(color: str, angle: float, found: SkinClass) -> None:
    value = ita(lab_from_hex(color))
    assert value is not None
    assert value == pytest.approx(angle, abs=0.06)
    assert skin_class(value) is found


@pytest.mark.parametrize(
    ("angle", "found"),
    [(55.1, "very_light"), (55, "light"), (41, "intermediate"), (28, "tan"), (10, "brown"), (-30, "dark")],
)
def test_the_classes_end_where_chardon_says(angle: float, found: str) -> None:
    assert skin_class(angle) == found


def test_a_cool_lip_has_no_ita() -> None:
    assert ita(lab_from_hex("#7a5268")) is None


@given(labs, st.integers(1, 50))
def test_one_color_is_perfectly_even(color: Lab, count: int) -> None:
    found = evenness([color] * count)
    assert found.spread == pytest.approx(0, abs=1e-3)
    assert found.p95 == pytest.approx(0, abs=1e-3)


@given(st.lists(labs, min_size=1, max_size=40))
def test_the_spread_lies_between_nothing_and_the_worst(colors: list[Lab]) -> None:
    found = evenness(colors)
    assert 0 <= found.spread <= max(found.p95, found.spread)
    assert evenness(list(reversed(colors))).p95 == pytest.approx(found.p95)


def test_evenness_by_hand() -> None:
    """Two grays, L 45 and 55 around 50: dE00 of 5 steps at L 50 is 5 / S_L with S_L near 1."""
    found = evenness([Lab(45, 0, 0), Lab(55, 0, 0)])
    assert found.mean == Lab(50, 0, 0)
    assert found.spread == pytest.approx(4.92, abs=0.05)
    with pytest.raises(ValueError, match="at least one"):
        mean_color([])


def test_a_measured_print_gives_everything() -> None:
    lip, target = Lab(50, 34, 15), Lab(52, 34, 15)
    found = area_figures(reading(), reading().correction(NOMINAL), Subject.PIGMENT, samples(lip), 0.0, target)
    assert isinstance(found, AreaFigures)
    assert found.to_target == pytest.approx(1.97, abs=0.1)
    assert found.angle is None
    told = figures_to_json(found)
    assert told is not None
    assert told["to_target"] == pytest.approx(2.0, abs=0.1)
    skin = area_figures(reading(), reading().correction(NOMINAL), Subject.SKIN, samples(lab_from_hex("#cda082")), 0.0)
    assert isinstance(skin, AreaFigures)
    assert skin.angle == pytest.approx(41.2, abs=0.5)


def test_a_print_that_nobody_measured_keeps_color_back() -> None:
    found = area_figures(
        reading(), reading().correction({}), Subject.PIGMENT, samples(Lab(50, 34, 15)), 0.0, Lab(50, 0, 0)
    )
    assert isinstance(found, AreaFigures)
    assert (found.target, found.to_target, found.angle, found.error) == (None, None, None, None)
    assert set(figures_to_json(found) or {}) == {"subject", "evenness", "evenness_p95", "samples"}


@pytest.mark.parametrize(
    ("given", "clipped", "code"),
    [(samples(Lab(50, 30, 10), count=5), 0.0, "small"), (samples(Lab(50, 30, 10)), 0.4, "glare")],
)
def test_areas_that_tell_nothing(given: list[Sample], clipped: float, code: str) -> None:
    found = area_figures(reading(), reading().correction({}), Subject.PIGMENT, given, clipped)
    assert isinstance(found, NoFigures)
    assert found.code == code
    assert (figures_to_json(found) or {})["refused"] == code


def test_what_lies_far_from_the_card_and_what_was_not_corrected() -> None:
    far = Reading("", "7K3QA", 4, (9000, 9000), FLAT, 0.1, reading().patches, reading().paper)
    found = area_figures(far, far.correction({}), Subject.PIGMENT, samples(Lab(50, 30, 10), 0.9, 0.9), 0.0)
    assert isinstance(found, NoFigures)
    assert found.code == "far"
    refused = area_figures(reading(), Refused("residual", 4, 3), Subject.PIGMENT, samples(Lab(50, 30, 10)), 0.0)
    assert refused == NoFigures("residual", 4, 3)
    assert figures_to_json(None) is None


def test_millimeters_follow_the_check_line() -> None:
    assert millimeters(reading(), (0.1, 0.1), (0.1, 0.6), None) == pytest.approx(100)
    assert millimeters(reading(), (0.1, 0.1), (0.1, 0.6), 48.5) == pytest.approx(97)
    with pytest.raises(ValueError, match="No card"):
        Reading("none").place(0.5, 0.5)


def test_a_reading_is_stored_and_read_back() -> None:
    seen = {**reading().patches, "N1": Observation(None, "glare")}
    full = Reading("", "7K3QA", 4, (2000, 1500), FLAT, 0.25, seen, reading().paper)
    back = reading_from_json(reading_to_json(full))
    assert back.patches["N1"] == Observation(None, "glare")
    assert back.paper.keys() == full.paper.keys()
    assert (back.plane, back.size, back.error, back.tilt) == (full.plane, full.size, 0.25, 0)
    assert back.pixels_per_mm == 10
    assert reading_from_json(reading_to_json(Reading("covered", "7K3QA", 2))) == Reading("covered", "7K3QA", 2)
    with pytest.raises(ValueError, match="nine"):
        reading_from_json({**reading_to_json(full), "plane": [1, 2]})
