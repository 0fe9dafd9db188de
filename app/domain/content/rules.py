"""Ask the rules of the house whether they can work with a definition before it is published."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.domain.assessment.items.registry import item_from_dict
from app.domain.assessment.quiz import quiz_from_dict
from app.domain.certification.policy import policy_from_dict
from app.domain.content.schema import Definition
from app.domain.practice import client_portrait
from app.domain.practice.client import card_from_dict, key_from_dict
from app.domain.practice.exercise import exercise_from_dict
from app.domain.rubric.rubric import rubric_from_dict


def _clients_from_dict(data: Mapping[str, Any]) -> None:
    """Build both halves of every card and its drawing."""
    for client in data["clients"]:
        card = card_from_dict(client)
        client_portrait.draw(card.portrait, card.name, card.lips)
        key_from_dict(client)


_BUILDERS: Mapping[str, Callable[[Mapping[str, Any]], object]] = {
    "item": item_from_dict,
    "quiz": quiz_from_dict,
    "exercise": exercise_from_dict,
    "rubric": rubric_from_dict,
    "certification": policy_from_dict,
    "clients": _clients_from_dict,
}


def refusal(definition: Definition) -> str | None:
    """Return why the rules refuse the definition's payload, or None when they accept it."""
    build = _BUILDERS.get(definition.kind)
    if build is None:
        return None
    try:
        build(definition.payload)
    except ValueError as error:
        return str(error)
    return None
