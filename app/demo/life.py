"""What happens to the certificates of the demo: followed, corrected, suspended, revoked by two people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.credentials import queries as credentials
from app.credentials import services
from app.demo import cast
from app.demo.cast import Person
from app.domain.credentials.lifecycle import Change, Reason
from app.studios import services as studios

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from app.demo.academy import Academy


def write(academy: Academy) -> None:
    """Put the changes of certificates into the script."""
    script = academy.script
    script.at(academy.day(90), lambda: _follow_everybody(academy))
    script.at(
        academy.day(31.2), lambda: _ask(academy, cast.REVOKED, Reason.CONDUCT, "Photos of another artist handed in.")
    )
    script.at(academy.day(31), lambda: _confirm(academy, cast.REVOKED))
    script.at(academy.day(21), lambda: _correct(academy))
    script.at(academy.day(9), lambda: _suspend(academy))
    # One waits for the second administrator.
    words = "Kept on working on clients while suspended; the studio wrote to us."
    script.at(academy.day(0.4), lambda: _ask(academy, cast.SUSPENDED, Reason.CONDUCT, words))


def _held(academy: Academy, session: Session, person: Person) -> UUID:
    return credentials.held_by(session, academy.who(person).user_id)[0].id


def _ask(academy: Academy, person: Person, reason: Reason, note: str) -> None:
    with academy.stage.runtime.transaction() as session:
        credential_id, now = _held(academy, session, person), academy.stage.now
        services.ask_revocation(session, academy.who(cast.ADMIN), credential_id, reason=reason, note=note, now=now)


def _confirm(academy: Academy, person: Person) -> None:
    with academy.stage.runtime.transaction() as session:
        credential_id, now = _held(academy, session, person), academy.stage.now
        services.confirm_revocation(session, academy.who(cast.SECOND), credential_id, issuer=_issuer(academy), now=now)


def _suspend(academy: Academy) -> None:
    with academy.stage.runtime.transaction() as session:
        services.change_credential(
            session,
            academy.who(cast.ADMIN),
            _held(academy, session, cast.SUSPENDED),
            Change.SUSPEND,
            reason=Reason.LAPSED_REQUIREMENT,
            note="Bloodborne-pathogen proof is too old.",
            issuer=_issuer(academy),
            now=academy.stage.now,
        )


def _correct(academy: Academy) -> None:
    with academy.stage.runtime.transaction() as session:
        services.supersede_credential(
            session,
            academy.who(cast.ADMIN),
            _held(academy, session, cast.SUPERSEDED),
            holder_name=cast.CORRECTED_NAME,
            note="Name as on the passport.",
            issuer=_issuer(academy),
            now=academy.stage.now,
        )


def _issuer(academy: Academy) -> services.Issuer:
    runtime = academy.stage.runtime
    settings = runtime.settings
    # The keys were made today; a certificate of the demo's past is signed with them all the same.
    return services.issuer_of(runtime.keys, name=settings.academy_name, url=settings.public_url, now=academy.today)


def _follow_everybody(academy: Academy) -> None:
    runtime, now = academy.stage.runtime, academy.stage.now
    with runtime.transaction() as session:
        for _name, _city, member in cast.STUDIOS:
            person = academy.who(member)
            for artist in (cast.VALID, cast.SUSPENDED, cast.REVOKED, cast.SUPERSEDED):
                for held in credentials.held_by(session, academy.who(artist).user_id):
                    studios.add_watch(session, person, min(person.studio_ids), held.number, now=now)
