"""Where signing in may lead: only to a plain path of our own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.redirects import safe_next

TRICKS = [
    "//evil.test",
    "///evil.test",
    "/\\evil.test",
    "\\/evil.test",
    "/\t/evil.test",
    "/\n/evil.test",
    "/\r\n/evil.test",
    "\t//evil.test",
    " //evil.test",
    "/ /evil.test",
    "https://evil.test",
    "https:evil.test",
    "http:/evil.test",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.test",
    "@evil.test",
    "/\x00/evil.test",
    "/\x7f/evil.test",
    "//evil.test/learn/",
    "",
    None,
]


@pytest.mark.parametrize("target", TRICKS)
def test_tricks_fall_back(target: str | None) -> None:
    assert safe_next(target, "/home") == "/home"


@pytest.mark.parametrize("target", ["/learn/", "/learn/lessons/a?x=1", "/credentials/VM-AAAAA-AAAAA-A#top", "/a//b"])
def test_paths_of_ours_are_followed(target: str) -> None:
    assert safe_next(target, "/home") == target


@given(st.text(max_size=40))
def test_whatever_is_followed_stays_on_this_site(target: str) -> None:
    from urllib.parse import urljoin, urlsplit

    found = safe_next(target, "/home")
    cleaned = "".join(c for c in found if c not in "\t\r\n").replace("\\", "/")
    assert urlsplit(urljoin("https://academy.test/sign-in", cleaned)).netloc == "academy.test"
