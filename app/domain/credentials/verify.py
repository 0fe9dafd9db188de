"""The strict verifier of files that the academy signed: every doubt is a refusal (credentials.md 3.2).

Nothing is fetched here and no address in a file is followed: a resolver, given by the caller, answers for the
issuers and status lists that it knows. Cheap checks come first, so a stranger's file costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from app.domain.credentials.build import CONTEXTS, TYPES
from app.domain.credentials.contexts import VC_V2, bundled
from app.domain.credentials.did import KeyNotUsable, VerificationKey, authorized_key
from app.domain.credentials.instants import parse_iso
from app.domain.credentials.jwt import Token, claims_agree, looks_like_jwt, read_jwt, token_holds
from app.domain.credentials.keys import Algorithm, verify_signature
from app.domain.credentials.proof import PURPOSE, read_proof, signature_of, signed_data
from app.domain.credentials.report import Check, CheckName, Outcome, Report, Verdict
from app.domain.credentials.screen import UnsafeDocument, is_absolute_iri, parse_json, screen
from app.domain.credentials.status_list import LIST_TYPES, StatusUnknown, is_revoked, read_entry

# Clocks differ a little; an end of validity is never stretched.
SKEW = timedelta(seconds=300)

Source = Mapping[str, Any] | bytes | str


class Resolver(Protocol):
    """Where a verifier gets what a file refers to. None means: not known here."""

    def did_document(self, did: str) -> Mapping[str, Any] | None:
        """Return the current DID document of an issuer."""
        ...

    def status_list(self, url: str) -> Source | None:
        """Return the signed status list at an address: a document, its bytes, or a token."""
        ...


def verify_document(source: Source, *, resolver: Resolver, now: datetime) -> Report:
    """Return the report on a credential: a parsed document, its JSON bytes, or a JWT.

    Never raises for bad input. `now` is an aware time.
    """
    lines: list[Check] = []
    document: Mapping[str, Any] = {}
    try:
        file = _opened(source)
        document = file.document
        for name, step, sentence in (_CREDENTIAL_FORMAT, *_AUTHENTICITY):
            _take(name, step, file, resolver, now)
            lines.append(Check(name, Outcome.PASSED, "ok", sentence))
    except _Refused as refusal:
        return _report(refusal.verdict, [*lines, refusal.line()], now, document)
    dates, status = _dates(file, now), _status(file, resolver, now)
    verdict = min((dates[0], status[0]), key=_PRECEDENCE.index)
    return _report(verdict, [*lines, dates[1], status[1]], now, document)


# When several things are wrong, a reader is told the gravest.
_PRECEDENCE = (
    Verdict.REVOKED,
    Verdict.EXPIRED,
    Verdict.NOT_YET_VALID,
    Verdict.CANNOT_CHECK,
    Verdict.VALID,
)


class _Refused(Exception):
    """A check failed in a way that leaves nothing further to check."""

    def __init__(self, verdict: Verdict, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.name = CheckName.FORMAT
        self.verdict, self.code, self.sentence = verdict, code, sentence

    def line(self) -> Check:
        unknown = self.verdict in (Verdict.CANNOT_CHECK, Verdict.NOT_ISSUED_HERE)
        return Check(self.name, Outcome.UNKNOWN if unknown else Outcome.FAILED, self.code, self.sentence)


@dataclass(slots=True)
class _File:
    """A file on its way through the checks."""

    document: Mapping[str, Any]
    token: Token | None
    issuer: str = ""
    key: VerificationKey | None = None
    data: bytes = b""

    @property
    def method_id(self) -> str:
        return self.token.method_id if self.token else read_proof(self.document)["verificationMethod"]


_Step = Callable[[_File, Resolver, datetime], None]


def _take(name: CheckName, step: _Step, file: _File, resolver: Resolver, now: datetime) -> None:
    try:
        step(file, resolver, now)
    except UnsafeDocument as error:
        verdict = Verdict.INVALID if error.code == "terms" else Verdict.MALFORMED
        refusal = _Refused(verdict, error.code, error.message)
        refusal.name = name
        raise refusal from error
    except _Refused as refusal:
        refusal.name = name
        raise


def _opened(source: Source) -> _File:
    if isinstance(source, Mapping):
        return _File(source, None)
    try:
        text = (source.decode("utf-8") if isinstance(source, bytes) else source).strip()
        if looks_like_jwt(text):
            token = read_jwt(text)
            return _File(token.document, token)
        return _File(parse_json(text), None)
    except UnsafeDocument as error:
        raise _Refused(Verdict.MALFORMED, error.code, error.message) from error
    except UnicodeDecodeError as error:
        raise _Refused(Verdict.MALFORMED, "json", "The file is not readable JSON.") from error


def _credential_format(file: _File, resolver: Resolver, now: datetime) -> None:
    document = file.document
    if document.get("@context") != list(CONTEXTS) or document.get("type") != list(TYPES):
        raise _malformed("The file is not an Open Badges 3.0 certificate in the form that we issue.")
    subject = document.get("credentialSubject")
    achievement = subject.get("achievement") if isinstance(subject, Mapping) else None
    if not isinstance(subject, Mapping) or not isinstance(achievement, Mapping):
        raise _malformed("The file does not say what was certified.")
    for name in (document.get("id"), subject.get("id"), achievement.get("id")):
        if not isinstance(name, str) or not is_absolute_iri(name):
            raise _malformed("The file does not say which certificate it is.")
    try:
        parse_iso(document.get("validFrom"))
        parse_iso(document.get("validUntil"))
        read_entry(document.get("credentialStatus"))
    except ValueError as error:
        raise _malformed("The file does not say for how long it is valid.") from error
    except StatusUnknown as error:
        raise _malformed(str(error)) from error
    if file.token is None:
        read_proof(document)


def _list_format(file: _File, resolver: Resolver, now: datetime) -> None:
    if file.document.get("@context") != [VC_V2] or file.document.get("type") != list(LIST_TYPES):
        raise _malformed("The status list is not in the form that we issue.")
    if file.token is None:
        read_proof(file.document)


def _issuer(file: _File, resolver: Resolver, now: datetime) -> None:
    stated = file.document.get("issuer")
    issuer = stated.get("id") if isinstance(stated, Mapping) else stated
    if not isinstance(issuer, str) or not issuer.startswith("did:"):
        raise _malformed("The file does not name its issuer.")
    if file.method_id.partition("#")[0] != issuer:
        raise _Refused(Verdict.INVALID, "foreign_key", "The file is signed with a key that is not the issuer's.")
    file.issuer = issuer


def _key(file: _File, resolver: Resolver, now: datetime) -> None:
    document = resolver.did_document(file.issuer)
    if document is None:
        raise _Refused(Verdict.NOT_ISSUED_HERE, "unknown_issuer", "The file was not issued by this academy.")
    try:
        file.key = authorized_key(document, file.issuer, file.method_id)
    except KeyNotUsable as error:
        raise _Refused(Verdict.INVALID, error.code, str(error)) from error
    if file.key.algorithm is not (Algorithm.ES256 if file.token else Algorithm.ED25519):
        raise _Refused(Verdict.INVALID, "wrong_kind", "The key is not of the kind that such a file is signed with.")


def _purpose(file: _File, resolver: Resolver, now: datetime) -> None:
    if file.token is not None:
        return
    proof = read_proof(file.document)
    if proof["proofPurpose"] != PURPOSE:
        raise _Refused(Verdict.INVALID, "wrong_purpose", "The signature was made for another purpose.")
    try:
        created = parse_iso(proof["created"])
        expires = parse_iso(proof["expires"]) if "expires" in proof else None
    except ValueError as error:
        raise _malformed("The signature is not properly dated.") from error
    if created > now + SKEW:
        raise _Refused(Verdict.INVALID, "future_proof", "The signature is dated in the future.")
    if expires is not None and expires < now:
        raise _Refused(Verdict.INVALID, "expired_proof", "The signature has expired.")


def _terms(file: _File, resolver: Resolver, now: datetime) -> None:
    if file.token is None:
        file.data = signed_data(file.document, read_proof(file.document))
        return
    screen(file.document, bundled())
    if not claims_agree(file.token):
        raise _Refused(Verdict.INVALID, "claims", "The outside of the token does not agree with the certificate in it.")


def _signature(file: _File, resolver: Resolver, now: datetime) -> None:
    assert file.key is not None
    if file.token is not None:
        holds = token_holds(file.token, file.key.public_key)
    else:
        signature = signature_of(read_proof(file.document))
        holds = verify_signature(Algorithm.ED25519, file.key.public_key, file.data, signature)
    if not holds:
        raise _Refused(
            Verdict.INVALID, "bad_signature", "The content was changed after it was signed, or the signature is forged."
        )


_CREDENTIAL_FORMAT = (
    CheckName.FORMAT,
    _credential_format,
    "The file is an Open Badges 3.0 certificate.",
)
_LIST_FORMAT = (CheckName.FORMAT, _list_format, "")
_AUTHENTICITY: tuple[tuple[CheckName, _Step, str], ...] = (
    (CheckName.ISSUER, _issuer, "It names its issuer, and the key is one of that name."),
    (CheckName.KEY, _key, "The issuer's public record allows this key to sign certificates."),
    (CheckName.PURPOSE, _purpose, "The signature was made to issue certificates and has not expired."),
    (CheckName.TERMS, _terms, "Every statement in the file is covered by the signature."),
    (CheckName.SIGNATURE, _signature, "The signature fits: nothing was changed since it was made."),
)


def _dates(file: _File, now: datetime) -> tuple[Verdict, Check]:
    begins, ends = parse_iso(file.document["validFrom"]), parse_iso(file.document["validUntil"])
    if begins > now + SKEW:
        sentence = "The certificate is not valid yet."
        return Verdict.NOT_YET_VALID, Check(CheckName.DATES, Outcome.FAILED, "not_yet_valid", sentence)
    if ends < now:
        return Verdict.EXPIRED, Check(CheckName.DATES, Outcome.FAILED, "expired", "The certificate has expired.")
    return Verdict.VALID, Check(CheckName.DATES, Outcome.PASSED, "ok", "Today is within its dates of validity.")


def _status(file: _File, resolver: Resolver, now: datetime) -> tuple[Verdict, Check]:
    try:
        url, _ = read_entry(file.document["credentialStatus"])
        status_list = _authentic_list(resolver.status_list(url), resolver, now)
        revoked = is_revoked(file.document["credentialStatus"], status_list, issuer=file.issuer, now=now)
    except StatusUnknown as error:
        return Verdict.CANNOT_CHECK, Check(CheckName.STATUS, Outcome.UNKNOWN, error.code, str(error))
    if revoked:
        sentence = "The issuer has declared this file void."
        return Verdict.REVOKED, Check(CheckName.STATUS, Outcome.FAILED, "revoked", sentence)
    return Verdict.VALID, Check(CheckName.STATUS, Outcome.PASSED, "ok", "The issuer has not declared this file void.")


def _authentic_list(source: Source | None, resolver: Resolver, now: datetime) -> Mapping[str, Any]:
    if source is None:
        raise StatusUnknown("missing", "The status list is not available.")
    try:
        file = _opened(source)
        for name, step, _ in (_LIST_FORMAT, *_AUTHENTICITY):
            _take(name, step, file, resolver, now)
    except _Refused as refusal:
        raise StatusUnknown("list", f"The status list cannot be trusted. {refusal.sentence}") from refusal
    return file.document


def _report(verdict: Verdict, lines: list[Check], now: datetime, document: Mapping[str, Any]) -> Report:
    made = {check.name for check in lines}
    for name in CheckName:
        if name not in made:
            lines.append(Check(name, Outcome.SKIPPED, "skipped", "Not checked: an earlier check failed."))
    return Report(verdict, tuple(lines), now, document)


def _malformed(sentence: str) -> _Refused:
    return _Refused(Verdict.MALFORMED, "format", sentence)
