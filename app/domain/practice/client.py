"""Fictional clients: what a student reads on a card, and the hidden key that a reviewer and the scoring compare with.

The two halves are two classes on purpose: whatever shows a card to a student is given a ClientCard, which has no way
to hold the key. No card describes a real person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from app.domain.practice.numbing import MAX_PERCENT, ceiling_mg, grams


class ClientDecision(StrEnum):
    """The four decisions that a consultation can end in, the mildest first (fields.DECISIONS has their labels)."""

    PROCEED = "proceed"
    PRECAUTIONS = "proceed_with_precautions"
    CLEARANCE = "written_clearance"
    REFUSE = "refuse"

    @property
    def strictness(self) -> int:
        """0 for the mildest, 3 for the strictest."""
        return list(ClientDecision).index(self)


class Finding(StrEnum):
    """The rows of the screening table (Vermilion standard 2.1)."""

    UNDER_18 = "under-18"
    ACTIVE_LESION = "active-lesion"
    HSV_HISTORY = "hsv-history"
    PREGNANCY = "pregnancy"
    ISOTRETINOIN = "isotretinoin"
    TOPICAL_RETINOID = "topical-retinoid"
    FILLER = "filler"
    SURGERY = "surgery"
    ANTICOAGULANT = "anticoagulant"
    BLEEDING_DISORDER = "bleeding-disorder"
    DIABETES = "diabetes"
    KELOID = "keloid"
    IMMUNE = "immune"
    ALLERGY = "allergy"
    INTOXICATED = "intoxicated"
    HYPERPIGMENTATION = "hyperpigmentation"
    UNREALISTIC = "unrealistic"


class Letter(StrEnum):
    """What the client brings from a prescriber: nothing, a letter that can be used, or one that cannot."""

    NONE = "none"
    USABLE = "usable"
    UNUSABLE = "unusable"


_D = ClientDecision
# For each row the mildest decision that the standard allows: without a usable letter, and with one. Rows about
# waiting times (isotretinoin, products, filler) may be met by the calendar, so they allow "proceed".
_MILDEST: Mapping[Finding, tuple[ClientDecision, ClientDecision]] = {
    Finding.UNDER_18: (_D.REFUSE, _D.REFUSE),
    Finding.ACTIVE_LESION: (_D.REFUSE, _D.REFUSE),
    Finding.HSV_HISTORY: (_D.CLEARANCE, _D.PRECAUTIONS),
    Finding.PREGNANCY: (_D.REFUSE, _D.REFUSE),
    Finding.ISOTRETINOIN: (_D.PROCEED, _D.PROCEED),
    Finding.TOPICAL_RETINOID: (_D.PROCEED, _D.PROCEED),
    Finding.FILLER: (_D.PROCEED, _D.PROCEED),
    Finding.SURGERY: (_D.CLEARANCE, _D.PRECAUTIONS),
    Finding.ANTICOAGULANT: (_D.CLEARANCE, _D.PRECAUTIONS),
    Finding.BLEEDING_DISORDER: (_D.REFUSE, _D.PRECAUTIONS),
    Finding.DIABETES: (_D.CLEARANCE, _D.PRECAUTIONS),
    Finding.KELOID: (_D.REFUSE, _D.REFUSE),
    Finding.IMMUNE: (_D.CLEARANCE, _D.PRECAUTIONS),
    Finding.ALLERGY: (_D.PRECAUTIONS, _D.PRECAUTIONS),
    Finding.INTOXICATED: (_D.REFUSE, _D.REFUSE),
    Finding.HYPERPIGMENTATION: (_D.PRECAUTIONS, _D.PRECAUTIONS),
    Finding.UNREALISTIC: (_D.REFUSE, _D.REFUSE),
}
DARKENING_TYPES: frozenset[str] = frozenset({"iv", "v", "vi"})
"""Phototypes that are told in writing that lips may darken after an injury (screening row Hyperpigmentation)."""


def mildest_decision(findings: Iterable[Finding], letter: Letter) -> ClientDecision:
    """Return the mildest decision that the standard allows for these findings: the strictest row decides."""
    place = 1 if letter is Letter.USABLE else 0
    allowed = [_MILDEST[finding][place] for finding in findings]
    return max(allowed, key=lambda decision: decision.strictness, default=ClientDecision.PROCEED)


@dataclass(frozen=True, slots=True)
class Portrait:
    """What the drawn face looks like: colors as #rrggbb; `upper` and `rim` only where they differ from the lip."""

    skin: str
    lip: str
    shape: str
    upper: str = ""
    rim: str = ""
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClientCard:
    """The open half of a card, row by row as a student reads it. `weight_kg` is for the numbing plan.

    `worked_in` names lessons or items that discuss the card: its answer is known, so the log does not offer it.
    """

    id: str
    number: int
    name: str
    age: int
    phototype: str
    undertone: str
    weight_kg: int
    work: str
    skin: str
    lips: str
    history: str
    medication: str
    allergies: str
    timing: str
    wishes: str
    portrait: Portrait
    worked_in: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """How lists name the card, for example "Card 017: Noor H., 34"."""
        return f"Card {self.number:03}: {self.name}, {self.age}"


@dataclass(frozen=True, slots=True)
class ClientKey:
    """The hidden half of a card: the right decision under the Vermilion standard and what the later steps should hold.

    `ceiling_mg` and `ceiling_g` (milligrams of lidocaine, grams of a 4 % product) are computed from the weight.
    """

    client_id: str
    decision: ClientDecision
    findings: tuple[Finding, ...]
    letter: Letter
    reasons: tuple[str, ...]
    precautions: tuple[str, ...]
    lip_undertone: str
    corrector: str
    sessions: int
    color: str
    numbing: str
    aftercare: str
    ceiling_mg: Fraction
    ceiling_g: Fraction


def card_from_dict(data: Mapping[str, Any]) -> ClientCard:
    """Build the open half from the canonical dict of a client; the key in it is not even looked at."""
    drawn = data["portrait"]
    return ClientCard(
        id=data["id"],
        number=data["number"],
        name=data["name"],
        age=data["age"],
        phototype=data["phototype"],
        undertone=data["undertone"],
        weight_kg=data["weight_kg"],
        work=data["work"],
        skin=data["skin"],
        lips=data["lips"],
        history=data["history"],
        medication=data["medication"],
        allergies=data["allergies"],
        timing=data["timing"],
        wishes=data["wishes"],
        portrait=Portrait(
            skin=drawn["skin"],
            lip=drawn["lip"],
            shape=drawn["shape"],
            upper=drawn.get("upper") or "",
            rim=drawn.get("rim") or "",
            marks=tuple(drawn.get("marks") or ()),
        ),
        worked_in=tuple(data.get("worked_in") or ()),
    )


def key_from_dict(data: Mapping[str, Any]) -> ClientKey:
    """Build the hidden half from the canonical dict of a client; for reviewers and scoring only."""
    key = data["key"]
    most = ceiling_mg(Fraction(data["weight_kg"]))
    return ClientKey(
        client_id=data["id"],
        decision=ClientDecision(key["decision"]),
        findings=tuple(Finding(row) for row in key["findings"]),
        letter=Letter(key["letter"]),
        reasons=tuple(key["reasons"]),
        precautions=tuple(key["precautions"]),
        lip_undertone=key["lip_undertone"],
        corrector=key["corrector"],
        sessions=key["sessions"],
        color=key["color"],
        numbing=key["numbing"],
        aftercare=key["aftercare"],
        ceiling_mg=most,
        ceiling_g=grams(most, MAX_PERCENT),
    )


@dataclass(frozen=True, slots=True)
class Brief:
    """The card that a piece was made for, with its key, and how the log's decision and undertone stand to the key.

    `decision` is None when none was written; `undertone_agrees` is None when none was written.
    """

    card: ClientCard
    key: ClientKey
    decision: ClientDecision | None
    undertone_agrees: bool | None

    @property
    def agrees(self) -> bool:
        """True when the decision of the log is that of the key."""
        return self.decision is self.key.decision

    @property
    def is_milder(self) -> bool:
        """True when the log went on where the standard holds back: the direction that can hurt somebody."""
        return self.decision is not None and self.decision.strictness < self.key.decision.strictness


def compare(card: ClientCard, key: ClientKey, decision: str, undertone: str) -> Brief:
    """Hold what a log says of a client against the key; empty or unknown words count as not written."""
    known = {one.value for one in ClientDecision}
    return Brief(
        card=card,
        key=key,
        decision=ClientDecision(decision) if decision in known else None,
        undertone_agrees=undertone == key.lip_undertone if undertone else None,
    )
