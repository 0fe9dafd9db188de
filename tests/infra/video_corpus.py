"""Videos made in code, box by box: no codec is needed, because nothing is ever decoded."""

from __future__ import annotations

import struct

SECRETS = (
    b"secret title",
    b"+45.5-122.6",
    b"secret sei",
    b"secret coder",
    b"secret sound",
    b"secret tail",
    b"secret iloc",
)
CREATED = 3_878_000_000
"""Seconds since 1904: 2026-11-20."""


def box(name: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), name) + body


def full(name: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(name, struct.pack(">I", version << 24 | flags), *parts)


def ftyp(brand: bytes = b"mp42", *others: bytes) -> bytes:
    return box(b"ftyp", brand, b"\0\0\2\0", *(others or (b"isom",)))


def unit(kind: int, body: bytes, *, hevc: bool = False) -> bytes:
    head = bytes([kind << 1, 1]) if hevc else bytes([0x60 | kind])
    return struct.pack(">I", len(head) + len(body)) + head + body


def sample(index: int, *, hevc: bool = False) -> bytes:
    """An SEI with a secret, then a slice."""
    sei, slice_ = (39, 19) if hevc else (6, 5)
    return unit(sei, b"\x05\x10secret sei", hevc=hevc) + unit(slice_, bytes([index % 250 + 1]) * 40, hevc=hevc)


def entry(codec: bytes, width: int, height: int) -> bytes:
    """A VisualSampleEntry with the name of its coder, a decoder configuration, an ICC profile and a strange box."""
    head = bytes(6) + struct.pack(">H", 1) + bytes(16) + struct.pack(">HHIII", width, height, 0x480000, 0x480000, 0)
    head += struct.pack(">H", 1) + b"\x0csecret coder".ljust(32, b"\0") + struct.pack(">Hh", 24, -1)
    if codec in (b"avc1", b"avc3"):
        config = box(b"avcC", b"\x01\x64\0\x1f\xff\xe1\0\x04\x67\x64\0\x1f\x01\0\x02\x68\xee")
    else:
        sets = b"\x20\0\1\0\4\x40\1\0\0" + b"\x27\0\1\0\x0f\x4e\1\x05\x0csecret sei."
        config = box(b"hvcC", b"\x01" + bytes(20) + b"\x03", b"\x02", sets)
    return box(codec, head, config, box(b"colr", b"prof", b"secret coder"), box(b"xxxx", b"secret title"))


def track(
    kind: bytes,
    stsd: bytes,
    sizes: list[int],
    offsets: list[int],
    *,
    ticks: int = 1000,
    per_chunk: int = 1,
    turn: bool = False,
) -> bytes:
    matrix = (
        (0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000) if turn else (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    )
    tkhd = (
        struct.pack(">5I", CREATED, CREATED, 1, 0, ticks * len(sizes))
        + bytes(16)
        + struct.pack(">9i", *matrix)
        + bytes(8)
    )
    stbl = box(
        b"stbl",
        full(b"stsd", struct.pack(">I", 1), stsd),
        full(b"stts", struct.pack(">III", 1, len(sizes), ticks)),
        full(b"stsc", struct.pack(">IIII", 1, 1, per_chunk, 1)),
        full(b"stsz", struct.pack(">II", 0, len(sizes)), *(struct.pack(">I", size) for size in sizes)),
        full(b"stco", struct.pack(">I", len(offsets)), *(struct.pack(">I", at) for at in offsets)),
        box(b"sgpd", b"secret title"),
    )
    minf = box(
        b"minf",
        full(b"vmhd", bytes(8), flags=1),
        box(b"dinf", full(b"dref", struct.pack(">I", 1), full(b"url ", b"", flags=1))),
        stbl,
    )
    mdia = box(
        b"mdia",
        full(b"mdhd", struct.pack(">4I", CREATED, CREATED, 1000, ticks * len(sizes)), b"\x55\xc4\0\0"),
        full(b"hdlr", b"mhlr", kind, bytes(12), b"secret title\0"),
        minf,
    )
    return box(b"trak", full(b"tkhd", tkhd, flags=7), mdia, box(b"udta", b"secret title"), box(b"meta", b"+45.5-122.6"))


def video(
    *,
    brand: bytes = b"mp42",
    codec: bytes = b"avc1",
    width: int = 1920,
    height: int = 1080,
    frames: int = 6,
    ticks: int = 1000,
    turn: bool = False,
    moov_first: bool = True,
    extra: bytes = b"",
) -> bytes:
    """A video of `frames` pictures of `ticks` milliseconds, with sound between them and secrets in every corner."""
    pictures = [sample(index, hevc=codec in (b"hvc1", b"hev1")) for index in range(frames)]
    sound = b"secret sound"
    head = ftyp(brand)

    def moov(start: int) -> bytes:
        offsets, at = [], start
        for picture in pictures:
            offsets.append(at)
            at += len(picture) + len(sound)
        times = struct.pack(">4I", CREATED, CREATED, 1000, ticks * frames)
        return box(
            b"moov",
            full(b"mvhd", times, struct.pack(">I", 0x10000), b"\1\0" + bytes(70), struct.pack(">I", 3)),
            track(
                b"soun",
                box(b"mp4a", bytes(28)),
                [len(sound)] * frames,
                [at + len(p) for at, p in zip(offsets, pictures, strict=True)],
            ),
            track(b"vide", entry(codec, width, height), [len(p) for p in pictures], offsets, ticks=ticks, turn=turn),
            box(b"udta", box(b"\xa9xyz", b"+45.5-122.6"), box(b"meta", b"secret title")),
        )

    data = b"".join(picture + sound for picture in pictures) + b"secret tail"
    before = head + box(b"free", b"secret iloc") + extra
    if moov_first:
        return before + moov(len(before) + len(moov(0)) + 8) + box(b"mdat", data) + box(b"uuid", b"secret title")
    return before + box(b"mdat", data) + moov(len(before) + 8) + box(b"meta", b"secret title")
