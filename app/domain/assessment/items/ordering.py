"""Ordering: put three to eight entries in the right order, by dragging, by buttons or by numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from app.domain.assessment.items.base import (
    Item,
    ItemGrade,
    Part,
    RawResponse,
    Verdict,
    common_fields,
    distinct,
    entries_of,
    policy_of,
    public_id,
    text_of,
    unknown_choice,
    values_of,
)
from app.domain.assessment.items.options import lettered
from app.domain.assessment.scoring import ORDERING_RULES, ZERO, order_score
from app.domain.assessment.shuffle import Seed, shuffled
from app.domain.errors import FieldProblem, Invalid

ORDER = "order"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to put in order; the tuple of an item holds them in the right order."""

    id: str
    public_id: str
    text: str


@dataclass(frozen=True, slots=True)
class OrderResponse:
    """One place per entry, holding the author's id or None while empty; no places at all when unanswered."""

    places: tuple[str | None, ...] = ()

    @property
    def answered(self) -> bool:
        """True when at least one entry has a place."""
        return any(entry is not None for entry in self.places)


@dataclass(frozen=True, kw_only=True)
class Ordering(Item[OrderResponse]):
    """A sequence to restore; `scoring` is one of the nine ordering rules."""

    type: ClassVar[str] = "ordering"

    entries: tuple[Entry, ...]
    feedback: str = ""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Ordering:
        """Build from the canonical dict; raises ValueError with a sentence on nonsense."""
        common = common_fields(data)
        item_id = common["id"]
        entries = []
        for row in entries_of(data, "entries", item_id, 3, 10):
            entry_id = text_of(row, "id", f"An entry of item {item_id}")
            text = text_of(row, "text", f"Entry {entry_id} of item {item_id}")
            entries.append(Entry(entry_id, public_id(item_id, "entry", text), text))
        distinct([entry.id for entry in entries], "entry ids", item_id)
        distinct([entry.public_id for entry in entries], "entries", item_id)
        scoring = policy_of(data, item_id, "all_or_nothing", list(ORDERING_RULES))
        return cls(**common, scoring=scoring, entries=tuple(entries), feedback=data.get("feedback") or "")

    def parse_response(self, raw: RawResponse) -> OrderResponse:
        """Read `order` (ids, first to last) or, without script, one field per id with its place from 1.

        Places left empty stay empty; raises Invalid for an unknown id, a place out of range or taken twice.
        """
        order = values_of(raw, ORDER)
        if order:
            places = [self._author_id(value) for value in order]
            if len(set(places)) != len(places):
                raise _bad_place(ORDER, "An entry stands in the order twice.")
            return self._placed([*places, *[None] * (len(self.entries) - len(places))])
        slots: list[str | None] = [None] * len(self.entries)
        for entry in self.entries:
            for value in values_of(raw, entry.public_id):
                place = int(value) if value.isascii() and value.isdigit() else 0
                if not 1 <= place <= len(slots):
                    raise _bad_place(entry.public_id, f"Choose a place from 1 to {len(slots)}.")
                if slots[place - 1] is not None:
                    raise _bad_place(entry.public_id, f"Place {place} is taken. Give each entry its own place.")
                slots[place - 1] = entry.id
        return self._placed(slots)

    def _placed(self, slots: list[str | None]) -> OrderResponse:
        return OrderResponse(tuple(slots)) if any(slots) else OrderResponse()

    def _author_id(self, public: str) -> str:
        for entry in self.entries:
            if entry.public_id == public:
                return entry.id
        raise unknown_choice(ORDER)

    def to_form(self, response: OrderResponse) -> dict[str, list[str]]:
        """Return one field per placed entry with its place; `order` too when every place is filled."""
        public = {entry.id: entry.public_id for entry in self.entries}
        placed = [(public[entry], str(index)) for index, entry in enumerate(response.places, 1) if entry]
        form = {name: [place] for name, place in placed}
        if len(placed) == len(self.entries):
            form[ORDER] = [name for name, _ in placed]
        return form

    def response_to_json(self, response: OrderResponse) -> dict[str, Any]:
        """Return {"places": [id or None, ...]}."""
        return {"places": list(response.places)}

    def response_from_json(self, data: Mapping[str, Any]) -> OrderResponse:
        """Rebuild from {"places": [...]}; raises Invalid when the entries are not those of this version."""
        places = list(data.get("places") or ())
        if not places:
            return OrderResponse()
        named = [entry for entry in places if entry is not None]
        known = {entry.id for entry in self.entries}
        if len(places) != len(self.entries) or len(set(named)) != len(named) or not set(named) <= known:
            raise unknown_choice(ORDER)
        return self._placed(places)

    def grade(self, response: OrderResponse) -> ItemGrade:
        """Apply the item's rule; an entry without a place earns nothing."""
        right = [entry.id for entry in self.entries]
        place = {entry: index for index, entry in enumerate(response.places, 1) if entry}
        parts = tuple(self._part(entry, index, place.get(entry.id)) for index, entry in enumerate(self.entries, 1))
        fraction = order_score(self.scoring, right, response.places) if response.answered else ZERO
        correct = list(response.places) == right
        return ItemGrade(fraction, correct, response.answered, parts, self.feedback)

    def _part(self, entry: Entry, expected: int, given: int | None) -> Part:
        judged = Verdict.RIGHT if given == expected else Verdict.WRONG
        return Part(
            id=entry.public_id,
            text=entry.text,
            verdict=Verdict.MISSED if given is None else judged,
            chosen=given is not None,
            key=True,
            given="" if given is None else str(given),
            expected=str(expected),
        )

    def option_order(self, seed: Seed) -> list[str]:
        """Return the entry ids as first shown under this seed: never in the right order."""
        right = [entry.id for entry in self.entries]
        shown = shuffled(right, seed, self.id)
        return shown if shown != right else shown[1:] + shown[:1]

    def _shown(self, seed: Seed) -> list[Entry]:
        by_id = {entry.id: entry for entry in self.entries}
        return [by_id[entry_id] for entry_id in self.option_order(seed)]

    def _public_body(self, seed: Seed) -> dict[str, Any]:
        return {"entries": [{"id": entry.public_id, "text": entry.text} for entry in self._shown(seed)]}

    def _released_body(self, seed: Seed) -> dict[str, Any]:
        places = {entry.id: index for index, entry in enumerate(self.entries, 1)}
        return {
            "entries": [
                {"id": entry.public_id, "text": entry.text, "place": places[entry.id]} for entry in self._shown(seed)
            ],
            "right_order": [entry.text for entry in self.entries],
            "feedback": self.feedback,
        }

    def _plain_lines(self, seed: Seed) -> list[str]:
        return ["Put in order:", *lettered([entry.text for entry in self._shown(seed)])]


def _bad_place(field_name: str, sentence: str) -> Invalid:
    return Invalid(sentence, [FieldProblem(field_name, "bad_place", sentence)], code="bad_place")
