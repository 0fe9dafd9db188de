"""The real client bank: published and read in two halves, drawn as described, right by the standard."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import asdict
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.content import queries, services
from app.domain.access.actor import SYSTEM
from app.domain.content import svg
from app.domain.content.content_set import ContentSet
from app.domain.content.loader import load
from app.domain.content.schema_clients import ClientBank
from app.domain.practice.client import card_from_dict
from app.domain.practice.client_portrait import draw
from tests.conftest import NOW

ROOT = Path(__file__).parents[2]


@cache
def bank() -> ClientBank:
    found = load(ROOT / "courses", ROOT / "quizzes", complete=False).content.clients
    assert found is not None
    return found


def publish(session: Session) -> None:
    services.sync_content(session, ContentSet(clients=bank()), actor=SYSTEM, now=NOW)
    session.commit()


def test_before_the_first_release_there_are_no_cards(session: Session) -> None:
    assert queries.clients(session) == []
    assert queries.client_keys(session) == {}


def test_cards_come_by_number_and_keys_apart(session: Session) -> None:
    publish(session)
    cards, keys = queries.clients(session), queries.client_keys(session)
    assert [card.number for card in cards] == sorted(client.number for client in bank().clients)
    assert set(keys) == {card.id for card in cards}
    noor = next(card for card in cards if card.id == "noor-h")
    assert (noor.label, noor.phototype, noor.worked_in) == ("Card 017: Noor H., 34", "iv", ("fictional-briefs",))
    assert (keys["noor-h"].decision, keys["hui-min-c"].ceiling_mg) == ("written_clearance", 216)


def test_no_card_tells_its_key() -> None:
    for client in bank().clients:
        shown = str(asdict(card_from_dict(client.model_dump(mode="json"))))
        hidden = (
            *client.key.reasons,
            *client.key.precautions,
            client.key.color,
            client.key.numbing,
            client.key.aftercare,
        )
        assert not [text for text in hidden if text in shown], client.id
        assert "decision" not in shown and client.key.decision.value + "'" not in shown, client.id


def test_every_portrait_can_be_inlined() -> None:
    for client in bank().clients:
        card = card_from_dict(client.model_dump(mode="json"))
        assert svg.read(draw(card.portrait, card.label, card.lips))[1] == [], client.id


def lab(color: str) -> tuple[float, float, float]:
    """CIELAB of an sRGB color (D65; IEC 61966-2-1, CIE 15)."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    ]
    rows = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
    x, y, z = (sum(a * b for a, b in zip(row, linear, strict=True)) for row in rows)
    f = [t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in (x / 0.95047, y, z / 1.08883)]
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


@pytest.mark.parametrize(("color", "expected"), [("#e9cab4", (83.37, 7.55, 15.01)), ("#7a5268", (39.9, 20.3, -5.9))])
def test_colors_are_measured_as_in_the_program(color: str, expected: tuple[float, float, float]) -> None:
    assert lab(color) == pytest.approx(expected, abs=0.06)


def undertone(color: str) -> str:
    """The working bands of the lesson on undertones: hue angle under 20 degrees cool, to 35 neutral, over it warm."""
    _lightness, a, b = lab(color)
    hue = math.degrees(math.atan2(b, a))
    return "cool" if hue < 20 else "neutral" if hue <= 35 else "warm"


def test_the_drawn_lips_have_the_undertone_of_the_key() -> None:
    """Where the lips differ, the key names the undertone of the cooler one."""
    for client in bank().clients:
        drawn = [undertone(color) for color in (client.portrait.lip, client.portrait.upper) if color]
        coolest = min(drawn, key=("cool", "neutral", "warm").index)
        assert coolest == client.key.lip_undertone, client.id


def test_the_corrector_follows_from_the_words_of_the_card() -> None:
    """Complements of the program: brown-gray asks for orange-red, blue-violet for orange, violet for yellow-orange."""
    for client in bank().clients:
        words = f"{client.lips} {client.key.color}".lower()
        if client.key.corrector == "orange-red":
            assert "brown-gray" in words, client.id
        if client.key.corrector == "orange":
            assert "blue-violet" in words, client.id
        if client.key.corrector == "yellow-orange":
            assert "violet" in words, client.id


def test_no_amount_of_a_medicine_is_written_on_a_card_or_a_key() -> None:
    """Ceilings are computed; nobody here doses anything, and no key tells a client to stop a prescribed drug."""
    for client in bank().clients:
        text = str(client.model_dump(mode="json"))
        amounts = set(re.findall(r"\d+ ?(?:mg|ml|µg)\b", text))
        assert amounts <= {"300 mg"}, client.id
        assert not re.search(r"\b(?:stop|skip|pause)s? (?:the|her|his) (?:tablets|medicine|drug)", text), client.id


def test_every_decision_is_spread_over_light_and_dark_skin() -> None:
    cards = [client for client in bank().clients if not client.worked_in]
    assert len(cards) >= 40
    spread = Counter((client.key.decision.value, client.phototype in ("iv", "v", "vi")) for client in cards)
    for decision in ("proceed_with_precautions", "written_clearance", "refuse"):
        assert spread[decision, True] >= 2 and spread[decision, False] >= 2, decision
    assert spread["proceed", False] >= 5
