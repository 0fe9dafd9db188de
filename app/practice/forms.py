"""The log form: its cards, photo places and gaps, built from the fields that the domain asks for.

There is no WTForms class for it: the fields are data (domain/practice/fields.py), values are kept exactly as typed,
and the rules that judge them run when the page is shown, not when it is saved. The small forms around the log (kit,
hours, sign-off) are at the end; their rules lie in the domain, so that a field takes any text and loses none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from wtforms import BooleanField, HiddenField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.domain.practice import client_portrait
from app.domain.practice.client import ClientCard
from app.domain.practice.completeness import (
    Ceiling,
    EntryFacts,
    Missing,
    Part,
    missing,
    numbing_ceiling,
)
from app.domain.practice.exercise import Exercise
from app.domain.practice.fields import PIECE_FIELDS, STEP_FIELDS, Field, FieldKind
from app.domain.practice.record import readable
from app.domain.procedure import Step
from app.domain.rubric.rubric import Criterion, Rubric
from app.practice.queries import PIECE, EntryPage, PhotoFace
from app.practice.services import MAX_PHOTOS_PER_SLOT
from app.web.forms import Form

SLOW = timedelta(minutes=2)
SUMMARY_LENGTH = 90
BRIEF = "client_card"


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field of a card. `name` is its name and its id; `problem` a sentence, or empty; `offers` what the kit has."""

    name: str
    spec: Field
    value: str
    values: tuple[str, ...]
    choices: tuple[tuple[str, str], ...]
    problem: str
    offers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """The fields of the piece or of one step, what they say in one line, and how many gaps they have."""

    key: str
    fields: tuple[FieldView, ...]
    summary: str
    gaps: int
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is missing, with the fragment of where it is."""

    sentence: str
    anchor: str
    waiting: bool


@dataclass(frozen=True, slots=True)
class SlotView:
    """One place for photos, what is in it, and why the last file for it was refused."""

    id: str
    label: str
    hint: str
    required: bool
    photos: tuple[PhotoFace, ...]
    slow: bool
    refusal: str

    @property
    def has_room(self) -> bool:
        """True when another photo may stand beside those that are there."""
        return 0 < len(self.photos) < MAX_PHOTOS_PER_SLOT and all(photo.state != "rejected" for photo in self.photos)


@dataclass(frozen=True, slots=True)
class SelfScore:
    """A criterion of the rubric with the level that the student gave themselves (0: none)."""

    criterion: Criterion
    level: int


@dataclass(frozen=True, slots=True)
class Brief:
    """The chosen fictional client: the open half of the card and the drawn face. The key is never read here."""

    card: ClientCard
    portrait: Markup


@dataclass(frozen=True, slots=True)
class LogForm:
    """Everything that the page of a draft shows."""

    page: EntryPage
    piece: Card
    closing: Card
    cards: tuple[Card, ...]
    slots: tuple[SlotView, ...]
    gaps: tuple[Gap, ...]
    problems: Mapping[str, str]
    ceiling: Ceiling | None
    scores: tuple[SelfScore, ...]
    brief: Brief | None = None

    @property
    def is_busy(self) -> bool:
        """True while photos are being prepared."""
        return any(photo.state == "processing" for photo in self.page.photos)

    @property
    def to_do(self) -> int:
        """How many gaps wait for the student."""
        return sum(1 for gap in self.gaps if not gap.waiting)

    @property
    def done(self) -> list[str]:
        """The steps whose cards are complete."""
        return [card.key for card in self.cards if not card.gaps]


def log_form(
    page: EntryPage,
    rubric: Rubric | None,
    *,
    now: datetime,
    clients: Sequence[ClientCard] = (),
    typed: Mapping[str, Any] | None = None,
    kit: Mapping[str, Sequence[str]] | None = None,
    refusals: Mapping[str, str] | None = None,
    show_all: bool = False,
) -> LogForm:
    """Build the form of a draft. `clients` are the cards that the brief is chosen from, `kit` what is offered by kind.

    `typed` takes the place of the stored records, `refusals` are sentences by slot, and `show_all` puts a sentence at
    every field that is missing too, as after an attempt to send.
    """
    records = page.records if typed is None else typed
    facts = EntryFacts(records.get(PIECE, {}), {k: v for k, v in records.items() if k != PIECE}, page.facts.photos)
    gaps = missing(page.exercise, facts, now.date())
    shown_gaps = {_name(gap): gap.sentence for gap in gaps if show_all or gap.code != "missing"}
    cards = [
        _card(page.exercise, step.value, _specs(step, clients, records), records, gaps, shown_gaps, kit or {})
        for step in Step
    ]
    short = tuple(spec for spec in PIECE_FIELDS if spec.kind is not FieldKind.LONG_TEXT)
    long = tuple(spec for spec in PIECE_FIELDS if spec.kind is FieldKind.LONG_TEXT)
    return LogForm(
        page=page,
        piece=_card(page.exercise, PIECE, short, records, gaps, shown_gaps),
        closing=_card(page.exercise, PIECE, long, records, gaps, shown_gaps),
        cards=_opened([card for card in cards if card.key in page.exercise.steps], show_all=show_all),
        slots=tuple(_slots(page, refusals or {}, now)),
        gaps=tuple(Gap(gap.sentence, _name(gap), gap.waiting) for gap in gaps),
        problems=shown_gaps,
        ceiling=numbing_ceiling(records.get(Step.NUMBING, {})) if Step.NUMBING in page.exercise.steps else None,
        scores=tuple(_scores(page, rubric)),
        brief=_brief(clients, _chosen(records)) if Step.CONSULTATION in page.exercise.steps else None,
    )


def _chosen(records: Mapping[str, Any]) -> str:
    return str(records.get(Step.CONSULTATION, {}).get(BRIEF, ""))


def _specs(step: Step, clients: Sequence[ClientCard], records: Mapping[str, Any]) -> tuple[Field, ...]:
    """The fields of a step. Where there are client cards the brief is one of them; what an old entry says stays."""
    if step is not Step.CONSULTATION or not clients:
        return STEP_FIELDS[step]
    chosen = _chosen(records)
    offered = [(card.id, card.label) for card in clients if not card.worked_in or card.id == chosen]
    if chosen and chosen not in {value for value, _label in offered}:
        offered.insert(0, (chosen, chosen))
    return tuple(replace(spec, choices=tuple(offered)) if spec.name == BRIEF else spec for spec in STEP_FIELDS[step])


def _brief(clients: Sequence[ClientCard], chosen: str) -> Brief | None:
    card = next((card for card in clients if card.id == chosen), None)
    if card is None:
        return None
    # Drawn by our own code from colors that were checked, words escaped: safe as it is.
    return Brief(card, Markup(client_portrait.draw(card.portrait, card.name, card.lips)))


def _name(gap: Missing) -> str:
    """The id of what a gap is about: "numbing.planned_g", "piece.minutes", "photo-f1"."""
    if gap.part is Part.PHOTO:
        return f"photo-{gap.ref}"
    return f"{gap.ref or PIECE}.{gap.field}"


def _card(
    exercise: Exercise,
    key: str,
    specs: Sequence[Field],
    records: Mapping[str, Any],
    gaps: Sequence[Missing],
    problems: Mapping[str, str],
    kit: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Card:
    record = records.get(key, {})
    fields = tuple(_offered(_field(exercise, key, spec, record, problems), kit) for spec in specs)
    words = ", ".join(text for spec in specs if (text := readable(spec, record.get(spec.name, ""))))
    names = {field.name for field in fields}
    return Card(key, fields, _shortened(words), sum(1 for gap in gaps if _name(gap) in names))


def _field(
    exercise: Exercise, key: str, spec: Field, record: Mapping[str, Any], problems: Mapping[str, str]
) -> FieldView:
    name = f"{key}.{spec.name}"
    value = record.get(spec.name, "")
    values = tuple(value) if isinstance(value, list) else (value,)
    offered = {"skin_type": exercise.skins, "skin_tone": exercise.skin_tones}.get(spec.name) if key == PIECE else None
    choices = tuple(choice for choice in spec.choices if not offered or choice[0] in offered)
    return FieldView(name, spec, values[0] if values else "", values, choices, problems.get(name, ""))


def _offered(field: FieldView, kit: Mapping[str, Sequence[str]]) -> FieldView:
    """The field with what the kit has for it. What was chosen stays a choice after it has left the kit."""
    if not field.spec.kit:
        return field
    offers = tuple(dict.fromkeys((*(value for value in field.values if value), *kit.get(field.spec.kit, ()))))
    return replace(field, offers=offers)


def _shortened(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= SUMMARY_LENGTH else f"{words[: SUMMARY_LENGTH - 1].rstrip(' ,')}…"


def _opened(cards: Sequence[Card], *, show_all: bool) -> tuple[Card, ...]:
    """Open the first card with a gap, or all of them after an attempt to send."""
    first = next((card.key for card in cards if card.gaps), "")
    return tuple(
        Card(card.key, card.fields, card.summary, card.gaps, card.gaps > 0 and (show_all or card.key == first))
        for card in cards
    )


def _slots(page: EntryPage, refusals: Mapping[str, str], now: datetime) -> list[SlotView]:
    found = []
    for slot in page.exercise.slots:
        photos = tuple(photo for photo in page.photos if photo.slot == slot.id)
        slow = any(photo.state == "processing" and now - photo.uploaded_at > SLOW for photo in photos)
        refusal = refusals.get(slot.id, "")
        found.append(SlotView(slot.id, slot.label, slot.hint, slot.required, photos, slow, refusal))
    return found


def _scores(page: EntryPage, rubric: Rubric | None) -> list[SelfScore]:
    if rubric is None:
        return []
    known = {criterion.id for criterion in rubric.criteria}
    criteria = rubric.applicable([name for name in page.exercise.criteria if name in known])
    return [SelfScore(criterion, int(page.self_scores.get(criterion.id, 0))) for criterion in criteria]


def slot_of(field: str) -> tuple[str, UUID | None]:
    """The slot and the photo to be replaced from the name of a file field: "photo.f1" or "photo.f1.<photo id>"."""
    _photo, _dot, rest = field.partition(".")
    slot, _dot, replaced = rest.partition(".")
    try:
        return slot, UUID(replaced) if replaced else None
    except ValueError:
        return slot, None


# ---------------------------------------------------------------- kit, hours, sign-off


class KitForm(Form):
    """A thing for the kit."""

    kind = SelectField(
        _l("Kind"),
        choices=[
            SelectChoice("pigment", _l("Pigment")),
            SelectChoice("cartridge", _l("Cartridge")),
            SelectChoice("machine", _l("Machine")),
            SelectChoice("product", _l("Product")),
        ],
    )
    name = StringField(_l("Name"), description=_l("Brand and shade, or brand and model."))
    code = StringField(_l("Code"), description=_l("C.I. number of a pigment, printed code of a cartridge."))
    lot = StringField(_l("Lot"), description=_l("For pigments and products."))
    expires = StringField(_l("Expires"), description=_l("As printed: 2027-03-31, or 2027-03 for the whole month."))


class CorrectionForm(Form):
    """A correction of one line of the ledger."""

    line = HiddenField()
    minutes = StringField(_l("It was really"), description=_l("In minutes. A correction can only lower a line."))
    reason = StringField(_l("Reason"), description=_l("It stays in the ledger beside the line."))


class SignoffForm(Form):
    """A supervised session to be signed by a guest."""

    day = StringField(_l("Day of the session"), description=_l("For example 2026-11-22."))
    minutes = StringField(_l("Time under supervision"), description=_l("In minutes."))
    place = StringField(_l("Place"))
    work = TextAreaField(_l("What you did"), description=_l("The supervisor reads this before signing."))


class GuestForm(Form):
    """What a guest signs with."""

    name = StringField(
        _l("Your full name"), [InputRequired(_l("Write your name.")), Length(max=80, message=_l("At most 80 letters."))]
    )
    role = StringField(
        _l("Your role"),
        [InputRequired(_l("Write your role.")), Length(max=80, message=_l("At most 80 letters."))],
        description=_l("For example: studio owner, trainer."),
    )
    license_number = StringField(_l("License number"), [Length(max=60, message=_l("At most 60 characters."))])
    present = BooleanField(
        _l("I was present for the whole time and saw the work."),
        [InputRequired(_l("Tick this only if it is so. Without it there is nothing to sign."))],
    )


def whole_number(text: str | None) -> int | None:
    """A whole number as typed, or None."""
    text = (text or "").strip()
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 6 else None
