"""Same content, same digest."""

from __future__ import annotations

import datetime as dt
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.content.digest import canonical, digest_of

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), json_values))
def test_key_order_does_not_count(payload: dict[str, object]) -> None:
    assert digest_of("item", payload) == digest_of("item", dict(reversed(payload.items())))


def test_line_endings_do_not_count_but_words_do() -> None:
    assert digest_of("lesson", {"body": "a\r\nb\rc"}) == digest_of("lesson", {"body": "a\nb\nc"})
    assert digest_of("lesson", {"body": "a\nb"}) != digest_of("lesson", {"body": "a\n\nb"})


def test_the_kind_counts_and_the_form_that_is_hashed_is_fixed() -> None:
    assert digest_of("lesson", {"id": "a"}) != digest_of("course", {"id": "a"})
    assert digest_of("lesson", {"id": "a"}) == sha256(b'{"kind":"lesson","payload":{"id":"a"}}').hexdigest()


def test_the_canonical_form_is_plain_json() -> None:
    assert canonical({1: ("a", None, True, 2.5)}) == {"1": ["a", None, True, 2.5]}
    with pytest.raises(TypeError, match="date has no canonical form"):
        canonical({"on": dt.date(2026, 11, 22)})


def test_a_number_that_json_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        digest_of("item", {"answer": float("nan")})
