"""Places become lines only when a problem asks for them."""

from __future__ import annotations

from pathlib import Path

from app.domain.content.problems import Place, Report, Severity

FILE = Path("courses/x.yaml")


def test_a_key_is_found_in_a_text_that_begins_further_down() -> None:
    report = Report()
    report.remember(FILE, "id: a\nlist:\n  - b\n", first_line=2)
    report.error(Place(FILE).at("list", 0), "bad-value", "No.")
    report.warn(Place(FILE, line=9), "odd", "Hm.")
    assert [str(p) for p in report.problems] == [
        "courses/x.yaml:4: bad-value: No.",
        "courses/x.yaml:9: odd (warning): Hm.",
    ]
    assert [p.severity for p in report.problems] == [Severity.ERROR, Severity.WARNING]


def test_a_file_that_is_no_yaml_or_unknown_gives_its_first_line() -> None:
    report = Report()
    report.error(Place(FILE, ("a",)), "x", "Unknown file.")
    report.remember(FILE, "a: [", first_line=1)
    report.error(Place(FILE, ("a",)), "x", "Broken file.")
    assert [p.line for p in report.problems] == [1, 1]


def test_problems_sort_by_file_and_line() -> None:
    report = Report()
    for name, line in (("b", 1), ("a", 9), ("a", 2)):
        report.error(Place(Path(name), line=line), "x", "X.")
    assert [(p.file, p.line) for p in sorted(report.problems)] == [("a", 2), ("a", 9), ("b", 1)]
