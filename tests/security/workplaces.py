"""What a studio and an artist keep: a checked list, a webhook with a message, a pack, an invitation, a public page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Invitation
from app.demo.acts import Stage
from app.domain.access.actor import Actor
from app.domain.studios.ranks import Rank
from app.domain.studios.sharing import Share
from app.domain.studios.table import Line
from app.practice.models import Submission
from app.studios import services
from app.studios.models import PortfolioPiece


def build(stage: Stage, people: Mapping[str, Actor], values: dict[str, Any]) -> None:
    """Add them; all belong to the "a" studio and the "a" student, who holds a certificate by now."""
    member, student = people["studio"], people["student"]
    studio_id = min(member.studio_ids)
    with stage.runtime.transaction() as session:
        number, now = values["number"], stage.now
        lines = [Line(1, student.name, number)]
        values["check_id"] = services.check_list(session, member, studio_id, lines, name="Team", now=now).id
        url = "https://203.0.113.1/"  # reserved for documentation: nothing is ever sent there
        hook = services.add_webhook(session, member, studio_id, url, allow_private=False, now=now)
        values["webhook_id"] = hook.id
        values["delivery_id"] = services.send_test(session, member, hook.id, now=now).id
        link = services.ask_artist(session, member, studio_id, number, now=now)
        services.choose_shares(session, student, link.id, set(Share), now=now)
        values["artist_link_id"] = link.id
        services.invite_member(session, member, studio_id, email="x@example.com", rank=Rank.VIEWER, now=now)
        values["pack_id"] = services.ask_pack(session, member, studio_id, now=now).id
        values["member_id"], values["table"] = member.user_id, "csv"
        values["studio_invitation_id"] = _invitation(session, studio_id)
        _show(session, student, values, stage)
    stage.settle()


def _invitation(session: Session, studio_id: Any) -> Any:
    session.flush()
    return session.scalars(select(Invitation.id).where(Invitation.studio_id == studio_id).limit(1)).one()


def _show(session: Session, student: Actor, values: dict[str, Any], stage: Stage) -> None:
    """A page with a piece on it, and an approved piece that is not."""
    page = services.save_portfolio(
        session, student, is_open=True, is_listed=True, is_indexed=False, place="Lyon", now=stage.now
    )
    approved = select(Submission.id).where(Submission.user_id == student.user_id, Submission.state == "approved")
    first = session.scalars(approved.limit(1)).one()
    piece: PortfolioPiece = services.show_piece(session, student, first, now=stage.now)
    values["handle"], values["piece_id"], values["approved_id"] = page.slug, piece.id, first
