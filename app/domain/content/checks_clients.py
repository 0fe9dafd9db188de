"""Cross checks of the fictional clients: enough cards, every row of the screening table, every decision, every skin."""

from __future__ import annotations

from collections import Counter
from typing import get_args

from app.domain.content.problems import Place
from app.domain.content.reading import Reading
from app.domain.content.schema_clients import Client, ClientBank, Phototype
from app.domain.practice.client import ClientDecision, Finding

FEWEST_CARDS = 40
FEWEST_PER_DECISION = 5


def check_clients(reading: Reading, *, complete: bool) -> None:
    """Report cards that refer to nothing, and what a complete bank lacks."""
    bank = reading.content.clients
    if bank is None:
        return
    place = reading.register.place("clients", bank.id).at("clients")
    for index, client in enumerate(bank.clients):
        for number, id in enumerate(client.worked_in):
            if not any(reading.register.known(kind, id) for kind in ("lesson", "item")):
                sentence = f"There is no lesson or item with the id {id}."
                reading.report.error(place.at(index, "worked_in", number), "unknown-lesson", sentence)
    if complete:
        _coverage(reading, bank, place)


def offered(bank: ClientBank) -> list[Client]:
    """Return the cards that practice offers: those whose answer is not worked out in a lesson or an item."""
    return [client for client in bank.clients if not client.worked_in]


def _coverage(reading: Reading, bank: ClientBank, place: Place) -> None:
    cards = offered(bank)
    if len(cards) < FEWEST_CARDS:
        sentence = f"{len(cards)} cards can be practiced with; {FEWEST_CARDS} are asked."
        reading.report.error(place, "clients-few", sentence)
    rows = Counter(finding for client in cards for finding in client.key.findings)
    missing = [str(finding) for finding in Finding if not rows[finding]]
    if missing:
        sentence = f"No card touches these rows of the screening table: {', '.join(missing)}."
        reading.report.error(place, "clients-rows", sentence)
    decisions = Counter(client.key.decision for client in cards)
    for decision in ClientDecision:
        if decisions[decision] < FEWEST_PER_DECISION:
            sentence = f"{decisions[decision]} cards end in {decision}; {FEWEST_PER_DECISION} are asked."
            reading.report.error(place, "clients-decisions", sentence)
    types = {client.phototype for client in cards}
    unseen = [name for name in get_args(Phototype) if name not in types]
    if unseen:
        reading.report.error(place, "clients-phototypes", f"No card has phototype {', '.join(unseen)}.")
