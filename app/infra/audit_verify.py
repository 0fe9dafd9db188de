"""Walks the whole audit log and says what is wrong with it: for the command, the page's job and a restored backup."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.audit import Checkpoint, Event, Fault, Finding, Seal, Walk, commit, commitments_of, statement
from app.domain.credentials.keys import KeyRecord, verify_signature
from app.infra.audit import AuditEvent, AuditPersonal, AuditTag
from app.infra.audit_chain import LOOK_BACK, PORTION, AuditSeal, checkpoints, last_checkpoint, last_seal, sealed_events

MOST_FINDINGS = 20


@dataclass(slots=True)
class Report:
    """What a walk found. `signed` says how far a key signed that is not withdrawn; `head` is the last link."""

    sealed: int = 0
    signed: int = 0
    waiting: int = 0
    findings: list[Finding] = field(default_factory=list)
    more: bool = False

    @property
    def is_sound(self) -> bool:
        """True when nothing is wrong."""
        return not self.findings


def count_sealed(session: Session) -> int:
    """How many seals a walk has to look at."""
    return session.scalar(select(func.count()).select_from(AuditSeal)) or 0


def verify_log(session: Session, keys: list[KeyRecord], tick: Callable[[int], None] = lambda _done: None) -> Report:
    """Walk the chain from its first event to its last; `tick` is told how many more events were looked at.

    The report holds the first findings in the order of the chain, then those among events that were never sealed.
    """
    report = Report()
    for finding in _walk(session, keys, report, tick):
        if len(report.findings) == MOST_FINDINGS:
            report.more = True
            break
        report.findings.append(finding)
    return report


def _walk(session: Session, keys: list[KeyRecord], report: Report, tick: Callable[[int], None]) -> Iterator[Finding]:
    known = {key.kid: key for key in keys}

    def is_signed(point: Checkpoint) -> bool:
        key = known.get(point.kid)
        if key is None:
            return False
        data = statement(point.number, point.sequence, point.head, point.at)
        good = verify_signature(key.algorithm, key.public_key, data, point.signature)
        if good and key.is_published:
            report.signed = point.sequence
        return good

    def sealed_elsewhere(digest: str, place: int) -> bool:
        other = select(AuditSeal.sequence).where(AuditSeal.digest == digest, AuditSeal.sequence != place).limit(1)
        return session.scalar(other) is not None

    # Sealing may go on meanwhile. What is signed is looked up first, so that what was sealed with it is there, too.
    signed, sealed = last_checkpoint(session), last_seal(session)
    end = sealed.sequence if sealed else 0
    walk = Walk(sealed_elsewhere, checkpoints(session, max(end, signed.sequence if signed else 0)), is_signed)
    names = _Names(session)
    while portion := sealed_events(session, walk.sequence, end):
        for seal, event in portion:
            yield from walk.step(seal, event)
        yield from names.compare(portion)
        report.sealed += len(portion)
        tick(len(portion))
    yield from walk.end()
    yield from _unsealed(session, report)


class _Names:
    """Holds what lies beside the log against the commitments of its lines."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._erased: dict[UUID, bool] = {}

    def compare(self, portion: Sequence[tuple[Seal, Event | None]]) -> Iterator[Finding]:
        """Names that were changed, and such as are gone though nobody erased the person."""
        wanted = [(seal, each) for seal, event in portion if event is not None for each in commitments_of(event)]
        kept = self._kept([each.text for _seal, each in wanted])
        for seal, each in wanted:
            if each.text not in kept:
                if not self._is_erased(each.person_id):
                    yield Finding(Fault.NAME_REMOVED, seal.sequence, seal.event_id)
            elif kept[each.text] != (each.person_id, each.text):
                yield Finding(Fault.NAME_CHANGED, seal.sequence, seal.event_id)

    def _kept(self, commitments: list[str]) -> dict[str, tuple[UUID, str]]:
        """Of each commitment that is kept: whose it is, and the commitment that its text and salt really make."""
        columns = (AuditPersonal.commitment, AuditPersonal.person_id, AuditPersonal.salt, AuditPersonal.text)
        found: dict[str, tuple[UUID, str]] = {}
        for start in range(0, len(commitments), PORTION):
            query = select(*columns).where(AuditPersonal.commitment.in_(commitments[start : start + PORTION]))
            for commitment, person_id, salt, words in self._session.execute(query):
                found[commitment] = (person_id, commit(salt, words))
        return found

    def _is_erased(self, person_id: UUID) -> bool:
        if person_id not in self._erased:
            line = select(AuditEvent.id).where(
                AuditEvent.target_kind == "user",
                AuditEvent.target_id == str(person_id),
                AuditEvent.tag == AuditTag.PERSON_ERASED.value,
            )
            self._erased[person_id] = self._session.scalar(line.limit(1)) is not None
        return self._erased[person_id]


def _unsealed(session: Session, report: Report) -> Iterator[Finding]:
    """Count the events that wait for their seal; one that stands far before sealed ones was put in afterwards."""
    newest = session.scalar(select(func.max(AuditSeal.event_id))) or 0
    sealed = select(AuditSeal.event_id).where(AuditSeal.event_id == AuditEvent.id).exists()
    query = select(AuditEvent.id).where(~sealed).order_by(AuditEvent.id)
    for event_id in session.scalars(query.execution_options(yield_per=PORTION)):
        if event_id <= newest - LOOK_BACK:
            yield Finding(Fault.INSERTED, 0, event_id)
        else:
            report.waiting += 1
