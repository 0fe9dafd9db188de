"""Color cards: made and measured; what photos show of them; the figures of an area or a line when somebody asks."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.domain.access.actor import Actor
from app.domain.color.card import (
    CHECK_RANGE,
    CODE_ALPHABET,
    CODE_LENGTH,
    MAX_LINES,
    LineProblem,
    White,
    read_fiducial,
    read_measured,
)
from app.domain.color.convert import lab_from_hex
from app.domain.color.correction import Correction, Refused
from app.domain.color.reading import Reading, millimeters, reading_to_json
from app.domain.color.report import AreaFigures, NoFigures, Subject, area_figures, figures_to_json
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.infra.audit import AuditTag, record
from app.infra.color_reading_client import Area, ColorReadingError, area_in_worker
from app.infra.jobs.outbox import enqueue
from app.infra.storage.base import Storage
from app.practice import queries
from app.practice.models import ColorCard, PhotoCard
from app.practice.queries import PhotoColor

READ_CARD = "practice.read_card"
DEVICE_LENGTH = 80
TEXT_LENGTH = 6000


def make_card(session: Session, actor: Actor, *, now: datetime) -> ColorCard:
    """A new card with a code of its own: one for each print, because the measured values belong to a print.

    Raises Conflict when the person has as many as anybody needs.
    """
    session.get_one(User, actor.user_id, with_for_update=True)  # two taps at once must not pass the limit
    if len(queries.cards_of(session, actor.user_id)) >= queries.MOST_CARDS:
        raise Conflict(f"You have {queries.MOST_CARDS} cards, the most that are kept. Print one of them again.")
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    card = ColorCard(user_id=actor.user_id, code=code, created_at=now)
    session.add(card)
    session.flush()  # the caller goes to its page
    record(session, actor, AuditTag.COLOR_CARD_MADE, now=now, target_kind="color_card", target_id=card.id, code=code)
    return card


@dataclass(frozen=True, slots=True)
class CardInput:
    """What the form of a card says, as typed."""

    check_line: str
    white: str
    device: str
    text: str


def save_card(session: Session, actor: Actor, card_id: UUID, typed: CardInput, *, now: datetime) -> ColorCard:
    """Keep how the print came out. Raises Invalid with every line that cannot be used, NotFound for another's card."""
    card = queries.card_for(session, actor.user_id, card_id, lock=True)
    problems: list[FieldProblem] = []
    line = _check_line(typed.check_line, problems)
    white = White.D65 if typed.white == White.D65 else White.D50
    if len(typed.text) > TEXT_LENGTH:
        problems.append(FieldProblem("text", "long", f"The values take at most {TEXT_LENGTH} characters."))
    found = read_measured(typed.text[:TEXT_LENGTH], white)
    problems += [FieldProblem("text", problem.code, _sentence(problem)) for problem in found.problems[:10]]
    if problems:
        raise Invalid("This was not saved. What you typed is still here.", problems)
    values = {patch: [round(lab.L, 4), round(lab.a, 4), round(lab.b, 4)] for patch, lab in found.values.items()}
    if values != card.measured:
        card.measured_at = now if values else None
    card.check_line, card.white, card.device = line, white.value, typed.device.strip()[:DEVICE_LENGTH]
    card.measured_text, card.measured = typed.text.strip(), values
    record(
        session, actor, AuditTag.COLOR_CARD_SAVED, now=now, target_kind="color_card", target_id=card.id,
        code=card.code, patches=len(values),
    )  # fmt: skip
    return card


def _check_line(text: str, problems: list[FieldProblem]) -> float | None:
    text = text.strip().replace(",", ".")
    if not text:
        return None
    low, high = CHECK_RANGE
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not low <= value <= high:
        sentence = (
            f"The line should be near 50 mm; {low:g} to {high:g} can be used. "
            "Print the page at 100 % if it is far off, and measure again."
        )
        problems.append(FieldProblem("check_line", "range", sentence))
        return None
    return round(value, 2)


def _sentence(problem: LineProblem) -> str:
    words = {
        "lines": f"There are more than {MAX_LINES} lines.",
        "form": "A line needs the patch and three numbers, such as: N1 95.2 0.3 -1.8",
        "patch": "The card has no such patch. They are N1 to N6, S1 to S6, L1 to L6, C1 to C6 and M1 to M6.",
        "twice": "This patch is there twice.",
        "number": "One of the values is not a number.",
        "range": "L is from 0 to 100, a and b from -128 to 128.",
    }
    shown = f" “{problem.text}”" if problem.text else ""
    return f"Line {problem.line}{shown}: {words[problem.code]}"


def ask_for_reading(session: Session, photo_id: UUID, codes: Iterable[str], *, now: datetime) -> None:
    """Have a photo read in the background when one of the QR codes in it belongs to a card; others cost nothing."""
    if any(read_fiducial(code) for code in codes):
        enqueue(session, READ_CARD, {"photo_id": photo_id.hex}, now=now)


def note_reading(session: Session, photo_id: UUID, reading: Reading, *, now: datetime) -> None:
    """Keep what a photo shows of a card; done twice, the newer reading stays."""
    session.merge(PhotoCard(photo_id=photo_id, code=reading.code, reading=reading_to_json(reading), read_at=now))


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody wants measured in a photo; all places in fractions of the photo."""

    area: Area | None = None
    subject: Subject = Subject.PIGMENT
    target: str = ""
    line: tuple[tuple[float, float], tuple[float, float]] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The figures that were asked for; `length` in mm, `correction` how good colors are (None without a card)."""

    area: AreaFigures | NoFigures | None = None
    length: float | None = None
    correction: Correction | Refused | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as far as it could be read, its answer, and why the rest could not be used (None: it could)."""

    question: Question
    answer: Answer
    problem: Invalid | None = None

    def as_json(self, photo: PhotoColor) -> dict[str, Any]:
        """The answer for scripts; raises the problem where there is one."""
        if self.problem is not None:
            raise self.problem
        found = self.answer
        return {"card": photo.reading.problem or "found", "area": figures_to_json(found.area), "mm": found.length}


def ask(storage: Storage, photo: PhotoColor, typed: Mapping[str, str]) -> Asked:
    """Read what a form asks about a photo and answer it, as `read_question` and `measure` do.

    What cannot be used is no question; the problem says why.
    """
    try:
        question = read_question(typed, photo.target)
    except Invalid as refusal:
        return Asked(Question(), measure(storage, photo, Question()), refusal)
    return Asked(question, measure(storage, photo, question))


def read_question(typed: Mapping[str, str], target: str = "") -> Question:
    """What the form asks: x, y, w, h of an area and x1, y1, x2, y2 of a line, all in percent of the photo.

    Raises Invalid with the fields that cannot be used. Nothing typed is no question.
    """
    problems: list[FieldProblem] = []
    box = _percents(typed, ("x", "y", "w", "h"), problems)
    ends = _percents(typed, ("x1", "y1", "x2", "y2"), problems)
    wanted = typed.get("target", target).strip()
    if wanted:
        try:
            lab_from_hex(wanted)
        except ValueError:
            problems.append(FieldProblem("target", "color", "Write the target as #rrggbb, such as #c46264."))
    if box and (box[2] <= 0 or box[3] <= 0 or box[0] + box[2] > 1.0001 or box[1] + box[3] > 1.0001):
        problems.append(FieldProblem("w", "outside", "The area must have a size and lie inside the photo."))
    if problems:
        raise Invalid("This could not be measured.", problems)
    return Question(
        area=Area(*box, round=typed.get("shape", "ellipse") != "rectangle") if box else None,
        subject=Subject.SKIN if typed.get("subject") == Subject.SKIN else Subject.PIGMENT,
        target=wanted,
        line=((ends[0], ends[1]), (ends[2], ends[3])) if ends else None,
    )


def _percents(
    typed: Mapping[str, str], names: tuple[str, str, str, str], problems: list[FieldProblem]
) -> tuple[float, float, float, float] | None:
    """Four fractions from four percents; None when none was typed or one cannot be used."""
    texts = [typed.get(name, "").strip().replace(",", ".") for name in names]
    if not any(texts):
        return None
    values = []
    for name, text in zip(names, texts, strict=True):
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not 0 <= value <= 100:
            problems.append(FieldProblem(name, "percent", "Give all four numbers, each from 0 to 100."))
            return None
        values.append(value / 100)
    return values[0], values[1], values[2], values[3]


def measure(storage: Storage, photo: PhotoColor, question: Question) -> Answer:
    """Answer a question about a photo with a card. Opens no transaction, because a process of its own looks at pixels.

    Raises Conflict when the picture could not be read just now. Without a card there are no figures.
    """
    if photo.reading.problem:
        return Answer()
    check_line = photo.card.check_line if photo.card else None
    length = millimeters(photo.reading, *question.line, check_line) if question.line else None
    correction = photo.reading.correction(photo.card.measured if photo.card else {})
    if question.area is None:
        return Answer(None, length, correction)
    try:
        with storage.local_copy(photo.renditions["large"]["key"]) as path:
            colors = area_in_worker(path, question.area)
    except (ColorReadingError, FileNotFoundError) as error:
        raise Conflict("The photo could not be read just now. Nothing is lost; try it again in a minute.") from error
    target = lab_from_hex(question.target) if question.target and question.subject is Subject.PIGMENT else None
    figures = area_figures(photo.reading, correction, question.subject, colors.samples, colors.clipped, target)
    return Answer(figures, length, correction)
