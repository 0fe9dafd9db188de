"""Color match: right when the eye would say so, by CIEDE2000."""

from __future__ import annotations

import pytest

from app.domain.assessment.items.color_match import ColorMatch, ColorResponse
from app.domain.color.convert import LCh, hex_from_lab
from app.domain.color.difference import ciede2000
from app.domain.errors import Invalid
from tests.domain.assessment.samples import item_dict


def build(**changes: object) -> ColorMatch:
    return ColorMatch.from_dict(item_dict("color_match", **changes))


def test_the_tolerance_is_a_difference_to_the_eye() -> None:
    item = build()
    for lightness in (40.0, 44.0, 47.0, 48.0, 52.0, 56.0):
        response = item.parse_response({"L": [str(lightness)], "C": ["41"], "h": ["27"]})
        difference = ciede2000(LCh(lightness, 41, 27).to_lab(), item.target)
        assert item.grade(response).correct == (difference <= 4), lightness


def test_the_edge_of_the_tolerance_counts() -> None:
    off = ciede2000(LCh(50, 41, 27).to_lab(), LCh(48, 41, 27).to_lab())
    near = {"L": ["50"], "C": ["41"], "h": ["27"]}
    for tolerance, right in ((off, True), (round(off - 0.0001, 4), False)):
        item = build(tolerance=tolerance)
        assert item.grade(item.parse_response(near)).correct is right


def test_a_hue_goes_round() -> None:
    item = build(target={"L": 50, "C": 40, "h": 359})
    assert item.grade(item.parse_response({"L": ["50"], "C": ["40"], "h": ["1"]})).correct


def test_hex_is_another_way_to_give_a_color() -> None:
    item = build(target="#b5525c", given_as="hex", tolerance=3)
    assert item.grade(item.parse_response({"hex": ["B5525C"]})).correct
    assert item.grade(item.parse_response({"hex": ["#b6535d"]})).correct
    assert not item.grade(item.parse_response({"hex": ["#5cb552"]})).correct
    part = item.grade(item.parse_response({"hex": ["#b6535d"]})).parts[0]
    assert part.swatches == ("#b6535d", "#b5525c")
    assert part.expected.startswith("#b5525c (your color differs by 0.")


def test_a_half_filled_answer_is_kept_and_not_right() -> None:
    item = build()
    response = item.parse_response({"L": ["48"], "h": ["27"]})
    assert response.answered
    grade = item.grade(response)
    assert (grade.correct, grade.parts[0].given) == (False, "L 48 C ? h 27")
    assert item.grade(ColorResponse()).parts[0].swatches == ("", hex_from_lab(item.target))


@pytest.mark.parametrize(
    ("fields", "name", "code"),
    [
        ({"L": ["101"]}, "L", "out_of_range"),
        ({"C": ["-1"]}, "C", "out_of_range"),
        ({"h": ["361"]}, "h", "out_of_range"),
        ({"h": ["27 mm"]}, "h", "out_of_range"),
        ({"L": ["dark"]}, "L", "not_a_number"),
    ],
)
def test_what_is_no_color_is_refused_at_its_field(fields: dict[str, list[str]], name: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        build().parse_response(fields)
    assert [(p.field, p.code) for p in caught.value.problems] == [(name, code)]
    with pytest.raises(Invalid, match="six digits"):
        build(target="#b5525c", given_as="hex").parse_response({"hex": ["red"]})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"target": {"L": 120, "C": 1, "h": 1}}, "lies outside"),
        ({"target": "red"}, "not a color"),
        ({"target": {"L": 50}}, "not a number"),
        ({"tolerance": 0}, "above 0"),
        ({"tolerance": 21}, "at most 20"),
    ],
)
def test_nonsense_is_refused(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        build(**changes)
