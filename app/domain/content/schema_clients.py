"""Spec of the bank of fictional clients: the card that a student reads, and the hidden key beside it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from app.domain.content.schema import Definition, Slug, Spec, Text
from app.domain.practice import client_portrait
from app.domain.practice.client import DARKENING_TYPES, ClientDecision, Finding, Letter, mildest_decision

Hex = Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]
Phototype = Literal["i", "ii", "iii", "iv", "v", "vi"]
Undertone = Literal["warm", "neutral", "cool"]
Corrector = Literal["none", "peach", "orange", "yellow-orange", "orange-red"]


def _one_of(known: Iterable[str], what: str) -> AfterValidator:
    def check(value: str) -> str:
        if value not in known:
            raise ValueError(f"there is no {what} {value}; there are {', '.join(known)}")
        return value

    return AfterValidator(check)


class PortraitSpec(Spec):
    """How the card's face is drawn; `upper` and `rim` only where they differ from the color of the lips."""

    skin: Hex
    lip: Hex
    upper: Hex | None = None
    rim: Hex | None = None
    shape: Annotated[str, _one_of(client_portrait.SHAPES, "shape")]
    marks: tuple[Annotated[str, _one_of(client_portrait.MARKS, "mark")], ...] = ()


class KeySpec(Spec):
    """What the card asks for under the Vermilion standard. Never shown to a student before the review.

    `findings` are rows of the screening table that the card touches, also rows that turn out to be met. `letter` is
    what the client brings from a prescriber. The ceiling of lidocaine is computed from the weight, never written.
    """

    decision: ClientDecision
    findings: tuple[Finding, ...] = ()
    letter: Letter = Letter.NONE
    reasons: Annotated[tuple[Text, ...], Field(min_length=1)]
    precautions: tuple[Text, ...] = ()
    lip_undertone: Undertone
    corrector: Corrector = "none"
    sessions: Annotated[int, Field(strict=True, ge=1, le=3)] = 1
    color: Text
    numbing: Text
    aftercare: Text

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if len(set(self.findings)) != len(self.findings):
            raise ValueError("a finding is listed twice")
        mildest = mildest_decision(self.findings, self.letter)
        if self.decision.strictness < mildest.strictness:
            raise ValueError(f"the decision is {self.decision}; these findings ask at least for {mildest}")
        if self.decision is not ClientDecision.PROCEED and not self.findings:
            raise ValueError(f"the decision is {self.decision} and no finding explains it")
        if self.decision is ClientDecision.PRECAUTIONS and not self.precautions:
            raise ValueError("proceeding with precautions needs the precautions")
        if self.lip_undertone == "cool" and self.corrector == "none":
            raise ValueError("a cool lip needs a corrector")
        if self.lip_undertone == "warm" and self.corrector != "none":
            raise ValueError("a warm lip needs no corrector")
        return self


class Client(Spec):
    """One card. `undertone` is that of the facial skin, the undertone of the lip is to be read and stands in the key.

    `worked_in` names lessons and items in which the card is discussed.
    """

    id: Slug
    number: Annotated[int, Field(strict=True, ge=1, le=999)]
    name: Annotated[str, StringConstraints(pattern=r"^[A-Z][\w'’-]+(?: [A-Z]\.)?$", max_length=40)]
    age: Annotated[int, Field(strict=True, ge=14, le=99)]
    phototype: Phototype
    undertone: Undertone
    weight_kg: Annotated[int, Field(strict=True, ge=35, le=180)]
    work: Text
    skin: Text
    lips: Text
    history: Text
    medication: Text
    allergies: Text
    timing: Text
    wishes: Text
    portrait: PortraitSpec
    worked_in: tuple[Slug, ...] = ()
    key: KeySpec

    @model_validator(mode="after")
    def _findings_follow_from_the_card(self) -> Self:
        findings = self.key.findings
        if (self.age < 18) != (Finding.UNDER_18 in findings):
            raise ValueError(f"the client is {self.age}: the finding under-18 must say so")
        if self.phototype in DARKENING_TYPES and Finding.HYPERPIGMENTATION not in findings:
            raise ValueError(f"phototype {self.phototype} is told that lips may darken: add hyperpigmentation")
        return self


class ClientBank(Definition):
    """All cards; published as one definition. Read it through content.queries, which keeps the keys apart."""

    kind: ClassVar[str] = "clients"
    id: Slug = "clients"
    clients: Annotated[tuple[Client, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _cards_differ(self) -> Self:
        for what in ("id", "number", "name"):
            values = [getattr(client, what) for client in self.clients]
            repeated = sorted({str(value) for value in values if values.count(value) > 1})
            if repeated:
                raise ValueError(f"each {what} stands once; used twice: {', '.join(repeated)}")
        return self
