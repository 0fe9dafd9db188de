"""Files that cannot be read as what they should be, ids that are taken, figures that are missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.content.problems import Place
from app.domain.content.reading import Reading
from app.domain.content.schema_items import Bank
from tests.domain.content.samples import svg


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    return Reading(tmp_path)


def codes(reading: Reading) -> list[tuple[int, str]]:
    return [(p.line, p.code) for p in reading.report.problems]


def test_text_has_line_feeds_and_no_mark_at_its_beginning(reading: Reading, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes("\ufeffone\r\ntwo\rthree".encode())
    assert reading.text(tmp_path / "a") == "one\ntwo\nthree"


def test_what_is_not_there_or_not_utf_8(reading: Reading, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one\ntw\xff")
    assert reading.text(tmp_path / "a") is None
    assert reading.text(tmp_path / "b") is None
    assert codes(reading) == [(2, "file-encoding"), (1, "file-missing")]


@pytest.mark.parametrize(
    ("text", "line"), [("a: 1\nb: [\n", 3), ("a: 1\na: 2\n", 2), ("- a\n", 1), ("", 1), ("\tx: 1", 1)]
)
def test_what_is_no_mapping(reading: Reading, tmp_path: Path, text: str, line: int) -> None:
    (tmp_path / "a.yaml").write_text(text)
    assert reading.yaml_file(tmp_path / "a.yaml") is None
    assert codes(reading) == [(line, "yaml")]


def test_a_list_must_be_one(reading: Reading, tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("title: x\nitems: none\n")
    data = reading.yaml_file(file)
    assert data is not None
    assert reading.listed(file, data, "items") == []
    assert reading.listed(file, {"items": [1]}, "items") == [1]
    reading.only_keys(file, data, ("items",))
    assert codes(reading) == [(2, "missing-key"), (1, "unknown-key")]


def test_an_id_is_taken_once_but_a_bank_may_be_named_like_its_course(reading: Reading, tmp_path: Path) -> None:
    place = Place(tmp_path / "a.yaml")
    assert reading.claim("course", "hygiene", place)
    assert reading.claim("bank", "hygiene", place)
    assert not reading.claim("lesson", "hygiene", place)
    banks: dict[str, Bank] = {}
    reading.add(banks, Bank(id="hygiene", title="Twice"), place)
    assert banks == {}
    assert codes(reading) == [(1, "id-taken"), (1, "id-taken")]


def test_a_broken_definition_is_known_so_that_references_stay_quiet(reading: Reading) -> None:
    reading.mark_broken("lesson", {"id": "les-x"})
    reading.mark_broken("lesson", {"id": 3})
    reading.mark_broken("lesson", "text")
    assert reading.register.broken == {("lesson", "les-x")}
    assert reading.register.known("lesson", "les-x")
    assert not reading.register.known("lesson", "les-y")


def test_a_figure_is_read_once_and_prefixed_for_each_use(reading: Reading, tmp_path: Path) -> None:
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures/a.svg").write_text(svg('<g id="a"/>'))
    place = Place(tmp_path / "x.md", line=4)
    assert '<g id="one-a"/>' in (reading.figure(tmp_path, "figures/a.svg", place, "one") or "")
    assert '<g id="two-a"/>' in (reading.figure(tmp_path, "figures/a.svg", place, "two") or "")
    assert reading.figure(tmp_path, "figures/b.svg", place, "x") is None
    assert codes(reading) == [(4, "figure-missing")]


def test_a_faulty_figure_is_reported_once_however_often_it_is_shown(reading: Reading, tmp_path: Path) -> None:
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures/a.svg").write_text(svg("\n<script/>"))
    for prefix in ("one", "two"):
        assert reading.figure(tmp_path, "figures/a.svg", Place(tmp_path / "x.md"), prefix) is None
    assert codes(reading) == [(2, "svg-element")]


def test_figures_that_nothing_shows_are_checked_and_named(reading: Reading, tmp_path: Path) -> None:
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures/a.svg").write_text(svg())
    (tmp_path / "figures/b.svg").write_bytes(b"\xff")
    reading.unused_figures(tmp_path)
    assert codes(reading) == [(1, "figure-unused"), (1, "file-encoding"), (1, "figure-unused")]
