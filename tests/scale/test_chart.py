"""The chart of the curves: where lines run, what is said about them, and what cannot be drawn."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from bench.chart import chart
from bench.curves import Size, picture, table

SVG = "{http://www.w3.org/2000/svg}"


def test_each_power_of_ten_is_as_wide_as_the_next_and_names_do_not_overlap() -> None:
    flat, rising = [(1_000.0, 2.0), (100_000.0, 2.0)], [(1_000.0, 1.0), (10_000.0, 10.0), (100_000.0, 100.0)]
    drawn = ElementTree.fromstring(chart("A <b> & c", "students", "ms", {"flat": flat, "rising": rising, "same": flat}))
    assert drawn.attrib["aria-label"] == "A <b> & c"
    lines = [
        [tuple(map(float, spot.split(","))) for spot in line.attrib["points"].split()]
        for line in drawn.iter(f"{SVG}polyline")
    ]
    assert [len(line) for line in lines] == [3, 2, 2], "the highest end comes first"
    (x0, y0), (x1, y1), (x2, y2) = lines[0]
    assert x1 - x0 == pytest.approx(x2 - x1, abs=0.2) and y0 - y1 == pytest.approx(y1 - y2, abs=0.2)
    assert lines[1][0][1] == lines[1][1][1]
    names = {text.text: float(text.attrib["y"]) for text in drawn.iter(f"{SVG}text")}
    assert names["same"] - names["flat"] >= 15 and names["flat"] > names["rising"]


@pytest.mark.parametrize("series", [{}, {"a": []}, {"a": [(1.0, 0.0)]}, {"a": [(-1.0, 1.0)]}])
def test_what_has_no_place_by_powers_of_ten_is_refused(series: dict) -> None:
    with pytest.raises(ValueError, match="above zero"):
        chart("t", "x", "y", series)


def test_the_table_has_a_column_for_each_size_and_the_chart_a_line_for_each_row() -> None:
    rows = {"user_account": 1, "attempt": 10, "credential": 1}
    found = [Size(n, rows, {"Lesson": n / 1000}, {"mine": 0.0}) for n in (1_000, 30_000)]
    lines = table(found).splitlines()
    assert lines[0] == "| CPU ms | 1,000 students | 30,000 students |"
    assert "| Lesson | 1.00 | 30.00 |" in lines and "| query: mine | 0.000 | 0.000 |" in lines
    assert {line.count("|") for line in lines} == {4}
    assert len(re.findall("<polyline", picture(found))) == 2
