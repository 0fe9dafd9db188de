"""Files other than photos that people send: streamed and bounded as in `uploads`, read whole when they are small."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import request
from flask_babel import gettext as _

from app.domain.errors import FieldProblem, Invalid, TooLarge
from app.web.uploads import MEGABYTE, IncomingFile, clean_name


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file that arrived whole. Its name is only for showing."""

    name: str
    data: bytes


def file_in(field: str, most_bytes: int) -> ReceivedFile | None:
    """The file of a field, or None when none was chosen. Raises Invalid (TooLarge) with a sentence for a refusal."""
    part = request.files.get(field)
    if part is None:
        return None
    incoming = cast("IncomingFile", part.stream)
    if not part.filename and incoming.size == 0:
        return None  # how a browser says that no file was chosen
    name = clean_name(part.filename)
    if not name:
        raise _refusal(Invalid, field, "no_name", _("The file arrived without a name. Choose it again."))
    if incoming.too_large or incoming.size > most_bytes:
        limit = most_bytes // MEGABYTE
        text = _("%(name)s is too large; a file may have at most %(limit)s MB.", name=name, limit=limit)
        raise _refusal(TooLarge, field, "too_large", text)
    if incoming.size == 0:
        raise _refusal(Invalid, field, "empty", _("%(name)s arrived empty. Choose it again.", name=name))
    incoming.seek(0)
    return ReceivedFile(name, incoming.read())


def _refusal(kind: type[Invalid], field: str, code: str, text: str) -> Invalid:
    return kind(text, [FieldProblem(field, code, text)], code=code)
