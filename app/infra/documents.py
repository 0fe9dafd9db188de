"""Printed forms of a certificate: the PDF with its signed file inside, and QR codes.

One typst compiler per process, behind a lock. What is printed goes in as JSON data and never as template text; no
package and no system font is loaded. The PDF is tagged (PDF/UA-1), archival (PDF/A-3) and the same bytes
for the same facts.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from html import escape
from importlib.util import find_spec
from itertools import groupby, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from babel.dates import format_date

from app.domain.procedure import STEPS

if TYPE_CHECKING:
    import segno
    import typst

TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "documents"
STANDARDS: tuple[Literal["a-3a"], Literal["ua-1"]] = ("a-3a", "ua-1")
LONGEST_NAME = 80
QR_ALPHABET = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")

_COMPILING = threading.Lock()


class DocumentProblem(Exception):
    """A document cannot be made; the message says which part cannot be printed."""


@dataclass(frozen=True, slots=True)
class Signatory:
    """A person named at the foot of the certificate, with the role in which they answer for it."""

    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Words:
    """The fixed words of the certificate, so that a caller can give them in another language."""

    certificate: str = "Certificate"
    certifies: str = "This is to certify that"
    met: str = "has met every requirement and may be called a"
    number: str = "Number"
    issued: str = "Issued"
    until: str = "Valid until"
    standard: str = "Standard"
    hours: str = "Hours"
    scan: str = "Scan to verify"
    qr: str = "QR code that opens the live status of this certificate"
    attached: str = "The certificate as a signed Open Badges 3.0 file"
    verify: str = "Check it live: scan the code, or type the number at {address}"
    badge: str = "The signed certificate is inside this picture."
    title: str = "Certificate {number}: {holder}, {achievement}, valid until {until}"


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What a certificate prints.

    `summary`: one sentence on what was done. `scope`: what it does and does not allow, with the line that it is
    not a licence. `qr_url`: the short address, upper-case. `verify_address`: as people type it, without https.
    """

    number: str
    holder_name: str
    achievement: str
    summary: str
    scope: str
    issuer_name: str
    standard: str
    hours: str
    issued: date
    valid_until: date
    qr_url: str
    verify_address: str
    signatories: tuple[Signatory, ...] = ()
    steps: tuple[str, ...] = tuple(step.title for step in STEPS)
    language: str = "en"
    paper: Literal["a4", "us-letter"] = "a4"
    words: Words = field(default_factory=Words)


def certificate_pdf(facts: CertificateFacts, credential_json: bytes) -> bytes:
    """Return the certificate as a one-page PDF/A-3 with `credential_json` attached byte for byte.

    Raises DocumentProblem when a text has a character that the fonts cannot draw; check names when they are
    entered, with name_is_printable.
    """
    if not credential_json.isascii():
        raise DocumentProblem("the attached file must be ASCII JSON")
    inputs = {
        "facts": json.dumps(_printed(facts)),
        "qr": qr_svg(facts.qr_url),
        "credential": credential_json.decode("ascii"),
    }
    return _compile(_compiler(), inputs, facts.issued)


@dataclass(frozen=True, slots=True)
class BadgeFacts:
    """What the square picture of a certificate shows."""

    number: str
    holder_name: str
    achievement: str
    issuer_name: str
    valid_until: date
    language: str = "en"
    words: Words = field(default_factory=Words)


def badge_picture(facts: BadgeFacts, form: Literal["png", "svg"]) -> bytes:
    """Return the badge, 512 units square; the SVG has outlines for letters, no styles and no scripts.

    Equal facts give equal bytes. Raises DocumentProblem for a name that the fonts cannot draw: without the rules of
    PDF/A the compiler would leave boxes.
    """
    import typst

    if not name_is_printable(facts.holder_name):
        raise DocumentProblem("the name has letters that the fonts do not have")
    shown = {
        "words": {"number": facts.words.number, "until": facts.words.until, "check": facts.words.badge},
        "holder": unicodedata.normalize("NFC", facts.holder_name).strip(),
        "achievement": facts.achievement,
        "issuer": facts.issuer_name,
        "number": facts.number,
        "until": format_date(facts.valid_until, "medium", facts.language),
        "language": facts.language,
    }
    try:
        with _COMPILING:
            picture = _badge_compiler().compile(format=form, ppi=72, sys_inputs={"facts": json.dumps(shown)})
    except typst.TypstError as error:
        raise DocumentProblem(error.message) from error
    assert isinstance(picture, bytes)  # a list of them only for several pages
    return picture if form == "png" else _titled(picture, shown)


def _titled(svg: bytes, shown: dict[str, Any]) -> bytes:
    """The drawing with its facts in words: its letters are outlines, which nobody can hear."""
    words = f"{shown['number']}: {shown['holder']}, {shown['achievement']}, {shown['words']['until']} {shown['until']}"
    return _with_title(svg, words)


def _with_title(svg: bytes, title: str) -> bytes:
    start, end, rest = svg.partition(b">")
    return start + b' role="img"' + end + f"<title>{escape(title)}</title>".encode() + rest


def qr_svg(url: str, label: str = "") -> str:
    """Return the QR code of an address as an SVG element without styles or scripts, error correction Q.

    `label` is what it is called where it stands in a page and is read out.

    Only upper-case addresses: they pack tightly enough for version 3, whose squares stay large on paper. Raises
    ValueError for other characters.
    """
    import segno

    if not url or not set(url) <= QR_ALPHABET:
        raise ValueError(f"a QR address is upper-case and plain, not {url!r}")
    return _code_svg(segno.make(url, error="q", mode="alphanumeric", micro=False, boost_error=False), label)


def long_qr_svg(url: str) -> str:
    """Return the QR code of an address of any characters and up to 1,000 of them: for paper, where it can be large."""
    import segno

    return _code_svg(segno.make(url, error="l", mode="byte", micro=False, boost_error=False), "")


def _code_svg(code: segno.QRCode, label: str) -> str:
    border = 4
    size = code.symbol_size(border=0)[0]
    path = "".join(
        f"M{x + border} {y + border}h{length}v1h-{length}z"
        for y, row in enumerate(code.matrix)
        for x, length in _runs(row)
    )
    side = size + 2 * border
    name = f' aria-label="{escape(label)}"' if label else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges" role="img"'
        f"{name}>"
        f'<rect width="{side}" height="{side}" fill="#fff"/><path fill="#000" d="{path}"/></svg>'
    )


def _runs(row: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The (start, length) of each run of dark squares in a row."""
    place = 0
    for dark, squares in groupby(row):
        length = len(list(squares))
        if dark:
            yield place, length
        place += length


@lru_cache(maxsize=1024)
def name_is_printable(name: str) -> bool:
    """True when the fonts of the certificate have every letter of a name; ask before it is ever issued.

    False also for control and direction characters, private-use characters and piles of accents.
    """
    name = unicodedata.normalize("NFC", name)
    if not name.strip() or len(name) > LONGEST_NAME:
        return False
    if any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "So", "Sk") for c in name):
        return False
    if any(unicodedata.combining(a) and unicodedata.combining(b) for a, b in pairwise(name)):
        return False
    try:
        _compile(_name_compiler(), {"name": name}, date(2000, 1, 1), ("a-3b",))
    except DocumentProblem:
        return False
    return True


def _printed(facts: CertificateFacts) -> dict[str, object]:
    until = format_date(facts.valid_until, "medium", facts.language)
    holder = unicodedata.normalize("NFC", facts.holder_name).strip()
    words = asdict(facts.words)
    words["verify"] = facts.words.verify.format(address=facts.verify_address)
    title = facts.words.title.format(number=facts.number, holder=holder, achievement=facts.achievement, until=until)
    marks = (facts.issuer_name, facts.number, holder, facts.valid_until.isoformat(), facts.verify_address)
    return {
        "words": words,
        "title": title,
        "holder": holder,
        "achievement": facts.achievement,
        "summary": facts.summary,
        "scope": facts.scope,
        "issuer": facts.issuer_name,
        "number": facts.number,
        "standard": facts.standard,
        "hours": facts.hours,
        "issued": format_date(facts.issued, "medium", facts.language),
        "until": until,
        "steps": facts.steps,
        "signatories": [asdict(person) for person in facts.signatories],
        "language": facts.language,
        "paper": facts.paper,
        "micro": "  ".join(mark.upper() for mark in marks),
        "dated": {"year": facts.issued.year, "month": facts.issued.month, "day": facts.issued.day},
    }


@cache
def _fonts() -> typst.Fonts:
    import typst

    # The serif is part of typst; the sans comes from a package, found without running it.
    spec = find_spec("font_source_sans_pro")
    if spec is None or not spec.submodule_search_locations:
        raise DocumentProblem("the font-source-sans-pro package is not installed")
    folder = Path(spec.submodule_search_locations[0]) / "files"
    return typst.Fonts(include_system_fonts=False, font_paths=[folder])


def _new_compiler(source: Path, root: Path = TEMPLATES) -> typst.Compiler:
    import typst

    # A package folder that does not exist: no template may load a package, from disk or from the network.
    nowhere = TEMPLATES / "no-packages"
    return typst.Compiler(source, root=root, font_paths=_fonts(), package_path=nowhere, package_cache_path=nowhere)


@cache
def _compiler() -> typst.Compiler:
    return _new_compiler(TEMPLATES / "certificate.typ")


@cache
def _badge_compiler() -> typst.Compiler:
    return _new_compiler(TEMPLATES / "badge.typ")


@cache
def _name_compiler() -> typst.Compiler:
    return _new_compiler(TEMPLATES / "name.typ")


def pdf_from(template: str, facts: dict[str, Any], dated: date) -> bytes:
    """Return the pages of a template of this folder as PDF/A-3 and PDF/UA-1; the facts go in as JSON data.

    Equal facts give equal bytes. Raises DocumentProblem when a text has a character that the fonts cannot draw.
    """
    return _compile(_compiler_of(template), {"facts": json.dumps(facts)}, dated)


def illustrated_pdf(template: str, facts: dict[str, Any], dated: date, pictures: Mapping[str, Path]) -> bytes:
    """Return the pages of a template as PDF (tagged, PDF/UA-1 where its words allow); `pictures` are files by name.

    The template and the pictures are read from a folder of their own, and nothing beside them can be. Words with
    letters that the fonts lack are drawn as far as they go: here people write freely. Raises DocumentProblem when a
    picture cannot be drawn.
    """
    with tempfile.TemporaryDirectory(prefix="vermilion-book-") as name:
        folder = Path(name)
        shutil.copyfile(TEMPLATES / template, folder / template)
        for file, path in pictures.items():
            shutil.copyfile(path, folder / file)
        inputs = {"facts": json.dumps(facts)}
        try:
            return _compile(_new_compiler(folder / template, folder), inputs, dated, ("ua-1",))
        except DocumentProblem:
            return _compile(_new_compiler(folder / template, folder), inputs, dated, ())


def svg_from(template: str, facts: dict[str, Any], title: str) -> bytes:
    """Return a one-page template as SVG with outlines for letters and `title` for those who hear it.

    Raises DocumentProblem when it cannot be drawn.
    """
    import typst

    try:
        with _COMPILING:
            drawn = _compiler_of(template).compile(format="svg", sys_inputs={"facts": json.dumps(facts)})
    except typst.TypstError as error:
        raise DocumentProblem(error.message) from error
    assert isinstance(drawn, bytes)  # a list of them only for several pages
    return _with_title(drawn, title)


@cache
def _compiler_of(template: str) -> typst.Compiler:
    return _new_compiler(TEMPLATES / template)


def _compile(
    compiler: typst.Compiler, inputs: dict[str, str], dated: date, standards: tuple[typst.PDFStandard, ...] = STANDARDS
) -> bytes:
    import typst

    # The day of issue as the time of making: equal facts give equal bytes, so caches and ETags hold.
    made = datetime(dated.year, dated.month, dated.day, tzinfo=UTC)
    try:
        with _COMPILING:
            pdf = compiler.compile(
                format="pdf", sys_inputs=inputs, pdf_standards=list(standards), timestamp=made, pdf_tags=True
            )
    except typst.TypstError as error:
        raise DocumentProblem(error.message) from error
    assert isinstance(pdf, bytes)  # a list of them only for pictures of several pages
    return pdf
