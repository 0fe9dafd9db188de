"""The item types of the house, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.domain.assessment.items.base import Item
from app.domain.assessment.items.case import Case
from app.domain.assessment.items.cloze import Cloze
from app.domain.assessment.items.color_match import ColorMatch
from app.domain.assessment.items.essay import Essay
from app.domain.assessment.items.hotspot import Hotspot
from app.domain.assessment.items.matching import Matching
from app.domain.assessment.items.multiple_response import MultipleResponse
from app.domain.assessment.items.numeric import Numeric
from app.domain.assessment.items.ordering import Ordering
from app.domain.assessment.items.picture_choice import PictureChoice
from app.domain.assessment.items.short_text import ShortText
from app.domain.assessment.items.single_choice import SingleChoice
from app.domain.assessment.items.true_false import TrueFalse
from app.domain.assessment.items.variants import numeric_from_dict

BUILDERS: Mapping[str, Callable[[Mapping[str, Any]], Item[Any]]] = {
    SingleChoice.type: SingleChoice.from_dict,
    MultipleResponse.type: MultipleResponse.from_dict,
    TrueFalse.type: TrueFalse.from_dict,
    Ordering.type: Ordering.from_dict,
    Matching.type: Matching.from_dict,
    Numeric.type: numeric_from_dict,
    Hotspot.type: Hotspot.from_dict,
    ShortText.type: ShortText.from_dict,
    Cloze.type: Cloze.from_dict,
    PictureChoice.type: PictureChoice.from_dict,
    ColorMatch.type: ColorMatch.from_dict,
    Case.type: Case.from_dict,
    Essay.type: Essay.from_dict,
}

ITEM_TYPES: tuple[str, ...] = tuple(BUILDERS)


def item_from_dict(data: Mapping[str, Any]) -> Item[Any]:
    """Build the item that a canonical dict describes; raises ValueError with a sentence on nonsense."""
    kind = data.get("type")
    if not isinstance(kind, str) or kind not in BUILDERS:
        raise ValueError(f"There is no item type {kind!r}.")
    return BUILDERS[kind](data)
