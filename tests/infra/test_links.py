"""Links that carry their own permission."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.infra.links import read_link, sign_link

SECRET = "a secret of enough length for everybody"
PARTS = st.lists(st.one_of(st.text(max_size=40), st.integers(0, 2**31)), max_size=4)


@given(PARTS)
def test_what_was_signed_is_read_again_for_its_purpose_only(parts: list[str | int]) -> None:
    token = sign_link(SECRET, "calendar", *parts)
    assert read_link(SECRET, "calendar", token) == parts
    assert read_link(SECRET, "unsubscribe", token) is None
    assert read_link(SECRET + "!", "calendar", token) is None


@given(PARTS, st.data())
def test_a_changed_token_is_nobodys(parts: list[str | int], data: st.DataObject) -> None:
    token = sign_link(SECRET, "calendar", *parts)
    place = data.draw(st.integers(0, len(token) - 2))  # the last character may carry unused bits
    letter = data.draw(st.sampled_from("ABCxyz019-_."))
    if token[place] != letter:
        assert read_link(SECRET, "calendar", token[:place] + letter + token[place + 1 :]) is None


@given(st.text(max_size=80))
def test_anything_else_is_refused(text: str) -> None:
    assert read_link(SECRET, "calendar", text) is None
