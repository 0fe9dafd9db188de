"""Files that people send: streamed to a temporary file under a limit, known by their content, refused with a sentence.

A file that is too large is dropped while it arrives, but the request is read to its end: the text fields of the same
form may stand behind the file, and no refusal of a file may cost anybody what they typed.
"""

from __future__ import annotations

import os
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar, cast

from flask import Request, current_app, request
from flask_babel import format_decimal
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage, ImmutableMultiDict, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.utils import cached_property

from app.config import Settings
from app.domain.errors import FieldProblem, Invalid, TooLarge
from app.infra.images import (
    ACCEPTED,
    EXTENSIONS,
    HEAD_BYTES,
    Kind,
    VideoKind,
    describe,
    hides_archive,
    sniff_any,
    sniff_video,
)

V = TypeVar("V", bound=Callable[..., Any])
MEGABYTE = 1024 * 1024
TEXT_BYTES = 2 * MEGABYTE
"""What the fields of a form with files may come to, all together."""
MOST_FILES = 12
MOST_VIDEOS = 2
FIELD_BYTES = 96 * 1024  # more than the 64 KiB that the parser reads at once, or it would refuse any file
FIELDS = 250
NAME_LENGTH = 120
TAIL_BYTES = 65_536 + 22
_FILES = "__files__"


def request_limit(settings: Settings) -> int:
    """The most bytes that any request may have: a form with as many files of full size as one form may carry."""
    photos, videos = MOST_FILES * settings.max_photo_mb, MOST_VIDEOS * settings.max_video_mb
    return (photos + videos) * MEGABYTE + TEXT_BYTES


def takes_files(count: int = MOST_FILES) -> Callable[[V], V]:
    """Mark a view whose form may carry up to `count` files of full size; other views keep the small limit."""

    def mark(view: V) -> V:
        setattr(view, _FILES, count)
        return view

    return mark


class IncomingFile:
    """One file part on its way to the disk. Bytes beyond the limit are counted and thrown away.

    Whoever reads a file that did not arrive whole gets an error and never half a file.
    """

    def __init__(self, limit: int, video_limit: int = 0) -> None:
        self.limit = limit
        self.video_limit = video_limit
        self.is_video = False
        self.size = 0
        self.fault: OSError | None = None
        # Closed (and thereby deleted) by the request when it ends.
        self._file = tempfile.NamedTemporaryFile(prefix="vermilion-upload-")  # noqa: SIM115

    @property
    def path(self) -> Path:
        """Where the bytes are, all of them written. Raises OSError when the disk did not take them."""
        self._require_whole()
        self._file.flush()
        return Path(self._file.name)

    @property
    def too_large(self) -> bool:
        """True when more came than the limit allows."""
        return self.size > self.limit

    def write(self, data: bytes) -> int:
        """Take the next bytes, as long as they fit. A full disk is remembered, not raised: the form goes on."""
        if self.size == 0 and self.video_limit and sniff_video(data[:HEAD_BYTES]):
            self.limit, self.is_video = self.video_limit, True
        fitted = not self.too_large
        self.size += len(data)
        try:
            if fitted and self.too_large:
                self._file.truncate(0)
            elif fitted and self.fault is None:
                self._file.write(data)
        except OSError as error:
            self.fault = error
        return len(data)

    def read(self, size: int = -1) -> bytes:
        """Read; raises RequestEntityTooLarge or OSError for a file that did not arrive whole."""
        self._require_whole()
        return self._file.read(size)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a place in the file."""
        try:
            return self._file.seek(offset, whence)
        except OSError as error:  # what was still buffered did not fit on the disk
            self.fault = error
            return 0

    def tell(self) -> int:
        """The place in the file."""
        return self._file.tell()

    def close(self) -> None:
        """Delete the file."""
        try:
            self._file.close()
        except OSError as error:
            self.fault = error

    def _require_whole(self) -> None:
        if self.fault is not None:
            raise self.fault
        if self.too_large:
            raise RequestEntityTooLarge


class Values(ImmutableMultiDict[str, str]):
    """The fields of an address or a form, without null characters: no text has any, and PostgreSQL takes none."""

    def __init__(self, mapping: Any = None) -> None:
        pairs = mapping.items(multi=True) if isinstance(mapping, MultiDict) else mapping or ()
        pairs = pairs.items() if isinstance(pairs, dict) else pairs
        super().__init__([(_whole(name), _whole(value)) for name, value in pairs])


def _whole(value: Any) -> Any:
    return value.replace("\0", "") if isinstance(value, str) else value


class UploadRequest(Request):
    """A request whose file parts go to `IncomingFile`, with a limit that depends on the view."""

    @cached_property
    def args(self) -> Values:
        """The fields of the address."""
        return Values(super().args)

    @cached_property
    def form(self) -> Values:
        """The fields of the form."""
        return Values(super().form)

    def _load_form_data(self) -> None:
        """Parse the form. Where files are taken more bytes may come, but no more text than elsewhere."""
        view = current_app.view_functions.get(self.endpoint or "")
        count = int(getattr(view, _FILES, 0))
        if count:
            self.max_content_length = count * _file_limit() + min(count, MOST_VIDEOS) * _video_limit() + TEXT_BYTES
            self.max_form_memory_size = FIELD_BYTES
            self.max_form_parts = FIELDS
        super()._load_form_data()

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        incoming = IncomingFile(_file_limit(), _video_limit())
        self._incoming().append(incoming)
        return cast("IO[bytes]", incoming)

    def _incoming(self) -> list[IncomingFile]:
        return cast("list[IncomingFile]", self.__dict__.setdefault("incoming_files", []))

    def close(self) -> None:
        """Delete every file that came, also those of a form that was refused half-way."""
        super().close()
        for incoming in self._incoming():
            incoming.close()


def _file_limit() -> int:
    settings: Settings = current_app.extensions["vermilion"].settings
    return settings.max_photo_mb * MEGABYTE


def _video_limit() -> int:
    settings: Settings = current_app.extensions["vermilion"].settings
    return settings.max_video_mb * MEGABYTE


@dataclass(frozen=True, slots=True)
class ReceivedPhoto:
    """A photo (or short video) that arrived whole, in a temporary file that lives as long as the request."""

    path: Path
    name: str
    size: int
    kind: Kind | VideoKind

    @property
    def extension(self) -> str:
        """The extension by content; what the sender's file was called does not matter."""
        return EXTENSIONS[self.kind]


def photo_in(field: str) -> ReceivedPhoto | None:
    """The photo of a field, or None when none was chosen. Raises Invalid (TooLarge) with a sentence for a refusal."""
    if field in request.form:
        raise _no_name(field)
    part = request.files.get(field)
    return None if part is None else _receive(field, part)


def photos_in(prefix: str) -> Iterator[tuple[str, ReceivedPhoto | Invalid]]:
    """Every file of the fields that begin with `prefix`: the name of its field, and the photo or its refusal."""
    for field in request.form:
        if field.startswith(prefix):
            yield field, _no_name(field)
    for field in request.files:
        for part in request.files.getlist(field) if field.startswith(prefix) else ():
            try:
                photo = _receive(field, part)
            except Invalid as refusal:
                yield field, refusal
            else:
                if photo is not None:
                    yield field, photo


def clean_name(sent: str | None) -> str:
    """The last part of a file name as it can be shown and stored; empty when nothing usable is left."""
    name = unicodedata.normalize("NFC", (sent or "").replace("\\", "/").rpartition("/")[2])
    # Category C: control and format characters, lone surrogates, unassigned ones. They reorder or break what is shown.
    name = "".join(c if not unicodedata.category(c).startswith("C") else " " for c in name)
    name = " ".join(name.split()).strip(". ")
    if len(name) <= NAME_LENGTH:
        return name
    stem, dot, extension = name.rpartition(".")
    kept = extension[:10]
    return f"{stem[: NAME_LENGTH - 11]}{dot}{kept}" if stem else name[:NAME_LENGTH]


def _receive(field: str, part: FileStorage) -> ReceivedPhoto | None:
    incoming = cast("IncomingFile", part.stream)
    if not part.filename and incoming.size == 0:
        return None  # how a browser says that no file was chosen
    name = clean_name(part.filename)
    if not name:
        raise _no_name(field)
    if incoming.too_large:
        raise _refusal(TooLarge, field, "too_large", _too_large(name, incoming))
    if incoming.size == 0:
        text = _("%(name)s arrived empty. Choose it again, or take a new photo.", name=name)
        raise _refusal(Invalid, field, "empty", text)
    kind, words = _look_at(incoming.path)
    if kind is None:
        text = _("%(name)s is not taken: this is %(words)s.", name=name, words=words)
        hint = _("Photos are %(kinds)s files. Take a new photo, or save this one as JPEG.", kinds=ACCEPTED)
        raise _refusal(Invalid, field, "not_a_photo", f"{text} {hint}")
    return ReceivedPhoto(incoming.path, name, incoming.size, kind)


def _look_at(path: Path) -> tuple[Kind | VideoKind | None, str]:
    """The kind by content, or None and words for what it seems to be."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
        tail = file.read()
    kind = sniff_any(head)
    if kind is not None and hides_archive(tail):
        return None, _("a photo with an archive hidden in it")
    return kind, "" if kind is not None else describe(head)


def _too_large(name: str, incoming: IncomingFile) -> str:
    # Rounded up: a photo of 25.04 MB must not be told that it has 25.0 and may have 25.
    tenths = -(-incoming.size * 10 // MEGABYTE)
    if incoming.is_video:
        return _(
            "%(name)s has %(size)s MB; a video may have at most %(limit)s MB. "
            "Record a shorter one, or choose a lower resolution in the camera.",
            name=name,
            size=format_decimal(tenths / 10),
            limit=incoming.limit // MEGABYTE,
        )
    return _(
        "%(name)s has %(size)s MB; a photo may have at most %(limit)s MB. "
        "Choose a smaller version of it, or take the photo again with a lower resolution.",
        name=name,
        size=format_decimal(tenths / 10),
        limit=incoming.limit // MEGABYTE,
    )


def _no_name(field: str) -> Invalid:
    text = _("A photo arrived without a file name, so it was not taken. Choose the photo again.")
    return _refusal(Invalid, field, "no_name", text)


def _refusal(kind: type[Invalid], field: str, code: str, text: str) -> Invalid:
    return kind(text, [FieldProblem(field, code, text)], code=code)
