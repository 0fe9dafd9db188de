"""Excel files: read cell by cell under limits, written so that no cell is a formula.

An XLSX file is a zip of XML. Its parts are counted before any is unpacked (a zip never yields more than it declares),
a part that declares entities is refused, and reading stops at the limits, whatever the file says of its own size.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpyxl.cell import WriteOnlyCell

# openpyxl is loaded where it is used: with numpy, which it looks for, it holds 25 MB that most servers never need.
MAGIC = b"PK\x03\x04"
MOST_UNPACKED = 24 * 1024 * 1024
MOST_PARTS = 400
NO_WORKBOOK = "This is no Excel file (.xlsx). Save the list as .xlsx or .csv and send that."
TOO_MUCH = "This Excel file holds far more than a list of people. Send only the sheet with the list."
MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Value = str | int | float | date | None


class WorkbookRefused(Exception):
    """A file that cannot be read as a table; `sentence` says why, for the person who sent it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def rows_of_workbook(data: bytes, *, most_rows: int, most_cells: int) -> list[list[str]]:
    """The cells of the first sheet as texts, row by row, at most `most_rows` + 1 of them.

    Raises WorkbookRefused for what is no Excel file, is damaged, or unpacks to more than a list of people needs.
    """
    from openpyxl import load_workbook

    _check_parts(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        # The size that a file declares is not trusted, and some programs leave it out.
        sheet.reset_dimensions()
        cells = sheet.iter_rows(max_row=most_rows + 1, max_col=most_cells, values_only=True)
        return [[_text(value) for value in row] for row in cells]
    except Exception as error:  # a damaged file fails in many ways inside the reader
        raise WorkbookRefused("This Excel file is damaged. Save it again, or save it as CSV and send that.") from error


def _check_parts(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            listed = parts.infolist()
            if "xl/workbook.xml" not in {part.filename for part in listed}:
                raise WorkbookRefused(NO_WORKBOOK)
            if len(listed) > MOST_PARTS or sum(part.file_size for part in listed) > MOST_UNPACKED:
                raise WorkbookRefused(TOO_MUCH)
            for part in listed:
                head = parts.read(part)
                # What Excel writes is UTF-8 and never declares a document type: that is where entities come from.
                if part.filename.endswith((".xml", ".rels")) and (b"<!" in head or b"\x00" in head[:200]):
                    raise WorkbookRefused(NO_WORKBOOK)
    except (zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
        raise WorkbookRefused(NO_WORKBOOK) from error


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def workbook(title: str, heads: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    """The table as an Excel file with one sheet. Texts are stored as texts; none is a formula."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    for at in range(len(heads)):
        sheet.column_dimensions[chr(ord("A") + at)].width = 24
    sheet.freeze_panes = "A2"
    bold = Font(bold=True)
    first = [WriteOnlyCell(sheet, value=head) for head in heads]
    for cell in first:
        cell.font = bold
    sheet.append(first)
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(sheet: object, value: Value) -> WriteOnlyCell:
    from openpyxl.cell import WriteOnlyCell

    if not isinstance(value, str):
        return WriteOnlyCell(sheet, value=value)
    cell = WriteOnlyCell(sheet, value="".join(c for c in value if c.isprintable()))
    cell.data_type = "s"
    return cell
