"""The printed forms of a certificate, made once for each signed file and kept."""

from __future__ import annotations

from app.credentials.queries import Details, Standing, StoredFile
from app.domain.credentials import lifecycle
from app.domain.credentials.baking import bake_png, bake_svg
from app.domain.credentials.upload import Kind
from app.domain.errors import Conflict
from app.domain.procedure import STEPS
from app.infra.cache import Lru
from app.infra.documents import (
    BadgeFacts,
    CertificateFacts,
    DocumentProblem,
    Signatory,
    badge_picture,
    certificate_pdf,
)

PRINTABLE = frozenset({lifecycle.Status.ACTIVE, lifecycle.Status.EXPIRING, lifecycle.Status.EXPIRED})

# About 40 kB each; the key holds the digest of the signed file, so a new file is a new entry.
_pdfs: Lru[tuple[str, str, str], bytes] = Lru(64)
_pictures: Lru[tuple[str, str, Kind], bytes] = Lru(64)


def printed_certificate(found: Standing, details: Details, file: StoredFile, *, academy: str, url: str) -> bytes:
    """The PDF of a certificate with its signed file inside, made once and kept.

    `url` is the public address of the academy. Raises Conflict for a certificate that is not in force, and for a
    name that the fonts cannot draw.
    """
    if found.status not in PRINTABLE:
        raise Conflict(f"This certificate is {found.status.value}, so it is not printed any more.")
    try:
        facts = _printed(found, details, academy, url)
        return _pdfs.get((file.digest, academy, url), lambda: certificate_pdf(facts, file.document))
    except DocumentProblem as problem:
        raise Conflict(
            f"The name {found.printed_name} has letters that our certificate fonts do not have, so there is no PDF. "
            "Page and signed file are as good as ever; the academy can issue it with a Latin form of the name.",
            code="not_printable",
        ) from problem


def printed_picture(found: Standing, file: StoredFile, kind: Kind, *, academy: str) -> bytes:
    """The PNG or SVG badge of a certificate with its signed file baked in, made once and kept.

    Raises Conflict for a certificate that is taken back, and for a name that the fonts cannot draw.
    """
    if found.status not in PRINTABLE:
        raise Conflict(f"This certificate is {found.status.value}, so it has no picture any more.")

    def draw() -> bytes:
        facts = BadgeFacts(found.number, found.printed_name, found.title, academy, found.valid_until.date())
        if kind is Kind.PNG:
            return bake_png(badge_picture(facts, "png"), file.document)
        return bake_svg(badge_picture(facts, "svg"), file.document)

    try:
        return _pictures.get((file.digest, academy, kind), draw)
    except DocumentProblem as problem:
        text = f"The name {found.printed_name} has letters that our fonts do not have, so there is no picture."
        raise Conflict(text, code="not_printable") from problem


def _printed(found: Standing, details: Details, academy: str, url: str) -> CertificateFacts:
    facts = details.facts
    # The drawing has eight places; one whose step was not shown stays without its name.
    titles = tuple(step.title if step in details.steps_met else "" for step in STEPS)
    counts = [(facts["courses"], "course"), (facts["quizzes"], "graded quiz")]
    counts += [(facts["hours"]["total"], "hour"), (facts["pieces"]["total"], "practice piece")]
    words = [f"{n} {word if n == 1 else {'graded quiz': 'graded quizzes'}.get(word, word + 's')}" for n, word in counts]
    return CertificateFacts(
        number=found.number,
        holder_name=found.printed_name,
        achievement=found.title,
        summary=f"{', '.join(words[:-1])} and {words[-1]} approved by a qualified reviewer.",
        scope=f"{facts['scope']} {facts['not_a_licence']}".strip(),
        issuer_name=academy,
        standard=f"Version {found.version}",
        hours=str(facts["hours"]["total"]),
        issued=found.issued_at.date(),
        valid_until=found.valid_until.date(),
        qr_url=f"{url}/v/{found.number}".upper(),
        verify_address=f"{url.partition('://')[2]}/verify",
        signatories=(Signatory(academy, "Issuer. Signed electronically, see the attached file"),),
        steps=titles,
    )
