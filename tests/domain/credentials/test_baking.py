"""Credentials in pictures: what goes in comes out, another reader agrees, and nothing else comes out."""

from __future__ import annotations

import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openbadgeslib import baking as other

from app.domain.credentials.baking import (
    KEYWORD,
    MAX_CHUNKS,
    PNG_MARK,
    bake_png,
    bake_svg,
    unbake_png,
    unbake_svg,
)
from app.domain.credentials.screen import UnsafeDocument

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect width="1" height="1"/></svg>'
TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJhIjoxfQ.c2ln"


def chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


HEAD = PNG_MARK + chunk(b"IHDR", b"\0\0\0\1\0\0\0\1\x08\0\0\0\0")
TAIL = chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
PNG = HEAD + TAIL


def code(read: object, data: bytes) -> str:
    with pytest.raises(UnsafeDocument) as found:
        read(data)  # type: ignore[operator]
    return found.value.code


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1).filter(str.strip))
def test_what_is_baked_comes_out_again(text: str) -> None:
    assert unbake_png(bake_png(PNG, text.encode())) == text
    assert unbake_svg(bake_svg(SVG, text.encode())) == text.strip()


def test_an_independent_reader_finds_the_same() -> None:
    document = b'{"name":"]]> <b> &amp;"}'
    png = other.extract_png(bake_png(PNG, document), keyword=other.ITXT_KEYWORD_OB3)
    assert (png.encode() if isinstance(png, str) else png) == document
    found = other.bake_svg(SVG, TOKEN, element=other.SVG_ELEMENT_OB3, namespace=other.SVG_NS_OB3)
    assert unbake_svg(found) == TOKEN
    assert unbake_png(other.bake_png(PNG, TOKEN, keyword=other.ITXT_KEYWORD_OB3)) == TOKEN


def test_the_places_are_those_of_the_standard() -> None:
    png, svg = bake_png(PNG, b"{}"), bake_svg(SVG, b"{}")
    assert png.startswith(HEAD + b"\0\0\0\x1aiTXt" + KEYWORD + b"\0\0\0\0\0{}")
    assert b'xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0"' in svg
    assert b'viewBox="0 0 1 1"><openbadges:credential><![CDATA[{}]]></openbadges:credential><rect' in svg
    with pytest.raises(ValueError, match="not an SVG"):
        bake_svg(b"<html/>", b"{}")


def itxt(text: bytes, keyword: bytes = KEYWORD, flags: bytes = b"\0\0") -> bytes:
    return chunk(b"iTXt", keyword + b"\0" + flags + b"\0\0" + text)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (PNG, "none"),
        (HEAD + itxt(b"{}") * 2 + TAIL, "several"),
        (HEAD + itxt(b"{}") + chunk(b"tEXt", KEYWORD + b"\0{}") + TAIL, "several"),
        (HEAD + itxt(b"{}", b"openbadges") + TAIL, "old"),
        (HEAD + itxt(b"x" * 300_000) + TAIL, "size"),
        (HEAD + itxt(zlib.compress(b"x" * 50_000_000), flags=b"\1\0") + TAIL, "size"),
        (HEAD + itxt(zlib.compress(b"{}")[:-3], flags=b"\1\0") + TAIL, "picture"),
        (HEAD + itxt(b"no zlib", flags=b"\1\0") + TAIL, "picture"),
        (HEAD + chunk(b"iTXt", KEYWORD + b"\0\0") + TAIL, "picture"),
        (HEAD + itxt(b"\xff\xfe") + TAIL, "json"),
        (PNG[:-1], "picture"),
        (PNG + b"\0", "picture"),
        (PNG[:40] + b"\0" + PNG[41:], "picture"),
        (PNG_MARK, "picture"),
        (PNG_MARK + chunk(b"IDAT", b""), "picture"),
        (b"GIF89a", "picture"),
        (HEAD + chunk(b"abCd", b"") * (MAX_CHUNKS + 1) + TAIL, "picture"),
        (HEAD + b"\xff\xff\xff\xffiTXt", "picture"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_pngs_that_are_refused(data: bytes, expected: str) -> None:
    started = time.thread_time()
    assert code(unbake_png, data) == expected
    assert time.thread_time() - started < 0.5


def test_compressed_text_is_read_though_it_should_not_be() -> None:
    assert unbake_png(HEAD + itxt(zlib.compress(b"{}"), flags=b"\1\0") + TAIL) == "{}"


NS = "https://purl.imsglobal.org/ob/v3p0"


def svg(inside: str, before: str = "") -> bytes:
    return f'{before}<svg xmlns="http://www.w3.org/2000/svg" xmlns:o="{NS}">{inside}</svg>'.encode()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (svg(""), "none"),
        (svg("<o:credential>{}</o:credential>" * 2), "several"),
        (svg("<o:credential>{<o:x/>}</o:credential>"), "several"),
        (svg("<o:credential>{}</o:credential><script/>"), "active"),
        (svg('<o:credential>{}</o:credential><x:script xmlns:x="urn:x"/>'), "active"),
        (svg('<g onclick="x()"/><o:credential>{}</o:credential>'), "active"),
        (svg("<o:credential>&e;</o:credential>", '<!DOCTYPE svg [<!ENTITY e "{}">]>'), "active"),
        (svg("<o:credential>{}</o:credential>", '<?xml-stylesheet href="x"?>'), "active"),
        (svg("<o:credential>&e;</o:credential>"), "picture"),
        (svg("<o:credential>{}"), "picture"),
        (svg("<g>" * 100 + "</g>" * 100), "picture"),
        (svg("<g/>" * 30_000), "picture"),
        (svg(f"<o:credential>{'x' * 300_000}</o:credential>"), "size"),
        (svg('<o:assertion xmlns:o="http://openbadges.org"/>'), "old"),
        (b"<html/>", "picture"),
        (b"", "picture"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_svgs_that_are_refused(data: bytes, expected: str) -> None:
    started = time.thread_time()
    assert code(unbake_svg, data) == expected
    assert time.thread_time() - started < 0.5


def test_an_element_of_the_same_name_elsewhere_is_not_it() -> None:
    drawing = svg("<credential>{}</credential>") + b"\n"
    assert code(unbake_svg, drawing) == "none"


@given(st.binary(max_size=300))
def test_noise_is_refused_and_never_an_error(noise: bytes) -> None:
    for read, start in ((unbake_png, HEAD), (unbake_png, b""), (unbake_svg, SVG[:50]), (unbake_svg, b"")):
        with pytest.raises(UnsafeDocument):
            read(start + noise)
