"""Issue and change credentials: record, signed file, status list and history in one transaction."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session, undefer

from app.certification import queries as certification_queries
from app.certification import services as certification
from app.certification.models import Decision
from app.credentials import queries
from app.credentials.models import Credential, CredentialEvent, CredentialFile, StatusList
from app.domain.access.actor import Actor
from app.domain.certification.renewal import valid_until
from app.domain.credentials import jwt, lifecycle, number, proof, status_list
from app.domain.credentials.build import (
    AchievementFacts,
    CredentialFacts,
    IssuerFacts,
    LevelFacts,
    StepFacts,
    build_credential,
    to_bytes,
)
from app.domain.credentials.did import did_for
from app.domain.credentials.keys import Algorithm, Signer
from app.domain.credentials.lifecycle import Change, Reason
from app.domain.events import CredentialChanged, CredentialIssued
from app.domain.procedure import Step
from app.infra.audit import AuditTag, record
from app.infra.jobs.outbox import publish
from app.infra.signing import KeyStore

STEP_IDS = frozenset(step.value for step in Step)
LEVEL_NAMES = {1: "Unsafe or not shown", 2: "Developing", 3: "Competent", 4: "Distinguished"}
TAGS = {
    Change.SUSPEND: AuditTag.CREDENTIAL_SUSPENDED,
    Change.REINSTATE: AuditTag.CREDENTIAL_REINSTATED,
    Change.REVOKE: AuditTag.CREDENTIAL_REVOKED,
    Change.SUPERSEDE: AuditTag.CREDENTIAL_SUPERSEDED,
}


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
    """What is awarded to whom: the decision, the holder's printed name, and the pinned policy and rubric."""

    decision: Decision
    holder_name: str
    policy: Mapping[str, Any]
    policy_version: int
    rubric: Mapping[str, Any]


def issue_credential(
    session: Session, actor: Actor, award: Award, *, issuer: Issuer, now: datetime, supersedes: Credential | None = None
) -> Credential:
    """Issue the credential of a decision; asked again for the same decision, return the one that exists."""
    existing = queries.credential_for_decision(session, award.decision.id)
    if existing is not None:
        return existing
    evidence = award.decision.evidence
    credential = Credential(
        id=uuid4(),
        number=_free_number(session),
        user_id=award.decision.user_id,
        decision_id=award.decision.id,
        certification_key=award.decision.certification_key,
        policy_version_id=award.decision.policy_version_id,
        holder_name=award.holder_name,
        title=award.policy["title"],
        subject_id=f"urn:uuid:{uuid4()}",
        state_at=now,
        facts=_facts(award),
        issued_at=now,
        valid_from=now,
        valid_until=supersedes.valid_until if supersedes else valid_until(now, int(award.policy["validity_months"])),
        supersedes_id=supersedes.id if supersedes else None,
    )
    credential.facts["activity"] = [evidence["activity_start"], evidence["activity_end"]]
    session.add(credential)
    session.flush()  # the file points at the record
    _write_file(session, credential, issuer, now)
    _mirror_standing(session, credential)
    _note(session, actor, credential, Change.ISSUE, None, "", now)
    record(
        session,
        actor,
        AuditTag.CREDENTIAL_ISSUED,
        now=now,
        target_kind="credential",
        target_id=credential.id,
        number=credential.number,
    )
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
    locked = select(Credential).where(Credential.id == credential_id).with_for_update()
    credential = session.scalar(locked) or queries.credential(session, credential_id)
    effect = lifecycle.transition(credential.state, change, reason)
    before = credential.state
    credential.state = effect.state.value
    credential.state_at = now
    credential.reason_class = (
        effect.reason.value if effect.reason and effect.state is not lifecycle.State.ACTIVE else ""
    )
    if effect.sets_bit:
        _revoke_files(session, credential, issuer, now)
    if effect.makes_file:
        _write_file(session, credential, issuer, now)
    _mirror_standing(session, credential)
    _note(session, actor, credential, change, effect.reason, note, now)
    if change in TAGS:
        record(
            session,
            actor,
            TAGS[change],
            now=now,
            target_kind="credential",
            target_id=credential.id,
            number=credential.number,
            before=before,
            after=credential.state,
        )
    publish(session, CredentialChanged(credential.user_id.hex, credential.id.hex, change.value), now=now)
    return credential


def supersede_credential(
    session: Session,
    actor: Actor,
    credential_id: UUID,
    *,
    holder_name: str,
    note: str = "",
    issuer: Issuer,
    now: datetime,
) -> Credential:
    """Replace a certificate by a corrected one under a new number; both pages point at each other.

    The new one rests on a copy of the decision, with the same evidence, and is valid no longer than the old one.
    Raises Conflict when the old one is not active.
    """
    old = change_credential(
        session,
        actor,
        credential_id,
        Change.SUPERSEDE,
        reason=Reason.CORRECTION,
        note=note,
        issuer=issuer,
        now=now,
    )
    first = certification_queries.decision(session, old.decision_id)
    decision = Decision(
        user_id=first.user_id,
        certification_key=first.certification_key,
        sequence=first.sequence + 1,
        policy_version_id=first.policy_version_id,
        lines=first.lines,
        evidence=first.evidence,
        decided_at=now,
    )
    session.add(decision)
    session.flush()  # the credential points at it
    award = Award(
        decision=decision,
        holder_name=holder_name,
        policy=certification_queries.policy_payload(session, decision.policy_version_id),
        policy_version=certification_queries.policy_version(session, decision.policy_version_id),
        rubric=certification_queries.rubric_payload(session),
    )
    return issue_credential(session, actor, award, issuer=issuer, now=now, supersedes=old)


def resign_status_list(session: Session, list_id: int, *, issuer: Issuer, now: datetime) -> None:
    """Sign a status list anew with its bits as they are."""
    _sign_list(_locked_list(session, list_id), issuer, now)


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


def _facts(award: Award) -> dict[str, Any]:
    evidence = award.decision.evidence
    return {
        "scope": award.policy.get("scope", ""),
        "not_a_licence": award.policy.get("not_a_licence", ""),
        "code": award.policy["id"],
        "version": award.policy_version,
        "steps": _step_rows(award),
        "hours": evidence["hours"],
        "pieces": evidence["pieces"],
        "proofs": evidence["proofs"],
        "assessors": evidence.get("assessors", []),
    }


def _step_rows(award: Award) -> list[dict[str, Any]]:
    """The headings that the pieces gave evidence of, with the level that was asked and the best one shown."""
    shown = award.decision.evidence["steps"]
    mark = award.rubric.get("marks", {}).get(award.policy["id"], {})
    rows = []
    for criterion in award.rubric["criteria"]:
        step = criterion.get("step")
        if step not in STEP_IDS or step not in shown:
            continue
        levels = [
            {"number": n, "description": _of(criterion["levels"], n), "points": int(_of(award.rubric["points"], n))}
            for n in sorted(LEVEL_NAMES)
        ]
        # Only core criteria have a floor; the others add to the score at any level.
        required = int(mark.get("core", 1)) if criterion.get("core") else 1
        rows.append(
            {
                "step": step,
                "title": Step(step).title,
                "levels": levels,
                "required": required,
                "achieved": int(shown[step]),
            }
        )
    return rows


def _of(table: Mapping[Any, Any], level: int) -> Any:
    # JSON turns the whole-number keys of the files into text.
    return table.get(str(level), table.get(level))


def _document(credential: Credential, issuer: Issuer, list_id: int, index: int, now: datetime) -> dict[str, Any]:
    facts = credential.facts
    start, end = (datetime.fromisoformat(value) for value in facts["activity"])
    return build_credential(
        CredentialFacts(
            number=credential.number,
            subject_id=credential.subject_id,
            holder_name=credential.holder_name,
            issuer=issuer.facts,
            achievement=AchievementFacts(
                slug=f"{credential.certification_key}-v{facts['version']}",
                name=credential.title,
                description=f"{facts['scope']} {facts['not_a_licence']}".strip(),
                criteria="Courses, quizzes, logged hours, reviewed practice pieces and external proofs of the "
                f"{credential.title} requirement set, version {facts['version']}.",
                version=str(facts["version"]),
                code=facts["code"].upper(),
            ),
            steps=tuple(_step(row) for row in facts["steps"]),
            awarded_at=credential.issued_at,
            valid_from=max(now, credential.valid_from),
            valid_until=credential.valid_until,
            activity_start=start,
            activity_end=end,
            status_list_url=issuer.status_url(list_id),
            status_index=index,
        )
    )


def _step(row: Mapping[str, Any]) -> StepFacts:
    levels = tuple(
        LevelFacts(level["number"], LEVEL_NAMES[level["number"]], level["description"], level["points"])
        for level in row["levels"]
    )
    return StepFacts(row["step"], row["title"], levels, row["required"], row["achieved"])


def _write_file(session: Session, credential: Credential, issuer: Issuer, now: datetime) -> None:
    listed, index = _allocate(session, issuer, now)
    document = _document(credential, issuer, listed.id, index, now)
    signed = to_bytes(proof.add_proof(document, issuer.signer, issuer=issuer.facts.did, created=now))
    # An older live file (a renewal leaves it to expire) must not be found as the live one any more.
    session.execute(
        update(CredentialFile)
        .where(CredentialFile.credential_id == credential.id, CredentialFile.revoked_at.is_(None))
        .values(revoked_at=now)
    )
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
    files = session.scalars(select(CredentialFile).where(CredentialFile.credential_id == credential.id)).all()
    for file in files:
        listed = _locked_list(session, file.status_list_id)
        if not status_list.bit_is_set(listed.bits, file.status_index):
            listed.bits = status_list.set_bit(listed.bits, file.status_index)
            _sign_list(listed, issuer, now)
        file.revoked_at = file.revoked_at or now


def _locked_list(session: Session, list_id: int) -> StatusList:
    query = select(StatusList).where(StatusList.id == list_id).with_for_update().options(undefer(StatusList.bits))
    return session.scalars(query.execution_options(populate_existing=True)).one()


def _allocate(session: Session, issuer: Issuer, now: datetime) -> tuple[StatusList, int]:
    query = select(StatusList).where(StatusList.is_open).order_by(StatusList.id.desc()).limit(1).with_for_update()
    listed = session.scalar(query)
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
