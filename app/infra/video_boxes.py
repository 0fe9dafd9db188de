"""MP4 and QuickTime files (ISO 14496-12): what is in them, and a copy that holds one picture track and nothing else.

The copy keeps every byte at its place, so no offset changes: boxes that are not on the list become `free` boxes of
zeros, texts and times in the boxes that stay are zeroed, the sound and all other tracks are zeroed, and in the coded
picture every unit that is not picture (SEI messages hold texts, times and places) becomes filler. Nothing is decoded.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import BinaryIO, Final

MAX_MOOV_BYTES: Final = 16 * 1024 * 1024
MAX_BOXES: Final = 4_000
MAX_SAMPLES: Final = 200_000
MAX_SAMPLE_BYTES: Final = 16 * 1024 * 1024
MAX_EDGE: Final = 4_096
_COPY_BYTES: Final = 256 * 1024
_EPOCH: Final = datetime(1904, 1, 1, tzinfo=UTC)
_CONTAINERS: Final = frozenset({b"moov", b"trak", b"mdia", b"minf", b"dinf", b"stbl", b"edts"})
_KEPT: Final = frozenset(
    {b"mvhd", b"tkhd", b"elst", b"mdhd", b"hdlr", b"vmhd", b"dref", b"stsd", b"stts", b"ctts", b"cslg", b"stss",
     b"stsc", b"stsz", b"stco", b"co64"}
)  # fmt: skip
_CODECS: Final = {b"avc1": "H.264", b"avc3": "H.264", b"hvc1": "HEVC", b"hev1": "HEVC"}
_ENTRY_KEPT: Final = frozenset({b"avcC", b"hvcC", b"pasp", b"colr"})
_ENTRY_HEADER: Final = 86
"""Size of a VisualSampleEntry with its box header."""
# ITU-T H.264 table 7-1 and H.265 table 7-1: slices, parameter sets, delimiters, ends. SEI and the rest are not picture.
_AVC_PICTURE: Final = frozenset({1, 2, 3, 4, 5, 7, 8, 9, 10, 11})
_HEVC_PICTURE: Final = frozenset({*range(22), 32, 33, 34, 35, 36, 37})
_PLACES: Final = (b"\xa9xyz", b"location.ISO6709", b"loci")


class BadVideo(ValueError):
    """The file cannot be taken; the first argument is a stable code, the second a sentence."""


@dataclass(slots=True)
class Track:
    """The picture track: its codec, size, how many bytes tell the length of a unit, and where its samples lie."""

    codec: str = ""
    width: int = 0
    height: int = 0
    turned: bool = False
    length_bytes: int = 4
    timescale: int = 0
    ticks: int = 0
    samples: list[tuple[int, int]] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Duration."""
        return self.ticks / self.timescale if self.timescale else 0.0


@dataclass(slots=True)
class Movie:
    """What a file holds. `moov` is the cleaned description, at its place `moov_at`; `boxes` are those of the file."""

    boxes: list[tuple[bytes, int, int, int]]
    moov_at: int
    moov: bytearray
    track: Track
    created_at: datetime | None
    has_place: bool


def read_movie(file: BinaryIO, size: int) -> Movie:
    """Read the description of a video of `size` bytes. Raises BadVideo; reads no picture data."""
    boxes = list(_top_boxes(file, size))
    if any(name == b"moof" for name, *_ in boxes):
        raise BadVideo(
            "fragmented", "This video was recorded in pieces, which we cannot read. Record it with the camera."
        )
    found = [(at, length) for name, at, _, length in boxes if name == b"moov"]
    if len(found) != 1 or not any(name == b"mdat" for name, *_ in boxes):
        raise _damaged()
    at, length = found[0]
    if length > MAX_MOOV_BYTES:
        raise BadVideo("too_complex", "This video has an index that is far too large. Record a shorter one.")
    file.seek(at)
    moov = bytearray(file.read(length))
    has_place = any(mark in moov for mark in _PLACES)
    cleaner = _Cleaner(moov)
    try:
        track = cleaner.clean()
    except (struct.error, IndexError) as error:
        raise _damaged() from error
    spaces = [(start + header, start + length) for name, start, header, length in boxes if name == b"mdat"]
    _require_inside(track.samples, spaces)
    return Movie(boxes, at, moov, track, cleaner.created_at, has_place)


def write_clean(source: BinaryIO, movie: Movie, target: BinaryIO) -> None:
    """Write the copy that holds nothing but the picture track. Raises BadVideo for picture data without sense."""
    samples = iter(sorted(movie.track.samples))
    upcoming = next(samples, None)
    for name, at, header, length in movie.boxes:
        if name == b"ftyp":
            brands = b"isom" * ((length - header - 8) // 4)
            target.write(struct.pack(">I", length) + b"ftypmp42" + b"\0\0\0\0" + brands)
            target.write(bytes(length - 16 - len(brands)))
        elif at == movie.moov_at:
            target.write(movie.moov)
        elif name == b"mdat":
            source.seek(at)
            target.write(source.read(header))
            done = at + header
            while upcoming is not None and upcoming[0] < at + length:
                start, size = upcoming
                _zeros(target, start - done)
                source.seek(start)
                target.write(_clean_sample(source.read(size), movie.track))
                done, upcoming = start + size, next(samples, None)
            _zeros(target, at + length - done)
        else:
            target.write(
                struct.pack(">I4sQ", 1, b"free", length) if header == 16 else struct.pack(">I4s", length, b"free")
            )
            _zeros(target, length - header)


def _zeros(target: BinaryIO, count: int) -> None:
    for start in range(0, count, _COPY_BYTES):
        target.write(bytes(min(_COPY_BYTES, count - start)))


def _top_boxes(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int, int, int]]:
    """Name, place, length of the header and length of each box of the file; they must fill it exactly."""
    at = 0
    for _ in range(MAX_BOXES):
        if at == size:
            return
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            raise _damaged()
        length, name, header = int.from_bytes(head[:4], "big"), head[4:8], 8
        if length == 1 and len(head) == 16:
            length, header = int.from_bytes(head[8:], "big"), 16
        if length < header or at + length > size or (at == 0) != (name == b"ftyp") or (name == b"ftyp" and length < 16):
            raise _damaged()
        yield name, at, header, length
        at += length
    raise BadVideo("too_complex", "This video consists of too many parts. Record a shorter one.")


def _require_inside(samples: list[tuple[int, int]], spaces: list[tuple[int, int]]) -> None:
    """Every sample lies in picture data, and none on another: else the copy would grow or mix things up."""
    behind = 0
    for start, size in sorted(samples):
        inside = any(low <= start and start + size <= high for low, high in spaces)
        if size > MAX_SAMPLE_BYTES or not inside or start < behind:
            raise _damaged()
        behind = start + size


class _Cleaner:
    """Cleans the description in place and gathers what it says of the picture track."""

    def __init__(self, moov: bytearray) -> None:
        self.data = moov
        self.created_at: datetime | None = None
        self.track: Track | None = None
        self.count = 0
        self._tables: dict[bytes, tuple[int, int]] = {}

    def clean(self) -> Track:
        for name, at, end in self._children(8, len(self.data)):
            if name == b"mvhd":
                self.created_at = self._times(at)
            elif name != b"trak" or not self._is_picture(at, end):
                self._free(at, end)
            else:
                self.track = Track()
                self._walk(at + 8, end, self.track)
        if self.track is None:
            raise BadVideo("no_picture", "There is no H.264 or HEVC picture in this video. Record it with the camera.")
        self._gather(self.track)
        return self.track

    def _children(self, at: int, end: int) -> list[tuple[bytes, int, int]]:
        found = []
        while at < end:
            length, name = struct.unpack_from(">I4s", self.data, at)
            self.count += 1
            if length < 8 or at + length > end:
                raise _damaged()
            if self.count > MAX_BOXES:
                raise BadVideo("too_complex", "This video consists of too many parts. Record a shorter one.")
            found.append((bytes(name), at, at + length))
            at += length
        return found

    def _is_picture(self, at: int, end: int) -> bool:
        """Whether this is the first track of pictures."""
        if self.track is not None:
            return False
        for name, start, stop in self._children(at + 8, end):
            if name == b"mdia":
                for inner, place, _ in self._children(start + 8, stop):
                    if inner == b"hdlr":
                        return bytes(self.data[place + 16 : place + 20]) == b"vide"
        return False

    def _free(self, at: int, end: int) -> None:
        self.data[at + 4 : end] = b"free" + bytes(end - at - 8)

    def _walk(self, at: int, end: int, track: Track) -> None:
        for name, start, stop in self._children(at, end):
            if name in _CONTAINERS:
                self._walk(start + 8, stop, track)
            elif name not in _KEPT:
                self._free(start, stop)
            elif name == b"tkhd":
                self._times(start)
                matrix = start + (60 if self.data[start + 8] == 1 else 48)
                track.turned = struct.unpack_from(">i", self.data, matrix)[0] == 0
            elif name == b"mdhd":
                self._times(start)
                track.timescale = struct.unpack_from(
                    ">I", self.data, start + (28 if self.data[start + 8] == 1 else 20)
                )[0]
            elif name == b"hdlr":
                self.data[start + 12 : start + 16] = bytes(4)
                self.data[start + 20 : stop] = bytes(stop - start - 20)
            elif name == b"dref":
                self._references(start, stop)
            elif name == b"stsd":
                self._entries(start, stop, track)
            elif name in (b"stts", b"stsc", b"stsz", b"stco", b"co64"):
                self._tables[name] = (start, stop)

    def _times(self, at: int) -> datetime | None:
        """Zero the times of creation and change of a header; the first one as an instant, when it is plausible."""
        wide = self.data[at + 8] == 1
        seconds = struct.unpack_from(">Q" if wide else ">I", self.data, at + 12)[0]
        self.data[at + 12 : at + (28 if wide else 20)] = bytes(16 if wide else 8)
        # A camera that does not know the time writes 0, or counts from 1970.
        return _EPOCH + timedelta(seconds=seconds) if 3_155_673_600 < seconds < 6_000_000_000 else None

    def _references(self, at: int, end: int) -> None:
        """The picture must lie in this file: a reference elsewhere would have players open something."""
        for _, start, stop in self._children(at + 16, end):
            if not self.data[start + 11] & 1:
                raise _damaged()
            self.data[start + 12 : stop] = bytes(stop - start - 12)

    def _entries(self, at: int, end: int, track: Track) -> None:
        for name, start, stop in self._children(at + 16, end):
            if name not in _CODECS:
                word = name.decode("ascii", "replace") if name.isalnum() else "an unknown codec"
                raise BadVideo(
                    "codec",
                    f"This video is coded as {word}; videos must be H.264 or HEVC. Set the camera to one of them.",
                )
            track.codec = _CODECS[name]
            track.width, track.height = struct.unpack_from(">HH", self.data, start + 32)
            if not (0 < track.width <= MAX_EDGE and 0 < track.height <= MAX_EDGE):
                raise BadVideo(
                    "too_many_pixels",
                    f"This video is {track.width} x {track.height} pixels; no side may be longer than {MAX_EDGE}. "
                    "Record it in Full HD.",
                )
            self.data[start + 8 : start + 14] = bytes(6)
            self.data[start + 16 : start + 32] = bytes(16)
            self.data[start + 50 : start + 82] = bytes(32)  # the name of the coder, as text
            for inner, place, behind in self._children(start + _ENTRY_HEADER, stop):
                is_numbers = inner != b"colr" or bytes(self.data[place + 8 : place + 12]) in (b"nclx", b"nclc")
                if inner not in _ENTRY_KEPT or not is_numbers:
                    self._free(place, behind)
                elif inner == b"avcC":
                    track.length_bytes = (self.data[place + 12] & 3) + 1
                elif inner == b"hvcC":
                    track.length_bytes = (self.data[place + 29] & 3) + 1
                    self._clean_hvcc(place + 30, behind)

    def _clean_hvcc(self, at: int, end: int) -> None:
        """Parameter sets stay; an SEI among them (x265 writes its version there) becomes an SEI of filler."""
        arrays, at = self.data[at], at + 1
        for _ in range(arrays):
            kind, count = self.data[at] & 0x3F, struct.unpack_from(">H", self.data, at + 1)[0]
            at += 3
            for _ in range(count):
                size = struct.unpack_from(">H", self.data, at)[0]
                at += 2
                if at + size > end:
                    raise _damaged()
                if kind not in _HEVC_PICTURE:
                    self.data[at + 2 : at + size] = _filler_message(size - 2)
                at += size

    def _table(self, name: bytes, shape: str, skip: int = 0) -> Iterator[tuple[int, ...]]:
        at, end = self._tables.get(name, (0, 0))
        if not end:
            raise _damaged()
        count = struct.unpack_from(">I", self.data, at + 12 + skip)[0]
        first, width = at + 16 + skip, struct.calcsize(shape)
        if count > MAX_SAMPLES or first + count * width > end:
            raise _damaged()
        return struct.iter_unpack(shape, bytes(self.data[first : first + count * width]))

    def _gather(self, track: Track) -> None:
        """Duration and place of every sample (ISO 14496-12, 8.6.1.2 and 8.7)."""
        if not track.codec:
            raise _damaged()
        track.ticks = sum(count * ticks for count, ticks in self._table(b"stts", ">II"))
        at = self._tables.get(b"stsz", (0, 0))[0]
        same, count = struct.unpack_from(">II", self.data, at + 12) if at else (0, 0)
        if not 0 < count <= MAX_SAMPLES:
            raise _damaged()
        sizes = [same] * count if same else [size for (size,) in self._table(b"stsz", ">I", skip=4)]
        wide = b"co64" in self._tables
        chunks = [start for (start,) in self._table(b"co64" if wide else b"stco", ">Q" if wide else ">I")]
        runs = list(self._table(b"stsc", ">III"))
        if [first for first, *_ in runs] != sorted({first for first, *_ in runs}) or (runs and runs[0][0] != 1):
            raise _damaged()
        index, position = 0, 0
        for number, start in enumerate(chunks, start=1):
            while index + 1 < len(runs) and runs[index + 1][0] <= number:
                index += 1
            for size in sizes[position : position + (runs[index][1] if runs else 0)]:
                track.samples.append((start, size))
                start += size
                position += 1
        if len(track.samples) != count:
            raise _damaged()


def _clean_sample(sample: bytes, track: Track) -> bytes:
    """One coded picture, with filler in place of every unit that is not picture."""
    clean, at, width = bytearray(sample), 0, track.length_bytes
    is_avc = track.codec == "H.264"
    while at < len(clean):
        size, at = int.from_bytes(clean[at : at + width], "big"), at + width
        if at + size > len(clean):
            raise _damaged()
        if size:
            kind = clean[at] & 0x1F if is_avc else clean[at] >> 1 & 0x3F
            if kind not in (_AVC_PICTURE if is_avc else _HEVC_PICTURE):
                clean[at : at + size] = _filler_unit(size, is_avc=is_avc)
        at += size
    return bytes(clean)


def _filler_unit(size: int, *, is_avc: bool) -> bytes:
    """A unit of filler data (type 12 in H.264, 38 in HEVC), which every decoder skips."""
    head = b"\x0c" if is_avc else b"\x4c\x01"
    return (head + b"\xff" * (size - len(head) - 1) + b"\x80")[:size].ljust(size, b"\x80")


def _filler_message(size: int) -> bytes:
    """The payload of an SEI unit that is nothing but filler (payload type 3)."""
    for count in range(max(0, size - 3), -1, -1):
        body = b"\x03" + b"\xff" * (count // 255) + bytes([count % 255]) + b"\xff" * count + b"\x80"
        if len(body) <= size:
            return body.ljust(size, b"\0")
    return bytes(size)


def _damaged() -> BadVideo:
    return BadVideo(
        "damaged",
        "This video is damaged or cut short, so it cannot be read. "
        "Play it on the phone: if it looks right there, send it once more; if not, record a new one.",
    )
