"""The formats by name: guess which one a file has, read it, write items."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from app.domain.assessment.interchange import aiken, gift, gift_writing, moodle, moodle_writing, qti, qti_writing
from app.domain.assessment.interchange.completing import Defaults, complete
from app.domain.assessment.interchange.figures import CheckFigure, Figures
from app.domain.assessment.interchange.report import Reading, Report, Written

Watch = Callable[[int], None]
MOST_BYTES = 8 * 1024 * 1024
MOST_QUESTIONS = 2_000


class Format(StrEnum):
    """A way to exchange questions."""

    GIFT = "gift"
    AIKEN = "aiken"
    MOODLE_XML = "moodle-xml"
    QTI = "qti"


TITLES: Mapping[Format, str] = {
    Format.GIFT: "GIFT",
    Format.AIKEN: "Aiken",
    Format.MOODLE_XML: "Moodle XML",
    Format.QTI: "QTI 3.0",
}
ENDINGS: Mapping[Format, str] = {
    Format.GIFT: ".gift.txt",
    Format.AIKEN: ".aiken.txt",
    Format.MOODLE_XML: ".moodle.xml",
    Format.QTI: ".qti.zip",
}
MIME: Mapping[Format, str] = {
    Format.GIFT: "text/plain; charset=utf-8",
    Format.AIKEN: "text/plain; charset=utf-8",
    Format.MOODLE_XML: "application/xml",
    Format.QTI: "application/zip",
}


def _nobody(_count: int) -> None:
    """Who watches when nobody does."""


_AIKEN = re.compile(rb"^\s*ANSWER:\s*[A-Z]\s*$", re.MULTILINE)


def guess(data: bytes) -> Format | None:
    """Return the format that a file seems to have, by its content; None when it has none that we know."""
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if data.startswith(b"PK"):
        return Format.QTI
    if head.startswith(b"<"):
        names = re.search(rb"<(?![?!])(?:[\w-]+:)?([\w-]+)", head)
        root = names[1].lower() if names else b""
        if root == b"quiz":
            return Format.MOODLE_XML
        return Format.QTI if root in (b"assessmentitem", b"qti-assessment-item") else None
    if b"\0" in head:
        return None
    if b"{" in data and b"}" in data:
        return Format.GIFT
    return Format.AIKEN if _AIKEN.search(data[: 1024 * 1024]) else None


def read(data: bytes, form: Format, figures: Figures, watch: Watch = _nobody) -> Reading:
    """Read a file; whatever is wrong with it is in what comes back, never raised. `watch` is told the count."""
    reading = Reading(watch=watch)
    if len(data) > MOST_BYTES:
        reading.fault(0, f"The file has more than {MOST_BYTES // (1024 * 1024)} MB.")
        return reading
    if form is Format.MOODLE_XML:
        moodle.read(data, figures, reading)
    elif form is Format.QTI:
        qti.read(data, figures, reading)
    else:
        _text(data, gift.read if form is Format.GIFT else aiken.read, reading)
    if len(reading.questions) > MOST_QUESTIONS:
        reading.fault(0, f"The file holds {len(reading.questions)} questions; the first {MOST_QUESTIONS} are read.")
        del reading.questions[MOST_QUESTIONS:]
    return reading


def _text(data: bytes, reader: Callable[[str, Reading], Reading], reading: Reading) -> None:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        reading.fault(line, "The file is not UTF-8. Save it as UTF-8 and try again.")
        return
    reader(text.replace("\r\n", "\n").replace("\r", "\n"), reading)


def import_items(
    data: bytes, form: Format, defaults: Defaults, check_figure: CheckFigure, watch: Watch = _nobody
) -> Report:
    """Read a file and make items of it: the report has one entry for every question."""
    figures = Figures(check_figure, defaults.prefix)
    report = complete(read(data, form, figures, watch), defaults)
    rows = [row for item in report.items for row in (item, *item.get("options", ()))]
    used = {str(row["figure"]) for row in rows if row.get("figure")}
    kept = {path: text for path, text in figures.kept.items() if path in used}
    return Report(report.entries, report.faults, report.remarks, kept)


def export_items(items: Sequence[Mapping[str, Any]], form: Format, title: str, render: Callable[[str], str]) -> Written:
    """Write items in a format. `render` makes HTML of a prompt, for formats that know no Markdown."""
    if form is Format.GIFT:
        return gift_writing.write(items, title)
    if form is Format.AIKEN:
        return aiken.write(items)
    if form is Format.MOODLE_XML:
        return moodle_writing.write(items, title, render)
    return qti_writing.write(items, title, render)


__all__ = [
    "ENDINGS",
    "MIME",
    "TITLES",
    "Format",
    "export_items",
    "guess",
    "import_items",
    "read",
]
