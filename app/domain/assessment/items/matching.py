"""Matching: give each row on the left its text from the list on the right, which may hold distractors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
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
from app.domain.assessment.scoring import ONE, ZERO
from app.domain.assessment.shuffle import Seed, shuffled
from app.domain.errors import FieldProblem, Invalid


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what stands on the left, and which text of the right list belongs to it."""

    id: str
    public_id: str
    left: str
    answer: str
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class RightText:
    """One text of the right list. Its id is that of the first pair that uses it, or ~1, ~2 for distractors."""

    id: str
    public_id: str
    text: str


@dataclass(frozen=True, slots=True)
class MatchResponse:
    """Pairs of (row id, right-text id) in the order of the rows; rows without a choice are absent."""

    pairs: tuple[tuple[str, str], ...] = ()

    @property
    def answered(self) -> bool:
        """True when at least one row has a choice."""
        return bool(self.pairs)


@dataclass(frozen=True, kw_only=True)
class Matching(Item[MatchResponse]):
    """Rows to match; two rows may share a right text."""

    type: ClassVar[str] = "matching"

    rows: tuple[Row, ...]
    texts: tuple[RightText, ...]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Matching:
        """Build from the canonical dict; raises ValueError with a sentence on nonsense."""
        common = common_fields(data)
        item_id = common["id"]
        rows: list[Row] = []
        texts: dict[str, RightText] = {}
        for pair in entries_of(data, "pairs", item_id, 2, 10):
            pair_id = text_of(pair, "id", f"A pair of item {item_id}")
            left = text_of(pair, "left", f"Pair {pair_id} of item {item_id}")
            right = text_of(pair, "right", f"Pair {pair_id} of item {item_id}")
            texts.setdefault(right, RightText(pair_id, public_id(item_id, "right", right), right))
            left_id = public_id(item_id, "left", left)
            rows.append(Row(pair_id, left_id, left, texts[right].id, pair.get("feedback") or ""))
        distinct([row.id for row in rows], "pair ids", item_id)
        distinct([row.public_id for row in rows], "left texts", item_id)
        for index, text in enumerate(data.get("distractors") or (), 1):
            if not isinstance(text, str) or not text.strip() or text in texts:
                raise ValueError(f"Distractor {index} of item {item_id} is empty or stands in the list already.")
            texts[text] = RightText(f"~{index}", public_id(item_id, "right", text), text)
        if len(texts) < 2:
            raise ValueError(f"Item {item_id} needs at least two different texts to choose from.")
        scoring = policy_of(data, item_id, "per_pair", ["per_pair", "exact"])
        return cls(**common, scoring=scoring, rows=tuple(rows), texts=tuple(texts.values()))

    def parse_response(self, raw: RawResponse) -> MatchResponse:
        """Read one field per row, named by its public id; raises Invalid for an unknown text or two at once."""
        by_public = {text.public_id: text.id for text in self.texts}
        pairs = []
        for row in self.rows:
            chosen = values_of(raw, row.public_id)
            if len(chosen) > 1:
                sentence = "Choose one match for each row."
                raise Invalid(sentence, [FieldProblem(row.public_id, "one_only", sentence)], code="one_only")
            for value in chosen:
                if value not in by_public:
                    raise unknown_choice(row.public_id)
                pairs.append((row.id, by_public[value]))
        return MatchResponse(tuple(pairs))

    def to_form(self, response: MatchResponse) -> dict[str, list[str]]:
        """Return one field per answered row."""
        names = {row.id: row.public_id for row in self.rows}
        publics = {text.id: text.public_id for text in self.texts}
        return {names[row]: [publics[text]] for row, text in response.pairs}

    def response_to_json(self, response: MatchResponse) -> dict[str, Any]:
        """Return {"pairs": {row id: right-text id}}."""
        return {"pairs": dict(response.pairs)}

    def response_from_json(self, data: Mapping[str, Any]) -> MatchResponse:
        """Rebuild from {"pairs": {...}}; raises Invalid for rows or texts that this version does not have."""
        pairs = dict(data.get("pairs") or {})
        texts = {text.id for text in self.texts}
        if not set(pairs) <= {row.id for row in self.rows} or not set(pairs.values()) <= texts:
            raise unknown_choice("pairs")
        return MatchResponse(tuple((row.id, pairs[row.id]) for row in self.rows if row.id in pairs))

    def grade(self, response: MatchResponse) -> ItemGrade:
        """`per_pair`: the share of right rows; `exact`: all rows or nothing."""
        chosen = dict(response.pairs)
        parts = tuple(self._part(row, chosen.get(row.id)) for row in self.rows)
        right = sum(part.verdict is Verdict.RIGHT for part in parts)
        correct = right == len(parts)
        partial = Fraction(right, len(parts))
        fraction = partial if self.scoring == "per_pair" else (ONE if correct else ZERO)
        return ItemGrade(fraction, correct, response.answered, parts)

    def _part(self, row: Row, chosen: str | None) -> Part:
        text_of_id = {text.id: text.text for text in self.texts}
        judged = Verdict.RIGHT if chosen == row.answer else Verdict.WRONG
        return Part(
            id=row.public_id,
            text=row.left,
            verdict=Verdict.MISSED if chosen is None else judged,
            chosen=chosen is not None,
            key=True,
            given="" if chosen is None else text_of_id[chosen],
            expected=text_of_id[row.answer],
            feedback=row.feedback,
        )

    def option_order(self, seed: Seed) -> list[str]:
        """Return the ids of the right list as shown under this seed; the rows keep the author's order."""
        return shuffled((text.id for text in self.texts), seed, self.id)

    def _shown(self, seed: Seed) -> list[RightText]:
        by_id = {text.id: text for text in self.texts}
        return [by_id[text_id] for text_id in self.option_order(seed)]

    def _public_body(self, seed: Seed) -> dict[str, Any]:
        return {
            "rows": [{"id": row.public_id, "text": row.left} for row in self.rows],
            "choices": [{"id": text.public_id, "text": text.text} for text in self._shown(seed)],
        }

    def _released_body(self, seed: Seed) -> dict[str, Any]:
        text_of_id = {text.id: text.text for text in self.texts}
        return {
            "rows": [
                {"id": row.public_id, "text": row.left, "answer": text_of_id[row.answer], "feedback": row.feedback}
                for row in self.rows
            ]
        }

    def _plain_lines(self, seed: Seed) -> list[str]:
        rows = [f"{index}. {row.left}" for index, row in enumerate(self.rows, 1)]
        return ["Match:", *rows, "with:", *lettered([text.text for text in self._shown(seed)])]
