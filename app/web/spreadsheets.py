"""Tables as CSV that spreadsheet programs open without running anything.

A text that begins with =, +, -, @, a tab or a line break is taken for a formula by such programs, and so are the wide
forms of these signs in some of them. Such a text gets an apostrophe in front, which the programs hide; numbers are
written as numbers and cannot be formulas. Every field is quoted, so that no separator inside can start a new one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime

from flask import Response

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "\uff1d", "\uff0b", "\uff0d", "\uff20")
BYTE_ORDER_MARK = "\ufeff"
"""Tells spreadsheet programs that the file is UTF-8."""

Value = str | int | float | datetime | None


def safe_cell(value: Value) -> str | int | float:
    """The value as it may stand in a cell: a number, or a text that no program takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    text = value.replace("\x00", "")
    # Blanks before the sign do not stop every program.
    return f"'{text}" if text.lstrip(" \u00a0").startswith(FORMULA_STARTS) or text.startswith(FORMULA_STARTS) else text


def csv_text(heads: Sequence[str], rows: Iterable[Sequence[Value]]) -> str:
    """The table as text, its heads first."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    for row in (heads, *rows):
        writer.writerow([safe_cell(value) for value in row])
    return BYTE_ORDER_MARK + out.getvalue()


def csv_response(name: str, heads: Sequence[str], rows: Iterable[Sequence[Value]]) -> Response:
    """The table as a file to download; `name` is ours, of letters, digits, dots and hyphens."""
    response = Response(csv_text(heads, rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
