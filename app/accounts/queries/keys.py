"""Who speaks through a key of the interface for programs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from app.accounts.models import RoleGrant, User
from app.domain.access.actor import Actor, Role
from app.infra.api_keys import KeyFacts

_user: Any = User.__table__.c
_grant: Any = RoleGrant.__table__.c
_MAKER = (
    select(_user.id, _user.name, _grant.studio_rank)
    .select_from(User.__table__.join(RoleGrant.__table__, _grant.user_id == _user.id))
    .where(
        _user.id == bindparam("user"),
        _user.disabled_at.is_(None),
        _grant.role == Role.STUDIO.value,
        _grant.studio_id == bindparam("studio"),
        _grant.ended_at.is_(None),
    )
)


def actor_for_key(reader: Session | Connection, key: KeyFacts) -> Actor | None:
    """Who a key speaks for: its maker, as a member of its studio and nothing else. One statement.

    None when the maker's account is closed or has left the studio: then the key opens nothing.
    """
    maker = reader.execute(_MAKER, {"user": key.made_by, "studio": key.studio_id}).first()
    if maker is None:
        return None
    studio, rank = key.studio_id, frozenset({(key.studio_id, maker.studio_rank)})
    return Actor(maker.id, maker.name, frozenset({Role.STUDIO}), frozenset({studio}), rank)
