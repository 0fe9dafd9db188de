"""What every content spec is made of: strict, frozen, and the same in every file kind.

Pydantic is used here and in the `schema_*` modules only; the other rules of the domain see plain data.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.domain.content.digest import canonical, digest_of
from app.domain.procedure import Area, Step

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=80)]
ShortId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$", max_length=32)]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s<>\"]+$", max_length=500)]
FigurePath = Annotated[str, StringConstraints(pattern=r"^figures/(?:[a-z0-9-]+/)?[a-z0-9][a-z0-9-]*\.svg$")]

# Strict numbers: YAML's `yes`, `1:30` or a quoted "3" never become a number by accident.
Count = Annotated[int, Field(strict=True, ge=0)]
Positive = Annotated[int, Field(strict=True, ge=1)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Percent = Annotated[float, Field(strict=True, ge=0, le=100)]
Flag = Annotated[bool, Field(strict=True)]

Section = Literal[
    Step.CONSULTATION,
    Step.COLOR_SELECTION,
    Step.LIP_MAPPING,
    Step.NUMBING,
    Step.PIGMENT_APPLICATION,
    Step.BUILDING_LAYERS,
    Step.FINAL_TOUCH,
    Step.AFTERCARE,
    Area.HYGIENE,
    Area.ANATOMY,
    Area.ORIENTATION,
    Area.RECORD,
]
Tier = Literal["foundation", "certified", "master"]
TIERS: tuple[str, ...] = ("foundation", "certified", "master")


class Spec(BaseModel):
    """Base of all specs: immutable, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Definition(Spec):
    """A spec that is published on its own: it has a kind, an id, a payload and the payload's digest."""

    kind: ClassVar[str]
    id: Slug

    @cached_property
    def payload(self) -> dict[str, Any]:
        """The canonical form as plain JSON data; this is what the database keeps."""
        plain: dict[str, Any] = canonical(self.model_dump(mode="json", by_alias=True))
        return plain

    @cached_property
    def digest(self) -> str:
        """SHA-256 of kind and payload, in lower-case hexadecimal."""
        return digest_of(self.kind, self.payload)
