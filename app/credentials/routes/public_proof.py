"""The proof that a certificate was checked: a signed page and a PDF, made without an account and kept nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime
from flask_babel import gettext as _

from app.credentials import services
from app.credentials.forms import CHECKS, NUMBER_CHECKS, OUTCOMES, VERDICTS
from app.domain.credentials.receipt import Receipt
from app.domain.errors import NotFound
from app.infra.documents import DocumentProblem, long_qr_svg, pdf_from
from app.infra.ratelimit import caller_of
from app.web.access import public, request_now, runtime
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("credentials_proof", Audience.PUBLIC)
# A draft belongs to the page that somebody has before them, not to last year's.
DRAFT_HOLDS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that was read, with the certificate as it stands now."""

    token: str
    receipt: Receipt
    live: services.LookUp | None

    @property
    def address(self) -> str:
        """Where it can be read again."""
        return f"{runtime().settings.public_url}{url_for('credentials_proof_public.show', receipt=self.token)}"


@bp.post("/verify/proof")
@public("Whoever checked a certificate may have it in writing.", only_answers=True)
def make() -> ResponseReturnValue:
    """Sign the proof of a check: of a number, looked up anew, or of the file whose answer was just given."""
    now, by, draft = request_now(), request.form.get("by", ""), request.form.get("draft", "")
    if draft:
        token = _proven_file(draft, by)
    else:
        made = _look_up(request.form.get("number", ""))
        if not made.number.ok:
            return redirect(url_for("credentials_public.verify", number=request.form.get("number", "")[:60]), 303)
        token = _desk().sign(services.receipt_of_number(made, by), now)
    return redirect(url_for(".show", receipt=token), 303)


@bp.get("/checks/<receipt>")
@public("A proof is good for whoever is handed it.")
def show(receipt: str) -> ResponseReturnValue:
    """What was found when, by whom; and how the certificate stands now."""
    proof = _read(receipt)
    if proof is None:
        return _page(render_template("credentials/public_no_proof.html"), 404)
    words = {"verdicts": VERDICTS, "checks": _labels(proof.receipt), "outcomes": OUTCOMES}
    return _page(render_template("credentials/public_proof.html", p=proof, r=proof.receipt, **words), 200)


@bp.get("/checks/<receipt>.pdf")
@public("A proof is good for whoever is handed it.")
def pdf(receipt: str) -> Response:
    """The proof to print and file, with a code that leads to the page that proves it."""
    proof = _read(receipt)
    if proof is None:
        raise NotFound(_("This is no proof of ours, or it was changed."))
    facts = _sheet(proof)
    dated = proof.receipt.at.date()
    try:
        data = pdf_from("check.typ", facts, dated)
    except DocumentProblem:
        # Letters that our fonts lack are in what the checker typed; the proof itself is ours.
        data = pdf_from("check.typ", {**facts, "by": _("(not printable here; see the page)")}, dated)
    response = Response(data, mimetype="application/pdf")
    name = proof.receipt.number or "file"
    response.headers["Content-Disposition"] = f'attachment; filename="check-{name}.pdf"'
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _labels(receipt: Receipt) -> dict[str, Any]:
    return NUMBER_CHECKS if receipt.kind == "number" else CHECKS


def _proven_file(draft: str, by: str) -> str:
    desk, now = _desk(), request_now()
    found = desk.read(draft)
    if found is None or found.kind != "file" or now - found.at > DRAFT_HOLDS:
        raise NotFound(_("This answer is too old for a proof. Check the file again; nothing of it was kept."))
    return desk.signed_by(draft, by, now) or ""


def _read(token: str) -> Proof | None:
    found = _desk().read(token)
    if found is None:
        return None
    return Proof(token, found, _look_up(found.number) if found.number else None)


def _sheet(proof: Proof) -> dict[str, object]:
    """The facts of the PDF, in words."""
    receipt, settings = proof.receipt, runtime().settings
    labels, at = _labels(receipt), receipt.at
    return {
        **_words(receipt),
        "academy": settings.academy_name,
        "good": receipt.answer.upper() == "VALID",
        "rows": _rows(proof),
        "by": receipt.by,
        "checks": [[str(labels.get(name, name)), str(OUTCOMES[found.value][2])] for name, found in receipt.checks],
        "qr": long_qr_svg(proof.address),
        "host": settings.public_host,
        "dated": {"year": at.year, "month": at.month, "day": at.day},
    }


def _rows(proof: Proof) -> list[list[str]]:
    receipt, certificate = proof.receipt, proof.live.found if proof.live else None
    when = _("%(when)s UTC", when=format_datetime(receipt.at, "MMMM d, y, HH:mm:ss"))
    rows = [[_("Certificate number"), receipt.number or _("None")], [_("Checked on"), when]]
    if certificate is not None:
        rows.append([_("Certificate"), certificate.title])
    if receipt.digest:
        rows.append([_("File, SHA-256"), receipt.digest])
    return rows


def _words(receipt: Receipt) -> dict[str, str]:
    is_number = receipt.kind == "number"
    return {
        "title": _("Proof of a check"),
        "verdict": str(VERDICTS[receipt.answer][1]),
        "about": _("The answer for this number") if is_number else _("The answer for a file"),
        "by_label": _("Checked by"),
        "checks_label": _("What was checked"),
        "note": _(
            "This says what was true at that time. Scan the code to see that the proof is ours, and how the "
            "certificate stands today."
        ),
        "qr_label": _("QR code that opens this proof"),
    }


def _look_up(typed: str) -> services.LookUp:
    here, caller = runtime(), caller_of(request.remote_addr)
    return services.look_up(here.db.glance, here.limiter, here.keys, typed, caller=caller, now=request_now())


def _desk() -> services.ProofDesk:
    here = runtime()
    return services.ProofDesk(here.keys, here.settings.academy_name, here.settings.public_url)


def _page(html: str, status: int) -> Response:
    response = make_response(html, status)
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
