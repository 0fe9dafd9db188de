"""What anybody may ask: is this number good, the certificate behind it, its signed files, the issuer's keys."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Hashable
from functools import lru_cache
from pathlib import Path

from flask import Response, current_app, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime, get_locale
from flask_babel import gettext as _
from markupsafe import escape
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from app.certification import queries as certification
from app.credentials import queries, services
from app.credentials.forms import CHECKS, NUMBER_CHECKS, OUTCOMES, REASONS, VERDICTS
from app.domain.access.actor import Role
from app.domain.credentials import award, build, did
from app.domain.credentials import number as numbers
from app.domain.credentials.answer import Line
from app.domain.credentials.file_judgment import FileAnswer
from app.domain.credentials.lifecycle import in_grace
from app.domain.credentials.upload import MOST_BYTES, Kind
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.practice.fields import SKIN_TYPES
from app.infra.cache import Lru
from app.infra.documents import qr_svg
from app.infra.ratelimit import caller_of
from app.web.access import answer_programs, current_actor, current_session, public, request_now, runtime
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.errors import status_of
from app.web.sentences import said
from app.web.text_uploads import file_in

bp = AudienceBlueprint("credentials", Audience.PUBLIC)
ANYBODY = "A certificate is checked without an account."
VC, VC_JWT, PDF = "application/vc", "application/vc+jwt", "application/pdf"
JSON_TYPES = (VC, "application/vc+ld+json", "application/ld+json", "application/json")
TOKEN_TYPES = (VC_JWT, "application/jwt")
SLUG = re.compile(r"(?P<key>[a-z0-9][a-z0-9-]{0,59})-v(?P<version>[1-9][0-9]{0,5})")
HOUR, DAY = 3600, 86400
# Stands for the time of the check in a drawn page; no text of a page has it.
CHECKED = "\0checked\0"
_CHECK_WORDS = {"checks": NUMBER_CHECKS, "outcomes": OUTCOMES}
# About 12 kB each.
_pages: Lru[Hashable, tuple[str, str]] = Lru(500)


@bp.get("/verify")
@public(ANYBODY)
def verify() -> ResponseReturnValue:
    """One form: a number (or the link that was scanned or pasted), or a file."""
    typed = request.args.get("number")
    return _form() if typed is None else _answer(typed, mistyped=422)


@bp.post("/verify")
@public(ANYBODY, only_answers=True)
def verify_sent() -> ResponseReturnValue:
    """Check a file or its text; a number that was sent instead moves into the address, to be reloaded and shared."""
    typed, text = request.form.get("number", ""), request.form.get("text", "").strip()
    try:
        file = file_in("file", MOST_BYTES)
    except Invalid as refusal:
        return _form(typed, pasted=text, file_error=said(refusal.message)), status_of(refusal)
    if file is not None:
        return _answer_file(file.data)
    if text and not numbers.check(text).ok:
        return _answer_file(text.encode())
    if text or typed.strip():
        return redirect(url_for(".verify", number=(text or typed)[: numbers.LONGEST_INPUT]), 303)
    return _form(error=_("Type a number or choose a file.")), 422


@bp.get("/credentials/<number>")
@public(ANYBODY)
def page(number: str) -> ResponseReturnValue:
    """A certificate as a page, or as the signed file for programs that ask for one."""
    wanted = _wanted(request.headers.get("Accept", ""))
    if wanted in JSON_TYPES or wanted in TOKEN_TYPES:
        answer_programs()
        response = _document(number, wanted) if wanted in JSON_TYPES else _token(number, wanted)
    else:
        response = pdf(number) if wanted == PDF else _answer(number, mistyped=404)
    response.vary.add("Accept")
    return response


@lru_cache(maxsize=256)
def _wanted(accepted: str) -> str:
    """What an Accept header likes best of what a certificate can be; browsers send the same few."""
    liked = parse_accept_header(accepted, MIMEAccept)
    return liked.best_match(["text/html", *JSON_TYPES, *TOKEN_TYPES, PDF], "text/html")


@bp.get("/credentials/<number>.json")
@public(ANYBODY, for_programs=True)
def document(number: str) -> Response:
    """The signed file, byte for byte as it was signed."""
    return _document(number, request.accept_mimetypes.best_match(JSON_TYPES, VC))


@bp.get("/credentials/<number>.jwt")
@public(ANYBODY, for_programs=True)
def token(number: str) -> Response:
    """The signed file as a token."""
    return _token(number, VC_JWT)


@bp.get("/credentials/<number>.pdf")
@public(ANYBODY)
def pdf(number: str) -> Response:
    """The certificate to print, with the signed file inside."""
    found = _look_up(number).found
    if found is None:
        raise NotFound
    if found.is_name_hidden:
        raise NotFound(services.GIVEN_BY_HOLDER)
    settings = runtime().settings
    with runtime().db.reading() as reading:
        file, details = queries.stored_file(reading, found.number), queries.details(reading, found)
    try:
        data = services.printed_certificate(
            found, details, file, academy=settings.academy_name, url=settings.public_url
        )
    except Conflict as reason:
        return _for_readers(
            render_template("credentials/public_no_pdf.html", c=found, reason=said(reason.message)), 409
        )
    response = _kept(data, PDF, f"{file.digest}-pdf", "no-cache")
    response.headers["Content-Disposition"] = f'attachment; filename="{found.number}.pdf"'
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@bp.get("/credentials/<number>.png")
@public(ANYBODY, for_programs=True)
def png(number: str) -> Response:
    """The badge as a PNG with the signed file inside."""
    return _picture(number, Kind.PNG, "image/png")


@bp.get("/credentials/<number>.svg")
@public(ANYBODY, for_programs=True)
def svg(number: str) -> Response:
    """The badge as an SVG with the signed file inside."""
    return _picture(number, Kind.SVG, "image/svg+xml")


@bp.get("/v/<number>")
@bp.get("/V/<number>")
@public("The QR code on a certificate leads here, in capitals.")
def short(number: str) -> ResponseReturnValue:
    """The short address of a certificate."""
    checked = numbers.check(number)
    if checked.ok:
        return redirect(url_for(".page", number=checked.number))
    return redirect(url_for(".verify", number=number[: numbers.LONGEST_INPUT]))


@bp.get("/v/<number>.svg")
@public("The QR code says nothing but the number in its address.", for_programs=True)
def qr(number: str) -> Response:
    """The QR code of a number; made from the number alone, so it says nothing about whether it was issued."""
    checked = numbers.check(number)
    if not checked.ok:
        raise NotFound(checked.hint)
    picture = _qr(f"{runtime().settings.public_url}/v/{checked.number}".upper()).encode()
    return _kept(picture, "image/svg+xml", _digest(picture), f"public, max-age={DAY}")


@bp.get("/.well-known/did.json")
@public("Whoever checks a signature needs the academy's public keys.", for_programs=True)
def did_document() -> Response:
    """The academy's public keys."""
    name = did.did_for(runtime().settings.public_url)
    data = build.to_bytes(did.did_document(name, runtime().keys.public_keys()))
    return _kept(data, "application/did+json", _digest(data), f"public, max-age={HOUR}")


@bp.get("/status/<int(max=2147483647):list_id>")
@public("Whoever checks a signature needs to know whether the file was revoked.", for_programs=True)
def status(list_id: int) -> Response:
    """A signed list of revocation bits. Who fetches it is written down nowhere but in the line of every request."""
    data = _status_list(list_id)
    return _kept(data, VC, _digest(data), "public, max-age=300")


@bp.get("/status/<int(max=2147483647):list_id>.jwt")
@public("The same list for readers that know tokens only.", for_programs=True)
def status_token(list_id: int) -> Response:
    """The same list as a token."""
    data = _status_list(list_id)
    settings = runtime().settings
    issuer = services.issuer_of(runtime().keys, name=settings.academy_name, url=settings.public_url, now=request_now())
    made = services.status_token(data, issuer).encode("ascii")
    return _kept(made, VC_JWT, _digest(data + issuer.token_signer.kid.encode()), "public, max-age=300")


@bp.get("/achievements/<slug>")
@public("What a certificate stands for is no secret.")
def achievement(slug: str) -> ResponseReturnValue:
    """The requirements behind a certificate, at the version that it names."""
    standard = _standard(slug)
    reading = current_session()
    return render_template(
        "credentials/public_achievement.html",
        standard=standard,
        titles=certification.titles(reading),
        rubric=certification.rubric_payload(reading),
    )


@bp.get("/achievements/<slug>.json")
@public("What a certificate stands for is no secret.", for_programs=True)
def achievement_document(slug: str) -> Response:
    """The same as an Open Badges achievement."""
    found, rubric = _standard(slug), certification.rubric_payload(current_session())
    facts = award.achievement_document(found.key, found.version, found.payload, rubric, runtime().settings.public_url)
    data = build.to_bytes(facts)
    return _kept(data, "application/json", _digest(data), f"public, max-age={HOUR}")


def _form(typed: str = "", *, pasted: str = "", error: str = "", file_error: str = "") -> Response:
    """The form; without a cookie, as what it sends is answered to everybody alike and changes nothing."""
    html = render_template(
        "credentials/public_verify.html",
        host=_host(),
        typed=typed,
        pasted=pasted,
        error=error,
        file_error=file_error,
        reader=_reader(str(current_app.static_folder)),
    )
    return _for_readers(html)


@lru_cache(maxsize=4)
def _reader(folder: str) -> str:
    """The path of the QR reader for browsers without one, empty where it was not fetched (see bootstrap.py)."""
    found = sorted(Path(folder).glob("vendor/jsqr-*.js"))
    return f"vendor/{found[-1].name}" if found else ""


def _answer_file(data: bytes) -> Response:
    here, settings = runtime(), runtime().settings
    desk = services.Desk(here.db.reading, here.limiter, here.keys, settings.academy_name, settings.public_url)
    made = services.check_file(desk, data, caller=_caller(), now=request_now())
    proofs = services.ProofDesk(here.keys, settings.academy_name, settings.public_url)
    draft = proofs.draft(services.receipt_of_file(made, _digest(data)), request_now())
    words = {"verdicts": VERDICTS, "checks": CHECKS, "outcomes": OUTCOMES}
    html = render_template("credentials/public_file.html", j=made.judgment, c=made.found, draft=draft, **words)
    return _for_readers(html, 422 if made.judgment.answer is FileAnswer.UNREADABLE else 200)


def _picture(number: str, kind: Kind, mimetype: str) -> Response:
    found = _look_up(number).found
    if found is None:
        raise NotFound
    if found.is_name_hidden:
        raise NotFound(services.GIVEN_BY_HOLDER)
    if not found.status.is_valid:
        raise Conflict(f"This certificate is {found.status.value}, so there is no picture of it.")
    with runtime().db.reading() as reading:
        file = queries.stored_file(reading, found.number)
    data = services.printed_picture(found, file, kind, academy=runtime().settings.academy_name)
    response = _kept(data, mimetype, f"{file.digest}-{kind}", "no-cache")
    response.headers["Content-Disposition"] = f'inline; filename="{found.number}.{kind}"'
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _answer(typed: str, *, mistyped: int) -> Response:
    made = _look_up(typed)
    if made.found is None:
        html = render_template(
            "credentials/public_nothing.html", look_up=made, typed=typed.strip()[:60], **_CHECK_WORDS
        )
        return _for_readers(html, 404 if made.number.ok else mistyped)
    before, after = _drawn(made.found, made.judgment.lines)
    checked = escape(format_datetime(made.judgment.as_of, "MMMM d, y, HH:mm:ss"))
    return _for_readers(f"{before}{checked}{after}")


def _look_up(typed: str) -> services.LookUp:
    here = runtime()
    return services.look_up(here.db.glance, here.limiter, here.keys, typed, caller=_caller(), now=request_now())


def _drawn(found: queries.Standing, lines: tuple[Line, ...]) -> tuple[str, str]:
    """The page of a certificate as it stands, before and after the time of the check.

    How it stands is looked up for every reader; only the drawing is kept, until something in it changes.
    """
    actor, now = current_actor(), request_now()
    reader = (actor.is_authenticated, actor.has(Role.STUDIO), request.endpoint, str(get_locale()))
    key = (found, lines, now.date(), in_grace(found, now), reader, runtime().settings.public_url)
    if "_flashes" in session:
        return _draw(found, lines)
    return _pages.get(key, lambda: _draw(found, lines))


def _draw(found: queries.Standing, lines: tuple[Line, ...]) -> tuple[str, str]:
    with runtime().db.glance() as connection:
        details = queries.details(connection, found)
    html = render_template(
        "credentials/public_certificate.html" if found.holder_name else "credentials/public_erased.html",
        c=found,
        details=details,
        facts=details.facts,
        checked=CHECKED,
        today=request_now().date(),
        grace=in_grace(found, request_now(), details.grace_days),
        reasons=REASONS,
        skins=dict(SKIN_TYPES),
        academy=runtime().settings.academy_name,
        slug=award.achievement_slug(found.certification, found.version),
        public_url=runtime().settings.public_url,
        lines=lines,
        **_CHECK_WORDS,
    )
    before, _mark, after = html.partition(CHECKED)
    return before, after


def _document(number: str, mimetype: str) -> Response:
    here = runtime()
    file = services.signed_file(here.db.reading, here.limiter, number, caller=_caller(), now=request_now())
    return _kept(file.document, mimetype, file.digest, "no-cache")


def _token(number: str, mimetype: str) -> Response:
    here = runtime()
    file = services.signed_file(here.db.reading, here.limiter, number, caller=_caller(), now=request_now())
    return _kept(file.token.encode("ascii"), mimetype, f"{file.digest}-jwt", "no-cache")


def _status_list(list_id: int) -> bytes:
    found = queries.status_document(current_session(), list_id)
    if found is None:
        raise NotFound("There is no such status list.")
    return found[0]


def _standard(slug: str) -> queries.Standard:
    parts = SLUG.fullmatch(slug)
    found = queries.standard(current_session(), parts["key"], int(parts["version"])) if parts else None
    if found is None:
        raise NotFound
    return found


def _kept(data: bytes, mimetype: str, tag: str, cache: str) -> Response:
    """Bytes for programs anywhere: any page may read them, and a copy is asked for again only when it changed."""
    response = Response(data, mimetype=mimetype)
    response.set_etag(tag)
    response.headers["Cache-Control"] = cache
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.make_conditional(request)
    return response


def _for_readers(html: str, status: int = 200) -> Response:
    """A page about a person: no search engine keeps it, and no other site learns its address."""
    response = make_response(html, status)
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _caller() -> str:
    return caller_of(request.remote_addr)


def _host() -> str:
    return runtime().settings.public_host


@lru_cache(maxsize=256)
def _qr(address: str) -> str:
    return qr_svg(address)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
