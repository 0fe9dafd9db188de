"""What else is live now: quizzes and what they draw from, exercises, rubric, certifications, glossary, clients."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from app.content.models import Definition, Kind
from app.content.queries.faces import QuizFace, Term, Version
from app.content.queries.versions import current, currents
from app.domain.assessment.selection import ItemRef
from app.domain.content.schema_lessons import term_slug
from app.domain.practice.client import ClientCard, ClientKey, card_from_dict, key_from_dict


def quiz(session: Session, quiz_id: str) -> Version | None:
    """A live quiz, or None."""
    return current(session, Kind.QUIZ, quiz_id)


def quiz_faces(session: Session) -> list[QuizFace]:
    """All live quizzes."""
    query = (
        select(
            Definition.id,
            Definition.key,
            Definition.version,
            Definition.title,
            Definition.parent,
            Definition.subtype,
            Definition.minutes,
        )
        .where(Definition.kind == Kind.QUIZ.value, Definition.is_current)
        .order_by(Definition.position, Definition.key)
    )
    return [QuizFace(*row) for row in session.execute(query)]


def item_pool(session: Session, banks: Collection[str], *, tags: bool = True) -> list[ItemRef]:
    """The live items of some banks, as far as drawing needs to know them; one statement, no whole payload.

    Objective and lesson are read out of each payload, which doubles the time; leave `tags` out when no draw asks.
    """
    if not banks:
        return []
    tag_columns = [
        (Definition.payload[name].as_string() if tags else literal("")).label(name) for name in ("objective", "lesson")
    ]
    query = (
        select(
            Definition.key,
            Definition.id,
            Definition.parent,
            Definition.step,
            Definition.difficulty,
            Definition.is_safety,
            Definition.topic,
            Definition.subtype,
            *tag_columns,
        )
        .where(Definition.kind == Kind.ITEM.value, Definition.is_current, Definition.parent.in_(banks))
        .order_by(Definition.parent, Definition.position)
    )
    return [
        ItemRef(
            id=row.key,
            version_id=str(row.id),
            bank=row.parent,
            step=row.step,
            difficulty=row.difficulty,
            safety=row.is_safety,
            topic=row.topic,
            objective=row.objective,
            lesson=row.lesson,
            type=row.subtype,
        )
        for row in session.execute(query)
    ]


def exercises(session: Session) -> list[Version]:
    """All live exercises in order."""
    return currents(session, Kind.EXERCISE)


def exercise(session: Session, exercise_id: str) -> Version | None:
    """A live exercise, or None."""
    return current(session, Kind.EXERCISE, exercise_id)


def rubric(session: Session) -> Version | None:
    """The live rubric, or None before the first release."""
    found = currents(session, Kind.RUBRIC)
    return found[0] if found else None


def defects(session: Session) -> Version | None:
    """The live defect codes, or None."""
    return current(session, Kind.DEFECTS, "defects")


def certification(session: Session, tier: str) -> Version | None:
    """The live requirements of a tier, or None."""
    return current(session, Kind.CERTIFICATION, tier)


def certifications(session: Session) -> list[Version]:
    """The live requirements of all tiers, the lowest first."""
    return currents(session, Kind.CERTIFICATION)


def glossary(session: Session) -> list[Term]:
    """All live terms in alphabetical order."""
    found = current(session, Kind.GLOSSARY, "glossary")
    rows = found.payload["terms"] if found is not None else []
    names = {name.casefold(): row["term"] for row in rows for name in (row["term"], *row["aliases"])}
    terms = [
        Term(
            slug=term_slug(row["term"]),
            term=row["term"],
            aliases=tuple(row["aliases"]),
            meaning=row["meaning"],
            see=tuple((term_slug(names[s.casefold()]), names[s.casefold()]) for s in row["see"]),
        )
        for row in rows
    ]
    return sorted(terms, key=lambda term: term.term.casefold())


def glossary_index(terms: Iterable[Term]) -> dict[str, tuple[str, str]]:
    """Each name and alias with slug and meaning, what lessons link by: in lower case, abbreviations as written."""
    names = ((name if name.isupper() else name.casefold(), t) for t in terms for name in (t.term, *t.aliases))
    return {name: (t.slug, t.meaning) for name, t in names}


def clients(session: Session) -> list[ClientCard]:
    """The open halves of all live client cards, by number: what students may read. The keys stay behind."""
    found = current(session, Kind.CLIENTS, "clients")
    cards = [card_from_dict(row) for row in found.payload["clients"]] if found is not None else []
    return sorted(cards, key=lambda card: card.number)


def client_keys(session: Session) -> dict[str, ClientKey]:
    """The hidden halves of all live client cards by id: for reviewers and for scoring, never for a student's page."""
    found = current(session, Kind.CLIENTS, "clients")
    return {row["id"]: key_from_dict(row) for row in found.payload["clients"]} if found is not None else {}


def client(session: Session, client_id: str) -> tuple[ClientCard, ClientKey] | None:
    """Both halves of one live client card, or None when there is no such card: for reviews, never for a draft."""
    found = current(session, Kind.CLIENTS, "clients")
    row = next((row for row in found.payload["clients"] if row["id"] == client_id), None) if found is not None else None
    return (card_from_dict(row), key_from_dict(row)) if row is not None else None
