"""Agreeing, and taking it back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.domain.access.actor import Actor
from app.domain.errors import Conflict
from app.domain.privacy.consent import ASKED, ConsentKind
from app.infra.audit import AuditTag, record
from app.privacy import queries
from app.privacy.models import Consent


def agree(session: Session, actor: Actor, kinds: Iterable[ConsentKind], *, now: datetime) -> None:
    """Write down that a person agrees to the versions of today; agreeing to the same again changes nothing."""
    session.get_one(User, actor.user_id, with_for_update=True)
    standing = queries.standing_consents(session, actor.user_id)
    for kind in kinds:
        version, known = ASKED[kind].version, standing.get(kind)
        if known is not None and known.version == version:
            continue
        if known is not None:
            known.withdrawn_at = now
            session.flush()  # the older version is closed before the newer one stands
        session.add(Consent(user_id=actor.user_id, kind=kind.value, version=version, given_at=now))
        facts = {"kind": kind.value, "before": known.version if known else None, "after": version}
        record(session, actor, AuditTag.CONSENT_GIVEN, now=now, target_kind="user", target_id=actor.user_id, **facts)


def take_back(session: Session, actor: Actor, kind: ConsentKind, *, now: datetime) -> None:
    """Take a yes back, from now on; again is no error. Raises Conflict for what the academy cannot do without."""
    if not ASKED[kind].optional:
        raise Conflict("Nobody can be taught without this. To take it back, ask to be erased.", code="needed")
    session.get_one(User, actor.user_id, with_for_update=True)
    known = queries.last_consent(session, actor.user_id, kind)
    if known is None:
        return
    known.withdrawn_at = now
    facts = {"kind": kind.value, "before": known.version, "after": None}
    record(session, actor, AuditTag.CONSENT_WITHDRAWN, now=now, target_kind="user", target_id=actor.user_id, **facts)
