"""A signed credential inside a picture of it, as Open Badges 3.0 section 5.3 says: putting it in, taking it out.

A PNG carries it in one uncompressed iTXt chunk, an SVG in an element directly after <svg>, in CDATA (credentials.md
T9). Taking out works on strangers' files, so everything is counted, and whatever could hide a second statement is
refused: two credentials, a damaged chunk, entities, scripts.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from xml.parsers import expat

from app.domain.credentials.screen import MAX_BYTES, UnsafeDocument

PNG_MARK = b"\x89PNG\r\n\x1a\n"
KEYWORD = b"openbadgecredential"
# How badges of Open Badges 1 and 2 were baked.
OLD_KEYWORD = b"openbadges"
NAMESPACE = "https://purl.imsglobal.org/ob/v3p0"
OLD_NAMESPACE = "http://openbadges.org"
SVG = "http://www.w3.org/2000/svg"

# A picture of 2 MB in the smallest blocks that encoders write has a few hundred chunks.
MAX_CHUNKS = 2_000
MAX_ELEMENTS = 20_000
MAX_DEPTH = 64
_TEXT_CHUNKS = (b"iTXt", b"tEXt", b"zTXt")
_SVG_START = re.compile(rb"<svg\b[^>]*>")


def bake_png(picture: bytes, credential: bytes) -> bytes:
    """Return the PNG with the credential (JSON or token, ASCII) in an iTXt chunk right after its header."""
    _kind, header = next(_chunks(picture))
    end = len(PNG_MARK) + 12 + len(header)
    return picture[:end] + _chunk(b"iTXt", KEYWORD + b"\0\0\0\0\0" + credential) + picture[end:]


def bake_svg(picture: bytes, credential: bytes) -> bytes:
    """Return the SVG with the credential (JSON, ASCII) as the first element inside."""
    found = _SVG_START.search(picture)
    if found is None:
        raise ValueError("not an SVG drawing")
    start = found[0].replace(b"<svg", f'<svg xmlns:openbadges="{NAMESPACE}"'.encode(), 1)
    # The end of a CDATA section cannot be escaped inside it: it is spread over two.
    text = credential.replace(b"]]>", b"]]]]><![CDATA[>")
    baked = b"<openbadges:credential><![CDATA[" + text + b"]]></openbadges:credential>"
    return picture[: found.start()] + start + baked + picture[found.end() :]


def unbake_png(picture: bytes) -> str:
    """Return the one credential of a PNG; raises UnsafeDocument ("picture", "none", "several", "old" or "size")."""
    found: list[bytes] = []
    old = False
    for kind, body in _chunks(picture):
        if kind in _TEXT_CHUNKS:
            keyword, _, rest = body.partition(b"\0")
            old = old or keyword == OLD_KEYWORD
            if keyword == KEYWORD:
                found.append(_itxt(rest) if kind == b"iTXt" else b"")
    if len(found) > 1:
        raise UnsafeDocument("several", "The picture holds two certificates, so it is not one of ours.")
    if not found:
        raise _nothing_inside(old)
    return _text(found[0])


def unbake_svg(drawing: bytes) -> str:
    """Return the one credential of an SVG; raises UnsafeDocument with the codes of `unbake_png`, or "active"."""
    reader = _SvgReader()
    try:
        reader.parser.Parse(drawing, True)
    except expat.ExpatError as error:
        raise UnsafeDocument("picture", "The drawing is damaged: it is not well-formed SVG.") from error
    if len(reader.found) > 1:
        raise UnsafeDocument("several", "The drawing holds two certificates, so it is not one of ours.")
    if not reader.found:
        raise _nothing_inside(reader.old)
    return _text(reader.found[0].strip().encode("utf-8", "surrogatepass"))


def _chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a PNG from its header to its end, each with a sum that fits. Raises UnsafeDocument."""
    place, kind = len(PNG_MARK), b""
    if not picture.startswith(PNG_MARK) or picture[12:16] != b"IHDR":
        raise _damaged()
    for _count in range(MAX_CHUNKS):
        head = picture[place : place + 8]
        size, kind = int.from_bytes(head[:4], "big"), head[4:]
        body, sum_ = picture[place + 8 : place + 8 + size], picture[place + 8 + size : place + 12 + size]
        if len(head) < 8 or len(body) < size or zlib.crc32(kind + body).to_bytes(4, "big") != sum_:
            raise _damaged()
        yield kind, body
        place += 12 + size
        if kind == b"IEND":
            break
    if kind != b"IEND" or place != len(picture):
        raise _damaged()


def _chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


def _itxt(rest: bytes) -> bytes:
    """The text of an iTXt chunk after its keyword. Compressed text is against the standard, and read within limits."""
    parts = rest[2:].split(b"\0", 2)
    if len(rest) < 2 or len(parts) != 3:
        raise _damaged()
    if rest[0] == 0:
        return parts[2]
    inflating = zlib.decompressobj()
    try:
        text = inflating.decompress(parts[2], MAX_BYTES + 1)
    except zlib.error as error:
        raise _damaged() from error
    if not inflating.eof and len(text) <= MAX_BYTES:
        raise _damaged()
    return text


def _text(found: bytes) -> str:
    if len(found) > MAX_BYTES:
        raise UnsafeDocument("size", "The certificate inside the picture is larger than 256 KB.")
    try:
        return found.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnsafeDocument("json", "The certificate inside the picture is not readable text.") from error


def _damaged() -> UnsafeDocument:
    return UnsafeDocument("picture", "The picture is damaged: its parts do not add up.")


def _nothing_inside(old: bool) -> UnsafeDocument:
    if old:
        return UnsafeDocument("old", "The picture holds a badge of an older kind, which this academy never issued.")
    return UnsafeDocument(
        "none", "There is no signed certificate inside the picture. A screenshot or a saved copy often loses it."
    )


class _SvgReader:
    """One pass over an SVG without building a tree; whatever our drawings never have ends it."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.old = self.inside = False
        self.depth = self.elements = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        # Without a document type there are no entities: neither bombs nor files of this server.
        self.parser.StartDoctypeDeclHandler = self._refuse_active
        self.parser.ProcessingInstructionHandler = self._refuse_active

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.elements += 1
        namespace, _, local = name.rpartition(" ")
        if self.elements == 1 and name != f"{SVG} svg":
            raise UnsafeDocument("picture", "The file is not an SVG drawing.")
        if self.depth > MAX_DEPTH or self.elements > MAX_ELEMENTS:
            raise UnsafeDocument("picture", "The drawing has too many parts.")
        handlers = (key for key in attributes if key.rpartition(" ")[2].lower().startswith("on"))
        if local.lower() == "script" or next(handlers, None) is not None:
            self._refuse_active()
        if self.inside:
            raise UnsafeDocument("several", "The certificate inside the drawing is mixed with other parts.")
        self.old = self.old or namespace == OLD_NAMESPACE
        if name == f"{NAMESPACE} credential":
            self.inside = True
            # A token stands in an attribute, a certificate with its own proof between the tags.
            self.found.append(attributes.get("verify", ""))

    def _end(self, _name: str) -> None:
        self.depth -= 1
        self.inside = False

    def _characters(self, text: str) -> None:
        if self.inside:
            self.found[-1] += text

    def _refuse_active(self, *_args: object) -> None:
        raise UnsafeDocument("active", "The drawing has scripts, entities or instructions in it. Ours never have.")
