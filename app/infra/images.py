"""What the rest of the house knows about photos: kinds, limits, refusals, and one call that does the work.

Nothing here imports a codec. Decoding pictures made by strangers is the largest memory and crash surface that
the house has, so it happens in a process of its own (`app.infra.image_worker`), which may be killed without harm.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, get_args

Kind = Literal["jpeg", "png", "webp", "heic", "avif"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
EXTENSIONS: Final[dict[str, str]] = {
    "mp4": "mp4",
    "mov": "mov",
    "jpeg": "jpg",
    "png": "png",
    "webp": "webp",
    "heic": "heic",
    "avif": "avif",
}
VideoKind = Literal["mp4", "mov"]
VIDEO_KINDS: Final[tuple[VideoKind, ...]] = get_args(VideoKind)
VIDEO_ACCEPTED: Final = "MP4 or MOV (H.264 or HEVC)"
EXTENSION_OF: Final[dict[str, str]] = {
    "image/avif": "avif",
    "image/webp": "webp",
    "image/jpeg": "jpg",
    "video/mp4": "mp4",
}
"""The extensions of what is made for serving."""
ACCEPTED: Final = "JPEG, PNG, WebP, HEIC or AVIF"
HEAD_BYTES: Final = 4096
"""How much of a file `sniff` wants to see."""

_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_MP4_BRANDS: Final = frozenset(
    {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", b"3gp4", b"3gp5"}
)
_AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})
# Readers of these look for their mark anywhere near the beginning, so a picture that carries one is two files in one.
_FOREIGN_MARKS: Final = re.compile(rb"<(?:!doctype|html|head|body|script|svg|iframe|\?php)|%pdf-", re.IGNORECASE)
_FOREIGN_MARK_BYTES: Final = 1024
_ZIP_END: Final = b"PK\x05\x06"
_ZIP_END_BYTES: Final = 22


class ImageRefused(Exception):
    """A file that is not taken as a photo, with a sentence for the person who sent it.

    `code` is stable; `sentence` names the limit and what to do; `transient` says that the same file may well pass
    when it is tried again (the worker was killed from outside), so a job should retry before it tells anybody.
    """

    def __init__(self, code: str, sentence: str, *, transient: bool = False) -> None:
        super().__init__(code, sentence)
        self.code = code
        self.sentence = sentence
        self.transient = transient

    def __str__(self) -> str:
        return f"{self.code}: {self.sentence}"


class ImageWorkerError(RuntimeError):
    """The worker could not do its work for a reason that is ours (disk full, missing file): worth a retry."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one photo may cost.

    `max_megapixels` is compared with the rounded count, so that a "50-megapixel" camera (8160 x 6144 = 50.13)
    passes a limit of 50. Memory is address space of the worker process; CPU is in seconds of that process.
    """

    max_bytes: int = 30 * 1024 * 1024
    max_megapixels: int = 50
    max_edge: int = 16_384
    max_memory_bytes: int = 1024 * 1024 * 1024
    max_cpu_seconds: int = 20
    max_video_bytes: int = 100 * 1024 * 1024
    max_video_seconds: int = 180


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Two 64-bit perceptual hashes of a picture, each as 16 hexadecimal digits."""

    dhash: str
    ahash: str


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """What is known of a photo.

    `width` and `height` are those of the original with its orientation applied. `taken_at` is the capture time in
    UTC; cameras often write local time without a zone, and then `taken_at_has_zone` is False and the time is off by
    the unknown zone. `sharpness` is the variance of the Laplacian of the luminance at 504 px (higher is sharper);
    `exposure` is the mean luminance, `shadows` and `highlights` the shares of nearly black and nearly white pixels,
    `vivid` the share of pixels that are hardly anything but color: all four from 0 to 1. `noise` is the standard
    deviation of the grain in gray levels (Immerkaer 1996) in the middle of the picture at 2016 px. `tint` is the mean
    color as #rrggbb, `software` what EXIF names as the last program, `codes` the texts of QR codes in the picture.
    """

    kind: Kind
    width: int
    height: int
    taken_at: datetime | None
    taken_at_has_zone: bool
    has_gps: bool
    sharpness: float
    exposure: float
    shadows: float
    highlights: float
    fingerprint: Fingerprint
    mirrored_fingerprint: Fingerprint
    vivid: float = 0.0
    noise: float = 0.0
    tint: str = ""
    software: str = ""
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rendition:
    """One file made for serving: sRGB, upright, without any metadata. A size comes in several types."""

    name: Literal["full", "large", "medium", "small", "video"]
    mime: Literal["image/avif", "image/webp", "image/jpeg", "video/mp4"]
    width: int
    height: int
    size: int
    path: Path


@dataclass(frozen=True, slots=True)
class PhotoResult:
    """Facts and renditions of one accepted photo."""

    facts: PhotoFacts
    renditions: tuple[Rendition, ...]


def sniff(head: bytes) -> Kind | None:
    """The kind of photo that begins with `head` (its first `HEAD_BYTES` bytes), or None for everything else.

    Decides by content alone. A picture that is at the same time a web page, a script or a PDF is refused too.
    """
    if _FOREIGN_MARKS.search(head[:_FOREIGN_MARK_BYTES]):
        return None
    if head.startswith(b"\xff\xd8\xff"):
        # FF E0 followed by "/*" is a segment length that makes the file a valid script as well.
        return None if head[4:6] == b"/*" else "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR":
        return "png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp":
        return _sniff_brands(head)
    return None


def _sniff_brands(head: bytes) -> Kind | None:
    """HEIC and AVIF share a container (ISO 14496-12); the brands in the first box tell them apart."""
    box = int.from_bytes(head[:4], "big")
    if not 16 <= box <= len(head) or box % 4:
        return None
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, box, 4))}
    if brands & _AVIF_BRANDS:
        return "avif"
    # A video (mp42, isom, qt) may list mif1 among its brands; what it calls itself first decides.
    return "heic" if head[8:12] in _HEIC_BRANDS else None


def sniff_video(head: bytes) -> VideoKind | None:
    """The kind of video that begins with `head`, by what it calls itself first, or None for everything else."""
    if head[4:8] != b"ftyp" or _FOREIGN_MARKS.search(head[:_FOREIGN_MARK_BYTES]):
        return None
    brand = head[8:12]
    return "mov" if brand == b"qt  " else "mp4" if brand in _MP4_BRANDS else None


def sniff_any(head: bytes) -> Kind | VideoKind | None:
    """The kind of photo or video that begins with `head`, or None for everything else."""
    return sniff(head) or sniff_video(head)


def is_video_key(key: str) -> bool:
    """Whether a stored original is a video; its extension was chosen by its content."""
    return key.rpartition(".")[2] in VIDEO_KINDS


def hides_archive(tail: bytes) -> bool:
    """Whether a file that ends with `tail` (its last 64 KiB + 22 bytes) can also be opened as a ZIP archive."""
    at = tail.rfind(_ZIP_END)
    if at < 0 or at + _ZIP_END_BYTES > len(tail):
        return False
    comment = int.from_bytes(tail[at + 20 : at + 22], "little")
    return at + _ZIP_END_BYTES + comment == len(tail)


def describe(head: bytes) -> str:
    """What a refused file seems to be, as words for a sentence that begins with "This is"."""
    text = head[:_FOREIGN_MARK_BYTES].lstrip().lower()
    for mark, words in (
        (b"gif8", "a GIF picture"),
        (b"%pdf-", "a PDF document"),
        (b"bm", "a BMP picture"),
        (b"ii*\x00", "a TIFF or raw camera picture"),
        (b"mm\x00*", "a TIFF or raw camera picture"),
        (b"pk\x03\x04", "an archive or an office document"),
        (b"<svg", "an SVG drawing"),
    ):
        if text.startswith(mark):
            return words
    if text.startswith(b"<") and b"<svg" in text:
        return "an SVG drawing"
    if text.startswith(b"<"):
        return "a web page"
    return "a video that we cannot read" if head[4:8] == b"ftyp" else "not a photo that we can read"


def hash_distance(one: str, other: str) -> int:
    """How many of the 64 bits of two perceptual hashes differ; about 8 or fewer means the same picture."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def result_to_json(result: PhotoResult) -> dict[str, Any]:
    """`result` as plain data that `result_from_json` reads back."""
    data = asdict(result)
    taken_at = result.facts.taken_at
    data["facts"]["taken_at"] = taken_at.isoformat() if taken_at else None
    data["renditions"] = renditions_to_json(result.renditions)
    return data


def renditions_to_json(renditions: Iterable[Rendition]) -> list[dict[str, Any]]:
    """Renditions as plain data that `renditions_from_json` reads back."""
    return [{**asdict(one), "path": str(one.path)} for one in renditions]


def result_from_json(data: dict[str, Any]) -> PhotoResult:
    """The result that `result_to_json` wrote. Raises KeyError, TypeError or ValueError for anything else."""
    facts = dict(data["facts"])
    facts["taken_at"] = datetime.fromisoformat(facts["taken_at"]) if facts["taken_at"] else None
    facts["fingerprint"] = Fingerprint(**facts["fingerprint"])
    facts["mirrored_fingerprint"] = Fingerprint(**facts["mirrored_fingerprint"])
    facts["codes"] = tuple(str(text) for text in facts.get("codes", ()))
    return PhotoResult(PhotoFacts(**facts), renditions_from_json(data))


def renditions_from_json(data: dict[str, Any]) -> tuple[Rendition, ...]:
    """The renditions in an answer of the worker. Raises as `result_from_json`."""
    return tuple(Rendition(**{**one, "path": Path(one["path"])}) for one in data["renditions"])


def process_in_worker(path: Path, out_dir: Path, limits: Limits | None = None, timeout: float = 60.0) -> PhotoResult:
    """Read the photo at `path` in a process of its own and write its renditions into `out_dir`.

    `out_dir` is an existing folder of the caller, best a fresh temporary one; nothing is left in it after a refusal.
    `timeout` is wall-clock seconds. Raises ImageRefused when the file is not taken, ImageWorkerError when the fault
    is ours.
    """
    answer = ask_worker("photo", path, out_dir, limits, timeout)
    with sense_in():
        return result_from_json(answer)


def deepen_in_worker(
    path: Path, out_dir: Path, limits: Limits | None = None, timeout: float = 60.0
) -> tuple[Rendition, ...]:
    """What only reviewers need of the photo at `path`: AVIF, and all its pixels. Works as `process_in_worker`."""
    answer = ask_worker("deep", path, out_dir, limits, timeout)
    with sense_in():
        return renditions_from_json(answer)


def ask_worker(
    work: Literal["photo", "deep", "video"], path: Path, out_dir: Path, limits: Limits | None, timeout: float
) -> dict[str, Any]:
    """What the worker process answers when it is asked to do `work`. Raises as `process_in_worker`."""
    limits = limits or Limits()
    places = {"path": str(path.resolve()), "out_dir": str(out_dir.resolve())}  # the worker stands in another folder
    request = json.dumps({"work": work, **places, "limits": asdict(limits)})
    try:
        done = subprocess.run(
            _command(), input=request.encode(), capture_output=True, timeout=timeout, check=False,
            cwd=_ROOT, env=_environment(), start_new_session=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        _remove_partial(out_dir)
        raise _too_slow(timeout) from None
    if done.returncode == 0:
        return _answer(done.stdout, out_dir)
    _remove_partial(out_dir)
    if done.returncode == -signal.SIGXCPU:
        raise _too_slow(limits.max_cpu_seconds)
    if done.returncode < 0:
        raise ImageRefused(
            "worker_died",
            "Reading this photo was stopped because it took more memory than a photo may take. "
            "Take a new photo, or save a smaller copy of this one as JPEG, and send that.",
            transient=done.returncode in (-signal.SIGKILL, -signal.SIGTERM),
        )
    raise ImageWorkerError(done.stderr.decode(errors="replace")[-2000:])


_ROOT: Final = Path(__file__).resolve().parents[2]


def _command() -> list[str]:
    return [sys.executable, "-m", "app.infra.image_worker"]


def _environment() -> dict[str, str]:
    """The worker gets none of our settings: a codec with a hole must not find secrets in its environment."""
    passed = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
    # More malloc arenas would only spread the address space that the limit counts.
    return {**passed, "LANG": "C.UTF-8", "PYTHONUTF8": "1", "MALLOC_ARENA_MAX": "1"}


def _answer(stdout: bytes, out_dir: Path) -> dict[str, Any]:
    with sense_in():
        answer = json.loads(stdout)
        if "refused" in answer:
            _remove_partial(out_dir)
            raise ImageRefused(answer["refused"]["code"], answer["refused"]["sentence"])
        result: dict[str, Any] = answer["result"]
    return result


@contextmanager
def sense_in() -> Iterator[None]:
    """Reading the worker's answer: one that does not hold what it must is our fault."""
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ImageWorkerError(f"The image worker gave an answer that makes no sense: {error}") from error


def _too_slow(seconds: float) -> ImageRefused:
    return ImageRefused(
        "too_slow",
        f"Reading this photo took longer than the {seconds:g} seconds allowed. "
        "Save a smaller copy of it as JPEG and send that.",
    )


def _remove_partial(out_dir: Path) -> None:
    for name in ("full", "large", "medium", "small", "video", "poster"):
        for extension in ("avif", "webp", "jpg", "mp4"):
            (out_dir / f"{name}.{extension}").unlink(missing_ok=True)
