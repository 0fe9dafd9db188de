"""The card as data: nothing overlaps, everything lies on it, its codes read back, measured values are read strictly."""

from __future__ import annotations

import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.color import card
from app.domain.color.card import White, fiducial_text, read_fiducial, read_measured
from app.domain.color.convert import Lab, lab_from_d50
from app.domain.color.difference import ciede2000

Box = tuple[float, float, float, float]


def around(point: tuple[float, float], radius: float) -> Box:
    return point[0] - radius, point[1] - radius, point[0] + radius, point[1] + radius


def boxes() -> dict[str, Box]:
    """Everything that is measured, with the free space that it needs."""
    found: dict[str, Box] = {p.id: (p.x, p.y, p.x + p.width, p.y + p.height) for p in card.PATCHES}
    found |= {f"dot {n}": around(point, 3.2) for n, point in enumerate(card.DOTS)}
    found |= {f"paper {n}": around(point, card.PAPER_DIAMETER / 2 + 0.5) for n, point in enumerate(card.PAPER_SPOTS)}
    quiet = 4 * card.QR_MODULE
    for name, points in card.corner_squares().items():
        found[f"code {name}"] = (
            points[0][0] - quiet, points[0][1] - quiet, points[2][0] + quiet, points[2][1] + quiet
        )  # fmt: skip
    (x1, y1), (x2, y2) = card.CHECK_LINE
    found["line"] = (x1, y1 - 1.5, x2, y2 + 5)
    return found


def test_nothing_overlaps_and_everything_lies_on_the_card() -> None:
    places = boxes()
    for name, (left, top, right, bottom) in places.items():
        assert left >= 0, name
        assert top >= 0, name
        assert right <= card.WIDTH, name
        assert bottom <= card.HEIGHT, name
    for (one, a), (two, b) in combinations(places.items(), 2):
        apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
        assert apart, f"{one} and {two}"


def test_the_check_line_is_fifty_millimeters() -> None:
    assert math.dist(*card.CHECK_LINE) == card.CHECK_MM == 50


def test_patches_can_be_told_apart_and_cover_what_lips_and_skin_need() -> None:
    assert len(card.PATCHES) == len(card.PATCH_IDS) == 30
    colored = [patch for patch in card.PATCHES if patch.group is not card.Group.NEUTRAL]
    assert min(ciede2000(a.nominal, b.nominal) for a, b in combinations(colored, 2)) > 5
    light = [patch.nominal.L for patch in card.NEUTRALS[:6]]
    assert light == sorted(light, reverse=True)
    assert [patch.hex for patch in card.NEUTRALS[6:]] == [patch.hex for patch in reversed(card.NEUTRALS[:6])]


@given(st.sampled_from(card.CORNERS), st.text(card.CODE_ALPHABET, min_size=5, max_size=5))
def test_what_a_corner_says_reads_back(corner: str, code: str) -> None:
    assert read_fiducial(fiducial_text(corner, code)) == (corner, code)


@pytest.mark.parametrize(
    "text", ["", "VC1A", "VC2A7K3QA", "VC1E7K3QA", "VC1A7K3Q0", "vc1a7k3qa", "VC1A7K3QAA", "P-7K3Q"]
)
def test_other_codes_are_no_corners(text: str) -> None:
    assert read_fiducial(text) is None


@pytest.mark.parametrize(
    "line",
    ["n1 95.2 0.3 -1.8", "N1\t95,2\t0,3\t-1,8", "N1;95.2;0.3;-1.8", "N1, 95.2, 0.3, -1.8", "  N1   95.2 0.3  -1.8 "],
)
def test_values_are_read_as_people_and_devices_write_them(line: str) -> None:
    found = read_measured(f"\n{line}\n\n", White.D65)
    assert (found.values, found.problems) == ({"N1": Lab(95.2, 0.3, -1.8)}, ())


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("N1 95", "form"),
        ("N1 95 0 0 0", "form"),
        ("N9 95 0 0", "patch"),
        ("N1 white 0 0", "number"),
        ("N1 101 0 0", "range"),
        ("N1 nan 0 0", "range"),
        ("N1 50 inf 0", "range"),
    ],
)
def test_a_line_that_cannot_be_used_says_why_and_where(line: str, code: str) -> None:
    found = read_measured(f"N2 80 0 0\n{line}", White.D65)
    assert [(problem.line, problem.code) for problem in found.problems] == [(2, code)]
    assert list(found.values) == ["N2"]


def test_a_patch_twice_and_too_many_lines_are_refused() -> None:
    assert [p.code for p in read_measured("N1 90 0 0\nN1 91 0 0", White.D65).problems] == ["twice"]
    assert [p.code for p in read_measured("\n" * 101, White.D65).problems] == ["lines"]


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    found = read_measured(text, White.D50)
    assert set(found.values) <= card.PATCH_IDS


def test_values_for_d50_are_turned_into_d65() -> None:
    """The red of sRGB, by the CSS Color 4 sample code: lab(54.29 80.80 69.89) for D50."""
    turned = lab_from_d50(Lab(54.2905, 80.8049, 69.8910))
    assert ciede2000(turned, Lab(53.2371, 80.0901, 67.2033)) < 0.01
    white = lab_from_d50(Lab(100, 0, 0))
    assert (white.L, white.a, white.b) == pytest.approx((100, 0, 0), abs=0.01)
    assert pytest.approx(100, abs=0.01) == read_measured("N1 100 0 0", White.D50).values["N1"].L
