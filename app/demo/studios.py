"""A studio of the demo at work: its team, a checked list, artists who share, a webhook, a key; artists who show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.credentials import queries as credentials
from app.demo import cast
from app.demo.cast import Person
from app.domain.access.actor import Actor, Role
from app.domain.access.scopes import Scope
from app.domain.studios.sharing import Share
from app.domain.studios.table import Line
from app.infra import api_keys
from app.studios import queries, services

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from sqlalchemy.orm import Session

    from app.demo.academy import Academy

WEBHOOK = "https://staff.atelier-rouge.example/vermilion"
"""Nothing answers there: the name is reserved for examples."""
SHOWN = 3
"""Pieces in a portfolio."""


def write(academy: Academy) -> None:
    """Put what studios and artists do into the script; the certificates are issued and changed before."""
    script = academy.script
    script.at(academy.day(89), lambda: _team(academy))
    script.at(academy.day(20), lambda: _open_page(academy, cast.VALID, "Lyon, France"))
    script.at(academy.day(19), lambda: _open_page(academy, cast.SUPERSEDED, "Leeds, United Kingdom"))
    script.at(academy.day(8), lambda: _ask_artists(academy))
    script.at(academy.day(7), lambda: _answer(academy))
    script.at(academy.day(3), lambda: _check_list(academy))
    script.at(academy.day(0.1), lambda: _programs(academy))


def _as_owner(academy: Academy, do: Callable[[Session, Actor, UUID], object], *, place: int = 0) -> None:
    owner = academy.who(cast.STUDIOS[place][2])
    with academy.stage.runtime.transaction() as session:
        do(session, owner, min(owner.studio_ids))


def _team(academy: Academy) -> None:
    studio_id = min(academy.who(cast.STUDIOS[0][2]).studio_ids)
    for person, rank in cast.TEAM:
        account = academy.stage.account(person, Role.STUDIO, studio_id=studio_id, rank=rank)
        academy.people[person.name] = account


def _number(academy: Academy, session: Session, person: Person) -> str:
    return credentials.held_by(session, academy.who(person).user_id)[0].number


def _open_page(academy: Academy, artist: Person, place: str) -> None:
    """Show pieces and stand in the directory."""
    now, actor = academy.stage.now, academy.who(artist)
    with academy.stage.runtime.transaction() as session:
        services.save_portfolio(session, actor, is_open=True, is_listed=True, is_indexed=False, place=place, now=now)
        for piece in queries.approved_pieces(session, actor.user_id)[:SHOWN]:
            services.show_piece(session, actor, piece.submission_id, now=now)


def _ask_artists(academy: Academy) -> None:
    now = academy.stage.now
    for place, artists in enumerate(((cast.VALID, cast.SUPERSEDED, cast.SUSPENDED), (cast.VALID,))):

        def ask(session: Session, owner: Actor, studio_id: UUID, artists: tuple[Person, ...] = artists) -> None:
            for artist in artists:
                services.ask_artist(session, owner, studio_id, _number(academy, session, artist), now=now)

        _as_owner(academy, ask, place=place)


def _answer(academy: Academy) -> None:
    """Two artists share with the first studio; what the second one asks for still waits."""
    choices: dict[Person, tuple[Share, ...]] = {
        cast.VALID: (Share.CERTIFICATES, Share.BBP),
        cast.SUPERSEDED: (Share.CERTIFICATES,),
    }
    now, studio_id = academy.stage.now, min(academy.who(cast.STUDIOS[0][2]).studio_ids)
    with academy.stage.runtime.transaction() as session:
        for artist, shares in choices.items():
            actor = academy.who(artist)
            link = queries.link_of(session, studio_id, actor.user_id)
            if link is None:
                raise LookupError(artist)
            services.choose_shares(session, actor, link.id, shares, now=now)


def _check_list(academy: Academy) -> None:
    """A list with what goes wrong on lists: one good row, a slip, a corrected name, a revoked one, no number."""

    def check(session: Session, owner: Actor, studio_id: UUID) -> None:
        good = _number(academy, session, cast.VALID)
        slip = good[:-1] + ("2" if good[-1] != "2" else "3")
        older = credentials.held_by(session, academy.who(cast.SUPERSEDED).user_id)[-1].number
        rows = [
            (cast.VALID.name, good),
            (cast.VALID.name, slip),
            (cast.SUPERSEDED.name, older),
            (cast.REVOKED.name, _number(academy, session, cast.REVOKED)),
            (cast.EXPIRED.name, _number(academy, session, cast.EXPIRED)),
            ("Kim T.", ""),
            ("Pat Doe", "VM-11111-11111-1"),
        ]
        lines = [Line(place, name, typed) for place, (name, typed) in enumerate(rows, 1)]
        services.check_list(session, owner, studio_id, lines, name="team-spring.csv", now=academy.stage.now)

    _as_owner(academy, check)


def _programs(academy: Academy) -> None:
    """A webhook that has nothing to send yet, and a key whose secret stands in demo.json."""

    def add(session: Session, owner: Actor, studio_id: UUID) -> None:
        now: Any = academy.stage.now
        services.add_webhook(session, owner, studio_id, WEBHOOK, allow_private=False, now=now)
        scopes = (Scope.VERIFY, Scope.WATCH_READ, Scope.CHANGES_READ)
        _key, secret = api_keys.make_key(session, owner, studio_id, name="Booking software", scopes=scopes, now=now)
        academy.notes["api_key"] = secret

    _as_owner(academy, add)
