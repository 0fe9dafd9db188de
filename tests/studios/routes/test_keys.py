"""Keys for programs, as people of a studio make and end them."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Flask
from sqlalchemy.orm import Session

from app.domain.access.scopes import Scope
from app.infra import api_keys
from app.infra.runtime import Runtime
from tests.conftest import Browser
from tests.studios.conftest import House

KEYS = "/studio/keys"


def test_a_key_is_made_changed_over_and_ended(
    app: Flask, browse: Callable[..., Browser], house: House, other: House, session: Session, runtime: Runtime
) -> None:
    browser, stranger = browse(house.member), browse(other.member)
    for each in (browser, stranger):
        assert "No key yet" in each.get(KEYS).text
    assert browser.post(KEYS, {"name": "", "scopes": []}).status_code == 422
    assert browser.post(KEYS, {"name": "Bookings", "scopes": ["key:self"]}).status_code == 422
    made = browser.post(KEYS, {"name": "Bookings", "scopes": ["certificates:verify"]})
    [secret] = re.findall(r"vk_[\w-]{43}", made.text)
    assert made.headers["Cache-Control"] == "no-store"
    shown = browser.get(KEYS).text
    assert ("Bookings" in shown, secret in shown, f"ending in {secret[-4:]}" in shown) == (True, False, True)
    [key] = api_keys.keys_of(session, house.id, runtime.now())
    assert key.scopes == {Scope.SELF, Scope.VERIFY}
    for action in ("rotate", "end-old", "end"):
        assert stranger.post(f"{KEYS}/{key.id}/{action}").status_code == 404
    assert "Bookings" not in stranger.get(KEYS).text
    [second] = re.findall(r"vk_[\w-]{43}", browser.post(f"{KEYS}/{key.id}/rotate").text)
    assert browser.post(f"{KEYS}/{key.id}/rotate").status_code == 409
    program = app.test_client(use_cookies=False)

    def answers(*secrets: str) -> list[int]:
        asked = [{"Authorization": f"Bearer {each}"} for each in secrets]
        return [program.get("/api/v1/key", headers=each, base_url="https://academy.test").status_code for each in asked]

    assert answers(secret, second) == [200, 200]
    assert browser.post(f"{KEYS}/{key.id}/end-old").status_code == 303
    assert answers(secret, second) == [401, 200]
    assert browser.post(f"{KEYS}/{key.id}/end").status_code == 303
    assert answers(secret, second) == [401, 401]
    assert "No key yet" in browser.get(KEYS).text
