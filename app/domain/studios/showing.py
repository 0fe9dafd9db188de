"""What an artist shows to everybody: the address of the page, the place as it is searched, the words on pictures."""

from __future__ import annotations

import re

from app.domain.studios.names import fold

LONGEST_PLACE = 80
MOST_PIECES = 24
_APART = re.compile(r"[^a-z0-9]+")
TAIL_LETTERS = "23456789abcdefghjkmnpqrstvwxyz"


def slug_of(name: str, tail: str) -> str:
    """The last part of an address: the name in plain letters as far as it has any, and a tail that makes it one."""
    plain = _APART.sub("-", fold(name)).strip("-")[:60].strip("-")
    return f"{plain}-{tail}" if plain else f"artist-{tail}"


def place_key(place: str) -> str:
    """A place as it is searched: "Köln, Germany" and "koln germany" are the same."""
    return " ".join(part for part in re.split(r"[^\w]+", fold(place)) if part)[:LONGEST_PLACE]


def mark_of(name: str, number: str) -> str:
    """What stands across a picture: the holder and the number that anybody can check."""
    return f"{name}  {number}"
