"""Videos: what is taken, what is refused in words, and that nothing but pictures is left of them."""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app.infra import video as videos
from app.infra.images import ImageRefused, Limits, is_video_key, sniff, sniff_video
from app.infra.video import VideoResult, process_video, video_in_worker
from app.infra.video_boxes import BadVideo, read_movie, write_clean
from tests.infra import video_corpus as corpus
from tests.infra.video_corpus import SECRETS, box, ftyp, video

Run = Callable[..., VideoResult]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run(data)` -> the result for a video with these bytes, on a system without ffmpeg."""
    monkeypatch.setattr(videos.shutil, "which", lambda _name: None)

    def process(data: bytes, limits: Limits | None = None) -> VideoResult:
        path, out = tmp_path / "upload", tmp_path / "out"
        path.write_bytes(data)
        out.mkdir(exist_ok=True)
        return process_video(path, out, limits or Limits())

    return process


def cleaned(data: bytes) -> bytes:
    target = io.BytesIO()
    write_clean(io.BytesIO(data), read_movie(io.BytesIO(data), len(data)), target)
    return target.getvalue()


VARIANTS = {
    "mp4": video(),
    "mov": video(brand=b"qt  ", moov_first=False),
    "hevc": video(codec=b"hvc1"),
    "large-box": video(extra=struct.pack(">I4sQ", 1, b"wide", 16 + 12) + b"secret title"),
}


@pytest.mark.parametrize("data", VARIANTS.values(), ids=VARIANTS)
def test_nothing_but_pictures_is_left(data: bytes) -> None:
    clean = cleaned(data)
    assert all(secret in data for secret in SECRETS)
    assert [secret for secret in SECRETS if secret in clean] == []
    assert struct.pack(">I", corpus.CREATED) not in clean
    assert len(clean) == len(data)
    for name in (b"udta", b"meta", b"uuid", b"\xa9xyz", b"mp4a", b"soun", b"prof", b"sgpd", b"secret"):
        assert name not in clean


@pytest.mark.parametrize("hevc", [False, True])
def test_the_pictures_are_left_as_they_were(hevc: bool) -> None:
    data = video(codec=b"hvc1" if hevc else b"avc1")
    clean = cleaned(data)
    for index in range(6):
        picture = corpus.unit(19 if hevc else 5, bytes([index + 1]) * 40, hevc=hevc)
        assert data.index(picture) == clean.index(picture)


@pytest.mark.parametrize("data", VARIANTS.values(), ids=VARIANTS)
def test_a_cleaned_video_is_clean_and_cleaning_it_again_changes_nothing(data: bytes) -> None:
    clean = cleaned(data)
    assert cleaned(clean) == clean
    assert sniff_video(clean) == "mp4"


def test_facts(run: Run) -> None:
    result = run(video(width=1920, height=1080, frames=12, ticks=500, turn=True))
    assert (result.codec, result.width, result.height, result.seconds) == ("H.264", 1080, 1920, 6.0)
    assert result.taken_at == datetime(2026, 11, 20, 6, 13, 20, tzinfo=UTC)
    assert result.has_gps
    assert run(video(codec=b"hev1")).codec == "HEVC"


def test_a_poster_is_drawn_where_the_system_can_take_none(run: Run) -> None:
    result = run(video())
    assert result.is_drawn
    names = [(one.name, one.mime) for one in result.renditions]
    assert names[0] == ("video", "video/mp4")
    assert {name for name, _ in names} == {"video", "large", "medium", "small"}
    with Image.open(next(one.path for one in result.renditions if one.name == "medium")) as poster:
        assert poster.size == (1008, 567)


def test_a_poster_is_taken_where_the_system_has_ffmpeg(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program gets the cleaned copy, and a frame of its own is what the poster shows."""
    frame = tmp_path / "frame.jpg"
    Image.new("RGB", (1280, 720), (200, 40, 60)).save(frame, "JPEG")
    program = tmp_path / "ffmpeg"
    program.write_text(f'#!/bin/sh\nfor last; do :; done\ncp {frame} "$last"\n')
    program.chmod(0o700)
    monkeypatch.setattr(videos.shutil, "which", lambda _name: str(program))
    result = run(video())
    assert not result.is_drawn
    with Image.open(next(one.path for one in result.renditions if one.name == "large")) as poster:
        assert poster.size == (1280, 720)


def test_a_poster_is_drawn_when_ffmpeg_fails(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o700)
    monkeypatch.setattr(videos.shutil, "which", lambda _name: str(program))
    assert run(video()).is_drawn


def test_a_video_goes_through_the_worker(tmp_path: Path) -> None:
    path, out = tmp_path / "upload", tmp_path / "out"
    path.write_bytes(video())
    out.mkdir()
    result = video_in_worker(path, out)
    assert sorted(one.path.name for one in result.renditions) == sorted(set(os.listdir(out)) - {"poster.jpg"})
    path.write_bytes(video(codec=b"mp4v"))
    with pytest.raises(ImageRefused) as caught:
        video_in_worker(path, out)
    assert caught.value.code == "codec"
    assert os.listdir(out) == []


@pytest.mark.parametrize(
    ("data", "limits", "code", "words"),
    [
        (video(frames=10, ticks=20_000), Limits(), "too_long", ("200 seconds", "180 seconds")),
        (video(), Limits(max_video_bytes=1000), "too_many_bytes", ("limit is 0.000953674 MB",)),
        (video(codec=b"mp4v"), Limits(), "codec", ("mp4v", "H.264 or HEVC")),
        (video(width=7680, height=4320), Limits(), "too_many_pixels", ("7680 x 4320", "4096")),
        (video(extra=box(b"moof", b"")), Limits(), "fragmented", ("in pieces",)),
        (ftyp() + box(b"mdat", b"x"), Limits(), "damaged", ("damaged or cut short",)),
        (ftyp(), Limits(), "damaged", ()),
        (video()[:-30], Limits(), "damaged", ()),
        (video(moov_first=False)[:-200], Limits(), "damaged", ()),
        (video(extra=box(b"free", b"") * 5000), Limits(), "too_complex", ("too many parts",)),
        (ftyp() + box(b"moov", bytes(17 * 2**20)) + box(b"mdat", b""), Limits(), "too_complex", ("far too large",)),
    ],
)  # fmt: skip
def test_refusals_name_what_is_wrong(run: Run, data: bytes, limits: Limits, code: str, words: tuple[str, ...]) -> None:
    with pytest.raises(ImageRefused) as caught:
        run(data, limits)
    assert caught.value.code == code
    assert all(word in caught.value.sentence for word in words)


def changed(data: bytes, name: bytes, offset: int, value: bytes) -> bytes:
    """`data` with other bytes at an offset behind the last box of this name."""
    at = data.rindex(name) + offset
    return data[:at] + value + data[at + len(value) :]


@pytest.mark.parametrize(
    "data",
    [
        changed(video(), b"stco", 12, b"\xff\xff\xff\xf0"),  # a sample behind the end
        changed(video(), b"stco", 12, b"\0\0\0\x10"),  # a sample in the header
        changed(video(), b"stsz", 12, b"\xff\xff\xff\xff"),  # four thousand million samples
        changed(video(), b"stsz", 8, b"\x7f\xff\xff\xff"),  # two gigabytes each
        changed(video(), b"stts", 8, b"\xff\xff\xff\xff"),
        changed(video(), b"stsc", 12, b"\0\0\0\x05"),  # runs that do not begin
        changed(video(), b"url ", 4, b"\0\0\0\0"),  # the picture is somewhere else
        changed(video(), b"stsd", 12, b"\0\0\xff\xff"),
        changed(video(), b"hdlr", -4, b"\0\0\0\x07"),  # a box shorter than its header
        changed(video(), b"minf", -4, b"\x7f\xff\xff\xff"),
    ],
)  # fmt: skip
def test_an_index_that_lies_is_refused(data: bytes) -> None:
    with pytest.raises(BadVideo):
        cleaned(data)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(24, 1900), st.integers(0, 255)), min_size=1, max_size=12), st.booleans())
def test_any_damage_ends_in_a_copy_of_the_same_size_or_a_refusal(places: list[tuple[int, int]], hevc: bool) -> None:
    data = bytearray(video(codec=b"hvc1" if hevc else b"avc1"))
    for at, value in places:
        data[at % len(data)] = value
    try:
        assert len(cleaned(bytes(data))) == len(data)
    except BadVideo as refusal:
        assert refusal.args[1].endswith(".")


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (ftyp(b"mp42"), "mp4"),
        (ftyp(b"isom"), "mp4"),
        (ftyp(b"qt  "), "mov"),
        (ftyp(b"heic"), None),
        (ftyp(b"M4A "), None),
        (ftyp(b"isom") + b"<html>", None),
        (b"\x1a\x45\xdf\xa3webm", None),
        (b"RIFF\0\0\0\0AVI ", None),
        (b"", None),
    ],
)
def test_the_kind_of_a_video_by_its_head(head: bytes, kind: str | None) -> None:
    assert sniff_video(head) == kind
    assert kind is None or sniff(head) is None


def test_originals_tell_what_they_are_by_their_extension() -> None:
    assert is_video_key("original/ab/abc.mov")
    assert not is_video_key("original/ab/abc.heic")
