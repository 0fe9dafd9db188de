"""Issue, change and look up credentials: record, signed file, status list and history in one transaction."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, select, update
from sqlalchemy.orm import Session, undefer

from app.certification import services as certification
from app.certification.models import Decision
from app.credentials import queries
from app.credentials.models import Credential, CredentialEvent, CredentialFile, StatusList
from app.credentials.queries import LIVE, Details, Standing, StoredFile
from app.domain.access.actor import Actor
from app.domain.certification.renewal import valid_until
from app.domain.credentials import answer, award, jwt, lifecycle, number, proof, status_list
from app.domain.credentials.answer import Judgment
from app.domain.credentials.build import IssuerFacts, build_credential, to_bytes
from app.domain.credentials.did import did_for
from app.domain.credentials.keys import Algorithm, Signer
from app.domain.credentials.lifecycle import Change, Reason
from app.domain.credentials.number import NumberResult
from app.domain.errors import Conflict, FieldProblem, Invalid, NotFound, TooMany
from app.domain.events import CredentialChanged, CredentialIssued
from app.domain.procedure import STEPS
from app.infra.audit import AuditTag, record
from app.infra.cache import Lru
from app.infra.documents import CertificateFacts, DocumentProblem, Signatory, certificate_pdf, name_is_printable
from app.infra.jobs.outbox import publish
from app.infra.ratelimit import Limiter
from app.infra.signing import KeyStore

TAGS = {
    Change.SUSPEND: AuditTag.CREDENTIAL_SUSPENDED,
    Change.REINSTATE: AuditTag.CREDENTIAL_REINSTATED,
    Change.REVOKE: AuditTag.CREDENTIAL_REVOKED,
    Change.SUPERSEDE: AuditTag.CREDENTIAL_SUPERSEDED,
}
# A studio can check its whole team in a minute; whoever guesses numbers would need millions of years.
LOOKUPS, LOOKUP_SECONDS = 60, 60
PRINTABLE = frozenset({lifecycle.Status.ACTIVE, lifecycle.Status.EXPIRING, lifecycle.Status.EXPIRED})

Glance = Callable[[], AbstractContextManager[Connection]]
Reading = Callable[[], AbstractContextManager[Session]]
# About 40 kB each; the key holds the digest of the signed file, so a new file is a new entry.
_pdfs: Lru[tuple[str, str, str], bytes] = Lru(64)
_tokens: Lru[tuple[bytes, str], str] = Lru(16)


@dataclass(frozen=True, slots=True)
class Issuer:
    """The academy with its pens: an Ed25519 signer for embedded proofs and an ES256 signer for tokens."""

    facts: IssuerFacts
    signer: Signer
    token_signer: Signer

    def status_url(self, list_id: int) -> str:
        """The address of a status list."""
        return f"{self.facts.url}/status/{list_id}"


def issuer_of(keys: KeyStore, *, name: str, url: str, now: datetime) -> Issuer:
    """The issuer with the keys that are in use now."""
    return Issuer(
        IssuerFacts(did_for(url), name, url),
        keys.active_signer(now, Algorithm.ED25519),
        keys.active_signer(now, Algorithm.ES256),
    )


@dataclass(frozen=True, slots=True)
class Award:
    """What is awarded to whom: the decision, the holder's printed name, and the pinned policy and rubric.

    `titles` are the printed names of exercises by id.
    """

    decision: Decision
    holder_name: str
    policy: Mapping[str, Any]
    policy_version: int
    rubric: Mapping[str, Any]
    titles: Mapping[str, str] = field(default_factory=dict)


def issue_credential(session: Session, actor: Actor, given: Award, *, issuer: Issuer, now: datetime) -> Credential:
    """Issue the credential of a decision; asked again for the same decision, return the one that exists."""
    decision = given.decision
    existing = queries.credential_for_decision(session, decision.id)
    if existing is not None:
        return existing
    credential = Credential(
        user_id=decision.user_id,
        decision_id=decision.id,
        certification_key=decision.certification_key,
        policy_version_id=decision.policy_version_id,
        holder_name=given.holder_name,
        title=given.policy["title"],
        facts=award.award_facts(given.policy, given.policy_version, given.rubric, decision.evidence, given.titles),
        valid_from=now,
        valid_until=valid_until(now, int(given.policy["validity_months"])),
    )
    return _put_into_force(session, actor, credential, issuer, now)


def supersede_credential(
    session: Session,
    actor: Actor,
    credential_id: UUID,
    *,
    holder_name: str,
    note: str = "",
    reason: Reason = Reason.CORRECTION,
    issuer: Issuer,
    now: datetime,
) -> Credential:
    """Replace a credential by one with the right name: a new number that ends on the same day.

    Raises NotFound, Conflict (only one in force can be replaced) or Invalid (a name that cannot be printed).
    """
    if not name_is_printable(holder_name):
        text = "This name cannot be printed on a certificate. Write its Latin form."
        raise Invalid(text, [FieldProblem("holder_name", "name", text)])
    old = change_credential(
        session, actor, credential_id, Change.SUPERSEDE, reason=reason, note=note, issuer=issuer, now=now
    )
    decision = certification.repeat_decision(session, actor, old.decision_id, now=now)
    credential = Credential(
        user_id=old.user_id,
        decision_id=decision.id,
        certification_key=old.certification_key,
        policy_version_id=old.policy_version_id,
        holder_name=holder_name.strip(),
        title=old.title,
        facts=old.facts,
        valid_from=now if now < old.valid_until else old.valid_from,
        valid_until=old.valid_until,
        supersedes_id=old.id,
    )
    return _put_into_force(session, actor, credential, issuer, now)


def _put_into_force(
    session: Session, actor: Actor, credential: Credential, issuer: Issuer, now: datetime
) -> Credential:
    credential.id, credential.number = uuid4(), _free_number(session)
    credential.subject_id = f"urn:uuid:{uuid4()}"
    credential.state, credential.state_at, credential.issued_at = lifecycle.State.ACTIVE.value, now, now
    session.add(credential)
    session.flush()  # the file points at the record
    _write_file(session, credential, issuer, now)
    _mirror_standing(session, credential)
    _note(session, actor, credential, Change.ISSUE, None, "", now)
    tag, target, shown = AuditTag.CREDENTIAL_ISSUED, credential.id, credential.number
    record(session, actor, tag, now=now, target_kind="credential", target_id=target, number=shown)
    publish(session, CredentialIssued(credential.user_id.hex, credential.id.hex), now=now)
    return credential


def change_credential(
    session: Session,
    actor: Actor,
    credential_id: UUID,
    change: Change,
    *,
    reason: Reason | None,
    note: str = "",
    issuer: Issuer,
    now: datetime,
) -> Credential:
    """Suspend, reinstate, revoke, supersede or withdraw. Raises NotFound, Conflict (not in this state) or Invalid."""
    credential = _locked_credential(session, credential_id)
    effect = lifecycle.transition(credential.state, change, reason)
    before, credential.state, credential.state_at = credential.state, effect.state.value, now
    in_force = effect.state is lifecycle.State.ACTIVE
    credential.reason_class = effect.reason.value if effect.reason and not in_force else ""
    if effect.sets_bit:
        _revoke_files(session, credential, issuer, now)
    if effect.makes_file:
        _write_file(session, credential, issuer, now)
    _mirror_standing(session, credential)
    _note(session, actor, credential, change, effect.reason, note, now)
    if change in TAGS:
        facts = {"number": credential.number, "before": before, "after": credential.state}
        tag, target = TAGS[change], credential.id
        record(session, actor, tag, now=now, target_kind="credential", target_id=target, **facts)
    publish(session, CredentialChanged(credential.user_id.hex, credential.id.hex, change.value), now=now)
    return credential


def sign_anew(session: Session, credential_id: UUID, *, issuer: Issuer, now: datetime) -> None:
    """Make a new file of a credential that is in force: its key was lost. Nothing else about it changes."""
    credential = _locked_credential(session, credential_id)
    if credential.state == lifecycle.State.ACTIVE:
        _write_file(session, credential, issuer, now)


def resign_status_list(session: Session, list_id: int, *, issuer: Issuer, now: datetime) -> None:
    """Sign a status list anew with its bits as they are."""
    _sign_list(_locked_list(session, list_id), issuer, now)


@dataclass(frozen=True, slots=True)
class LookUp:
    """What a number led to. `found` is None when it is mistyped or was never issued."""

    number: NumberResult
    judgment: Judgment
    found: Standing | None = None


def look_up(
    glance: Glance,
    limiter: Limiter,
    keys: KeyStore,
    typed: str,
    *,
    caller: str,
    now: datetime,
) -> LookUp:
    """Answer for typed text, as anybody may ask. Raises TooMany for a caller who asks too often.

    Mistyped text costs neither a statement nor a try: whoever mistypes is no guesser, and the check symbol is no
    secret. A number that was never issued costs the same statement as one that was.
    """
    checked = number.check(typed)
    if not checked.ok:
        return LookUp(checked, answer.mistyped(checked, now))
    count_look_up(limiter, caller, now)
    with glance() as connection:
        found = queries.public_view(connection, checked.number, now)
    if found is None:
        return LookUp(checked, answer.not_found(now))
    published = {key.kid for key in keys.public_keys() if key.is_published}
    stands = found.kid in published if found.kid else None
    return LookUp(checked, answer.judge(found, now, key_is_published=stands), found)


def signed_file(reading: Reading, limiter: Limiter, typed: str, *, caller: str, now: datetime) -> StoredFile:
    """The newest signed file of a number, of a revoked one too: its bit says so. Raises NotFound or TooMany."""
    checked = number.check(typed)
    if not checked.ok:
        raise NotFound(checked.hint)
    count_look_up(limiter, caller, now)
    with reading() as session:
        return queries.stored_file(session, checked.number)


def count_look_up(limiter: Limiter, caller: str, now: datetime) -> None:
    """Count one look-up of a caller. Raises TooMany beyond sixty in a minute."""
    allowed = limiter.hit(f"look-up:{caller}", LOOKUPS, LOOKUP_SECONDS, now)
    if not allowed.ok:
        text = f"More than {LOOKUPS} numbers were looked up from here within a minute."
        raise TooMany(text, retry_after=allowed.retry_after)


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
            f"The name {found.holder_name} has letters that our certificate fonts do not have, so there is no PDF. "
            "Page and signed file are as good as ever; the academy can issue it with a Latin form of the name.",
            code="not_printable",
        ) from problem


def _printed(found: Standing, details: Details, academy: str, url: str) -> CertificateFacts:
    facts = details.facts
    # The drawing has eight places; one whose step was not shown stays without its name.
    titles = tuple(step.title if step in details.steps_met else "" for step in STEPS)
    counts = [(facts["courses"], "course"), (facts["quizzes"], "graded quiz")]
    counts += [(facts["hours"]["total"], "hour"), (facts["pieces"]["total"], "practice piece")]
    words = [f"{n} {word if n == 1 else {'graded quiz': 'graded quizzes'}.get(word, word + 's')}" for n, word in counts]
    return CertificateFacts(
        number=found.number,
        holder_name=found.holder_name,
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


def status_token(document: bytes, issuer: Issuer) -> str:
    """The token twin of a signed status list, for readers that know tokens only."""
    key = (hashlib.sha256(document).digest(), issuer.token_signer.kid)
    return _tokens.get(key, lambda: jwt.sign_jwt(json.loads(document), issuer.token_signer, issuer=issuer.facts.did))


def _mirror_standing(session: Session, credential: Credential) -> None:
    """Let the decision know how its credential stands: higher tiers and re-evaluation ask there."""
    certification.note_standing(
        session,
        credential.decision_id,
        number=credential.number,
        issued_at=credential.issued_at,
        valid_until=credential.valid_until,
        in_force=credential.state == lifecycle.State.ACTIVE,
    )


def _write_file(session: Session, credential: Credential, issuer: Issuer, now: datetime) -> None:
    listed, index = _allocate(session, issuer, now)
    place = award.Place(issuer.status_url(listed.id), index)
    document = build_credential(award.document_facts(credential, issuer.facts, place, now))
    signed = to_bytes(proof.add_proof(document, issuer.signer, issuer=issuer.facts.did, created=now))
    older = update(CredentialFile).where(CredentialFile.credential_id == credential.id, LIVE)
    session.execute(older.values(replaced_at=now))
    session.add(
        CredentialFile(
            credential_id=credential.id,
            document=signed,
            token=jwt.sign_jwt(document, issuer.token_signer, issuer=issuer.facts.did),
            digest=hashlib.sha256(signed).hexdigest(),
            kid=issuer.signer.kid,
            status_list_id=listed.id,
            status_index=index,
            created_at=now,
        )
    )


def _revoke_files(session: Session, credential: Credential, issuer: Issuer, now: datetime) -> None:
    """Set the bit of every file that was ever given out and is not void yet; sign each list once."""
    standing = select(CredentialFile).where(
        CredentialFile.credential_id == credential.id, CredentialFile.revoked_at.is_(None)
    )
    touched: dict[int, StatusList] = {}
    for file in session.scalars(standing.order_by(CredentialFile.status_list_id)).all():
        if file.status_list_id not in touched:
            touched[file.status_list_id] = _locked_list(session, file.status_list_id)
        listed = touched[file.status_list_id]
        listed.bits = status_list.set_bit(listed.bits, file.status_index)
        file.revoked_at = now
    for listed in touched.values():
        _sign_list(listed, issuer, now)


def _locked_credential(session: Session, credential_id: UUID) -> Credential:
    query = select(Credential).where(Credential.id == credential_id).with_for_update()
    credential = session.scalar(query.execution_options(populate_existing=True))
    if credential is None:
        raise NotFound
    return credential


def _locked_list(session: Session, list_id: int) -> StatusList:
    query = select(StatusList).where(StatusList.id == list_id).with_for_update().options(undefer(StatusList.bits))
    return session.scalars(query.execution_options(populate_existing=True)).one()


def _allocate(session: Session, issuer: Issuer, now: datetime) -> tuple[StatusList, int]:
    query = select(StatusList).where(StatusList.is_open).order_by(StatusList.id.desc()).limit(1).with_for_update()
    listed = session.scalar(query.execution_options(populate_existing=True))
    if listed is None or listed.allocated >= status_list.CAPACITY:
        if listed is not None:
            listed.is_open = False
        listed = StatusList(bits=status_list.empty_bits(), document=b"", signed_at=now)
        session.add(listed)
        session.flush()  # its number is part of its address, which is signed
        _sign_list(listed, issuer, now)
    listed.allocated += 1
    return listed, _free_index(session, listed.id)


def _free_index(session: Session, list_id: int) -> int:
    # At most half of the places are ever taken, so a free one is found at once; asking per place
    # keeps the cost flat where loading all taken places would grow with the list.
    while True:
        index = secrets.randbelow(status_list.SIZE)
        taken = select(CredentialFile.id).where(
            CredentialFile.status_list_id == list_id, CredentialFile.status_index == index
        )
        if session.scalar(taken) is None:
            return index


def _sign_list(listed: StatusList, issuer: Issuer, now: datetime) -> None:
    url = issuer.status_url(listed.id)
    document = status_list.build_status_list(url=url, issuer=issuer.facts.did, bits=listed.bits, now=now)
    listed.document = to_bytes(proof.add_proof(document, issuer.signer, issuer=issuer.facts.did, created=now))
    listed.signed_at = now


def _free_number(session: Session) -> str:
    while True:
        made = number.new_number(secrets.token_bytes)
        if queries.credential_by_number(session, made) is None:
            return made


def _note(
    session: Session,
    actor: Actor,
    credential: Credential,
    change: Change,
    reason: Reason | None,
    note: str,
    now: datetime,
) -> None:
    session.add(
        CredentialEvent(
            credential_id=credential.id,
            change=change.value,
            at=now,
            actor_id=actor.id,
            actor_name=actor.name,
            reason_class=reason.value if reason else "",
            note=note.strip()[:1000],
        )
    )
