"""Regrades: judge handed-in answers again by a corrected version. Grades are added, never replaced or taken away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.assessment.grading import AttemptGrade, AttemptMark, grade_attempt
from app.domain.assessment.items.essay import HandMark
from app.domain.assessment.regrading import Turn, carried_over, is_judged_alike
from app.domain.errors import Conflict, Invalid
from app.domain.events import GradeChanged
from app.infra.audit import AuditTag, record
from app.infra.jobs.outbox import enqueue, publish
from app.notifications.services import notify
from app.quizzes import queries
from app.quizzes.models import AttemptItem, Regrade
from app.quizzes.queries import OutdatedItem, Touched
from app.quizzes.services.attempts import require_reason
from app.quizzes.services.grades import add_grade

CHUNK = 50
LOOKED_AT = 1_000


@dataclass(frozen=True, slots=True)
class Judged:
    """One attempt judged again: its new grade and what it turns, or None where nothing changes, or why it cannot be."""

    touched: Touched
    grade: AttemptGrade | None = None
    turn: Turn | None = None
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a regrade would do, as far as it was looked at (`looked` of `item.attempts`)."""

    item: OutdatedItem
    looked: int
    changes: tuple[Judged, ...]
    refused: tuple[Judged, ...]

    @property
    def passes(self) -> int:
        """How many attempts would pass only then."""
        return sum(judged.turn is not None and judged.turn.passes for judged in self.changes)

    @property
    def fails(self) -> int:
        """How many attempts would pass no more."""
        return sum(judged.turn is not None and judged.turn.fails for judged in self.changes)

    @property
    def is_whole(self) -> bool:
        """True when every attempt was looked at."""
        return self.looked >= self.item.attempts


def preview_regrade(session: Session, item_key: str, *, limit: int | None = LOOKED_AT) -> Preview:
    """Say what a regrade by the live version would do, and write nothing. Raises NotFound for an item not live.

    Who would pass or fail stands first, then people in the order of their names.
    """
    item = queries.outdated_item(session, item_key)
    changes: list[Judged] = []
    refused: list[Judged] = []
    looked, after = 0, None
    while limit is None or looked < limit:
        rows = queries.touched(session, item_key, item.version_id, after=after, size=CHUNK)
        if not rows:
            break
        for judged in judge_again(session, rows, item.version_id):
            if judged.refusal:
                refused.append(judged)
            elif judged.turn is not None:
                changes.append(judged)
        looked, after = looked + len(rows), rows[-1].slot_id
    changes.sort(key=lambda judged: (not _is_turned(judged), judged.touched.name, judged.touched.number))
    return Preview(item, looked, tuple(changes), tuple(refused))


def _is_turned(judged: Judged) -> bool:
    return judged.turn is not None and (judged.turn.passes or judged.turn.fails)


def judge_again(session: Session, rows: Sequence[Touched], version_id: UUID) -> list[Judged]:
    """Judge answers to one item by a version of it. Whole attempts are graded only where its own grade differs."""
    found = {row.attempt_id: _own_grade(session, row, version_id) for row in rows}
    differing = [row for row in rows if found[row.attempt_id] is None]
    ids = [row.attempt_id for row in differing]
    slots = queries.slots_of(session, ids) if ids else {}
    marks = queries.hand_marks_of(session, ids) if ids else {}
    for row in differing:
        found[row.attempt_id] = _whole_grade(session, row, slots[row.attempt_id], version_id, marks[row.attempt_id])
    return [judged for judged in found.values() if judged is not None]


def _own_grade(session: Session, row: Touched, version_id: UUID) -> Judged | None:
    """The outcome where the item alone decides it: a refusal, or no change; None when the attempt must be graded."""
    seen, old, corrected = (
        queries.pinned_item(session, version).for_seed(row.seed)
        for version in (row.item_version_id, row.graded_version_id, version_id)
    )
    try:
        response = carried_over(seen, corrected, row.response)
    except Invalid as refusal:
        return Judged(row, refusal=refusal.message)
    if row.report is None:
        return Judged(row)  # essays of it wait to be marked; the grade that follows goes by the corrected version
    was, grade = old.grade(old.response_from_json(row.response or {})), corrected.grade(response)
    return Judged(row) if is_judged_alike(row.report, old, was, corrected, grade) else None


def _whole_grade(
    session: Session, row: Touched, slots: Sequence[AttemptItem], version_id: UUID, marks: Mapping[str, HandMark]
) -> Judged:
    items = {
        slot.item_key: queries.pinned_item(
            session, version_id if slot.id == row.slot_id else slot.graded_version_id
        ).for_seed(row.seed)
        for slot in slots
    }
    responses = {
        slot.item_key: items[slot.item_key].response_from_json(slot.response)
        for slot in slots
        if slot.response is not None
    }
    spec = queries.pinned_spec(session, row.quiz_version_id)
    grade = grade_attempt(spec, list(items.values()), responses, marks)
    report = row.report or {}
    turn = Turn(AttemptMark(Fraction(report["percent"]), bool(row.passed)), AttemptMark(grade.percent, grade.passed))
    return Judged(row, grade, turn)


def ask_regrade(
    session: Session, actor: Actor, item_key: str, *, version_id: UUID, reason: str, now: datetime
) -> Regrade:
    """Ask for a regrade by the version that was previewed; a job does it.

    Raises NotFound, Invalid without a reason, Conflict when the item has changed since, one is under way already,
    or there is nothing to judge again.
    """
    item = queries.outdated_item(session, item_key)
    require_reason(reason)
    if item.version_id != version_id:
        raise Conflict("The question has changed again since this preview. Look at the new one first.", code="stale")
    if queries.regrade_ahead(session, item_key) is not None:
        raise Conflict("A regrade of this question is under way already.", code="ahead")
    if not item.attempts:
        raise Conflict("No answer was judged by an older version of this question.", code="nothing")
    regrade = Regrade(
        item_key=item_key,
        version_id=version_id,
        reason=reason.strip(),
        asked_by=actor.id,
        asked_at=now,
        total=item.attempts,
    )
    session.add(regrade)
    session.flush()  # the job names its id
    facts = {"item": item_key, "version": item.version, "attempts": item.attempts, "reason": regrade.reason}
    record(session, actor, AuditTag.REGRADE_ASKED, now=now, target_kind="regrade", target_id=regrade.id, **facts)
    enqueue(session, "quizzes.regrade", {"regrade_id": regrade.id.hex}, now=now, dedupe_key=f"regrade:{item_key}")
    return regrade


def stop_regrade(session: Session, actor: Actor, regrade_id: UUID, *, now: datetime) -> None:
    """Stop a regrade after the attempts that it has judged; these stay as they are. Raises NotFound, Conflict."""
    regrade = queries.regrade_row(session, regrade_id, lock=True)
    if regrade.state not in ("queued", "running"):
        raise Conflict("This regrade is over already.", code="over")
    _finish(session, actor, regrade, "stopped", now)


def begin_regrade(session: Session, regrade_id: UUID) -> bool:
    """Count what lies ahead, also when a worker died in the middle; False when it is over or was stopped."""
    regrade = queries.regrade_row(session, regrade_id, lock=True)
    if regrade.state not in ("queued", "running"):
        return False
    ahead = queries.touched_count(session, regrade.item_key, regrade.version_id)
    regrade.state, regrade.refused = "running", 0
    regrade.total = max(regrade.total, ahead)
    regrade.done = regrade.total - ahead
    return True


def regrade_some(
    session: Session, actor: Actor, regrade_id: UUID, after: UUID | None, *, now: datetime
) -> tuple[UUID | None, int]:
    """Judge the next attempts again; return where to go on (None: all done, or stopped) and how many these were.

    An attempt that was judged by this version already is not met again, so nothing is counted or told twice.
    """
    regrade = queries.regrade_row(session, regrade_id, lock=True)
    if regrade.state != "running":
        return None, 0
    rows = queries.touched(session, regrade.item_key, regrade.version_id, after=after, size=CHUNK)
    if not rows:
        _finish(session, actor, regrade, "done", now)
        return None, 0
    attempts = queries.locked_attempts(session, [row.attempt_id for row in rows])
    slots = queries.slots_by_id(session, [row.slot_id for row in rows])
    # Read once more behind the locks: a grade may have been added while we waited.
    last = rows[-1].slot_id
    again = queries.touched(session, regrade.item_key, regrade.version_id, after=after, size=CHUNK)
    rows = [row for row in again if row.attempt_id in attempts]
    for judged in judge_again(session, rows, regrade.version_id):
        regrade.done += 1
        if judged.refusal:
            regrade.refused += 1
            continue
        slots[judged.touched.slot_id].graded_version_id = regrade.version_id
        if judged.grade is not None and judged.turn is not None:
            row = add_grade(session, attempts[judged.touched.attempt_id], judged.grade, now=now, reason=regrade.reason)
            row.regrade_id = regrade.id
            _tell(session, regrade, judged, judged.turn, now)
    session.flush()
    return (rows[-1].slot_id if rows else last), len(rows)


def _tell(session: Session, regrade: Regrade, judged: Judged, turn: Turn, now: datetime) -> None:
    found = judged.touched
    regrade.changed += 1
    regrade.passed += turn.passes
    regrade.failed += turn.fails
    notify(
        session,
        found.user_id,
        "grade_corrected",
        once_key=f"regrade:{regrade.id}",
        url=f"/learn/attempts/{found.attempt_id}/result",
        now=now,
        title=found.quiz_title,
    )
    publish(session, GradeChanged(found.user_id.hex, found.attempt_id.hex), now=now)


def _finish(session: Session, actor: Actor, regrade: Regrade, state: str, now: datetime) -> None:
    regrade.state, regrade.finished_at = state, now
    counts = {name: getattr(regrade, name) for name in ("total", "done", "changed", "passed", "failed", "refused")}
    facts = {"item": regrade.item_key, "state": state, **counts}
    record(session, actor, AuditTag.REGRADE_DONE, now=now, target_kind="regrade", target_id=regrade.id, **facts)
