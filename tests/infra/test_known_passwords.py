"""Passwords that attackers know: the list that comes along, and a file of leaked hashes of any size."""

from __future__ import annotations

import hashlib
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.access.passwords import password_problem
from app.infra.known_passwords import is_known, most_used


def _line(password: str, count: int = 3) -> str:
    return f"{hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()}:{count}"


def test_the_most_used_passwords_are_refused_whatever_their_case() -> None:
    words = most_used()
    assert len(words) > 10_000
    assert min(map(len, words)) == 8
    assert all(is_known(word.upper()) for word in sorted(words)[:3000])
    assert not is_known("a lip is not a wall")


def test_the_list_refuses_what_the_rules_alone_let_pass() -> None:
    slipped = [word for word in most_used() if password_problem(word) is None]
    assert len(slipped) > 1000, "else the list would not be worth its place"
    assert all(is_known(word) for word in slipped)


@settings(max_examples=60)
@given(leaked=st.sets(st.text(min_size=1, max_size=12), max_size=40), counts=st.integers(1, 10**9), other=st.text())
def test_a_file_of_hashes_is_searched_right(
    leaked: set[str], counts: int, other: str, tmp_path_factory: object
) -> None:
    path = Path(tmp_path_factory.getbasetemp()) / "leaked.txt"  # type: ignore[attr-defined]
    lines = sorted(_line(word, counts % (at + 2) ** 6) for at, word in enumerate(sorted(leaked)))
    path.write_bytes("\r\n".join(lines).encode())
    assert all(is_known(word, path) for word in leaked)
    if other not in leaked and other.casefold() not in most_used():
        assert not is_known(other, path)
