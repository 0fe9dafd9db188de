"""Reads of artists who were asked for their papers, and of what they let a studio see: nothing beyond it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.certification.models import ExternalProof
from app.credentials.models import Credential
from app.credentials.queries import SHOWN_NAME
from app.domain.credentials.lifecycle import Status, status
from app.domain.errors import NotFound
from app.domain.studios.sharing import PROOFS, Share, shares_of
from app.studios.models import ArtistLink, ConsentLine, InspectionPack, Studio

MOST_ARTISTS = 500
_SHARE_OF = {kind: share for share, kinds in PROOFS.items() for kind in kinds}


@dataclass(frozen=True, slots=True)
class PaperFace:
    """A certificate that an artist shares."""

    number: str
    title: str
    status: Status
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class ProofFace:
    """An accepted proof of a kind that an artist shares: who issued it, its days, and its status where one is asked."""

    share: Share
    issuer: str
    issued_on: date
    expires_on: date | None
    answer: str
    place: str


@dataclass(frozen=True, slots=True)
class TeamArtist:
    """An artist whom a studio asked, with what they share. `name` is as printed once certificates are shared."""

    link_id: UUID
    user_id: UUID
    number: str
    name: str
    state: str
    asked_at: datetime
    answered_at: datetime | None
    shares: frozenset[Share]
    papers: tuple[PaperFace, ...]
    proofs: tuple[ProofFace, ...]

    def proof(self, share: Share) -> ProofFace | None:
        """The newest accepted proof of a kind; None when there is none or it is not shared."""
        return next((proof for proof in self.proofs if proof.share is share), None)


def team(session: Session, studio_id: UUID, now: datetime) -> list[TeamArtist]:
    """The artists of a studio by name, each with what they share now; three statements for any number of them."""
    query = (
        select(ArtistLink, SHOWN_NAME.label("shown"), Credential.holder_name)
        .outerjoin(Credential, Credential.number == ArtistLink.number)
        .where(ArtistLink.studio_id == studio_id)
        .order_by(ArtistLink.asked_at, ArtistLink.id)
        .limit(MOST_ARTISTS)
    )
    links = [(row[0], row[1], row[2], shares_of(row[0].shares)) for row in session.execute(query)]
    shown = {link.user_id: shares for link, _shown, _name, shares in links if link.state == "shared"}
    papers, proofs = _papers(session, shown, now), _proofs(session, shown)
    found = [
        TeamArtist(
            link.id,
            link.user_id,
            link.number,
            (printed if Share.CERTIFICATES in shares else initials) or "",
            link.state,
            link.asked_at,
            link.answered_at,
            shares if link.state == "shared" else frozenset(),
            tuple(papers[link.user_id]),
            tuple(proofs[link.user_id]),
        )
        for link, initials, printed, shares in links
    ]
    return sorted(found, key=lambda artist: (artist.name.casefold(), artist.number))


def _papers(session: Session, shown: dict[UUID, frozenset[Share]], now: datetime) -> defaultdict[UUID, list[PaperFace]]:
    found: defaultdict[UUID, list[PaperFace]] = defaultdict(list)
    users = [user_id for user_id, shares in shown.items() if Share.CERTIFICATES in shares]
    query = select(
        Credential.user_id, Credential.number, Credential.title, Credential.state, Credential.valid_until
    ).where(Credential.user_id.in_(users))
    for row in session.execute(query.order_by(Credential.issued_at.desc(), Credential.id)) if users else ():
        found[row.user_id].append(PaperFace(row.number, row.title, status(row, now), row.valid_until))
    return found


def _proofs(session: Session, shown: dict[UUID, frozenset[Share]]) -> defaultdict[UUID, list[ProofFace]]:
    found: defaultdict[UUID, list[ProofFace]] = defaultdict(list)
    users = [user_id for user_id, shares in shown.items() if shares - {Share.CERTIFICATES}]
    query = (
        select(
            ExternalProof.user_id,
            ExternalProof.kind,
            ExternalProof.issuer,
            ExternalProof.issued_on,
            ExternalProof.expires_on,
            ExternalProof.answer,
            ExternalProof.place,
        )
        .where(
            ExternalProof.user_id.in_(users),
            ExternalProof.state == "accepted",
            ExternalProof.kind.in_(sorted(_SHARE_OF)),
        )
        .order_by(ExternalProof.issued_on.desc(), ExternalProof.id)
    )
    for row in session.execute(query) if users else ():
        share = _SHARE_OF[row.kind]
        # The newest of a kind; the kind must be one that this artist shares.
        if share in shown[row.user_id] and all(known.share is not share for known in found[row.user_id]):
            found[row.user_id].append(
                ProofFace(share, row.issuer, row.issued_on, row.expires_on, row.answer, row.place)
            )
    return found


def link_of(session: Session, studio_id: UUID, user_id: UUID) -> ArtistLink | None:
    """The link of a studio with an artist."""
    return session.scalar(select(ArtistLink).where(ArtistLink.studio_id == studio_id, ArtistLink.user_id == user_id))


def own_link(session: Session, user_id: UUID, link_id: UUID) -> ArtistLink:
    """A link of the artist themselves, locked; raises NotFound for anybody else's."""
    query = select(ArtistLink).where(ArtistLink.id == link_id, ArtistLink.user_id == user_id).with_for_update()
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class AskingStudio:
    """A studio that asked an artist, as the artist sees it."""

    link_id: UUID
    name: str
    city: str
    state: str
    shares: frozenset[Share]
    asked_at: datetime
    answered_at: datetime | None


def asking_studios(session: Session, user_id: UUID) -> list[AskingStudio]:
    """The studios that asked an artist for papers, the newest question first; one statement."""
    query = (
        select(ArtistLink, Studio.name, Studio.city)
        .join(Studio, Studio.id == ArtistLink.studio_id)
        .where(ArtistLink.user_id == user_id)
        .order_by(ArtistLink.asked_at.desc(), ArtistLink.id)
        .limit(100)
    )
    return [
        AskingStudio(link.id, name, city, link.state, shares_of(link.shares), link.asked_at, link.answered_at)
        for link, name, city in session.execute(query)
    ]


@dataclass(frozen=True, slots=True)
class ConsentFace:
    """A change of what an artist shares."""

    at: datetime
    studio_name: str
    kind: str
    is_shared: bool


def consent_history(session: Session, user_id: UUID, size: int = 200) -> list[ConsentFace]:
    """Every change of what an artist shared, newest first; one statement."""
    query = (
        select(ConsentLine.at, Studio.name, ConsentLine.kind, ConsentLine.is_shared)
        .join(Studio, Studio.id == ConsentLine.studio_id)
        .where(ConsentLine.user_id == user_id)
        .order_by(ConsentLine.id.desc())
        .limit(size)
    )
    return [ConsentFace(*row) for row in session.execute(query)]


def packs(session: Session, studio_id: UUID) -> Sequence[InspectionPack]:
    """The packs of a studio that are still kept, newest first; one statement."""
    query = select(InspectionPack).where(InspectionPack.studio_id == studio_id)
    return session.scalars(query.order_by(InspectionPack.asked_at.desc(), InspectionPack.id).limit(20)).all()


def pack_for(session: Session, studio_ids: Iterable[UUID], pack_id: UUID) -> InspectionPack:
    """A pack of one of these studios; raises NotFound for anybody else's."""
    query = select(InspectionPack).where(InspectionPack.id == pack_id, InspectionPack.studio_id.in_(list(studio_ids)))
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def pack(session: Session, pack_id: UUID) -> InspectionPack | None:
    """A pack by id, for jobs."""
    return session.get(InspectionPack, pack_id)


def pack_waiting(session: Session, studio_id: UUID) -> InspectionPack | None:
    """The pack of a studio that is being made."""
    query = select(InspectionPack).where(InspectionPack.studio_id == studio_id, InspectionPack.state == "waiting")
    return session.scalars(query.limit(1)).first()


def packs_before(session: Session, before: datetime) -> Sequence[InspectionPack]:
    """Packs that were asked for before an instant."""
    return session.scalars(select(InspectionPack).where(InspectionPack.asked_at < before)).all()


def kept_packs(session: Session) -> Iterator[tuple[UUID, str]]:
    """The stored file of every pack, with the pack; read in portions."""
    query = select(InspectionPack.id, InspectionPack.file_key).where(InspectionPack.file_key.is_not(None))
    for pack_id, key in session.execute(query.execution_options(yield_per=500)):
        if key is not None:
            yield pack_id, key
