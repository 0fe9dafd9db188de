"""A studio with keys, and a program that asks with one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.domain.access.actor import Actor, Role
from app.domain.access.scopes import Scope
from app.infra import api_keys
from app.infra.runtime import Runtime
from tests.factories.content import publish_journey
from tests.factories.credentials import SampleState, issue_sample
from tests.factories.studios import open_studio


@dataclass
class Program:
    """A client without cookies that sends a key with each request."""

    app: Flask
    secret: str = ""
    member: Actor | None = None
    key_id: Any = None

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Send a request under /api/v1; a body that is no bytes is sent as JSON."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.secret:
            sent.setdefault("Authorization", f"Bearer {self.secret}")
        data = body if body is None or isinstance(body, bytes) else json.dumps(body)
        if data is not None and not isinstance(body, bytes):
            sent.setdefault("Content-Type", "application/json")
        client = self.app.test_client(use_cookies=False)
        return client.open(f"/api/v1{path}", method=method, data=data, headers=sent, base_url="https://academy.test")

    def get(self, path: str, **headers: str) -> TestResponse:
        """Ask."""
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Send."""
        return self.ask("POST", path, body, **headers)


@pytest.fixture
def program(app: Flask, session: Session, runtime: Runtime, make_user: Callable[..., Actor]) -> Callable[..., Program]:
    """`program(Scope.VERIFY, studio="Atelier")` -> a program with a key of its own studio; all scopes by default."""

    def make(*scopes: Scope, studio: str = "Atelier Rue Nine") -> Program:
        studio_id = open_studio(session, studio, now=runtime.now()).id
        session.commit()
        member = make_user(Role.STUDIO, name=f"{studio} Member", studio_id=studio_id)
        key, secret = api_keys.make_key(
            session, member, studio_id, name="Bookings", scopes=scopes or tuple(Scope), now=runtime.now()
        )
        session.commit()
        return Program(app, secret, member, key.id)

    return make


@pytest.fixture
def stranger(app: Flask) -> Program:
    """A program without a key."""
    return Program(app)


@pytest.fixture
def issue(session: Session, runtime: Runtime, make_user: Callable[..., Actor]) -> Callable[..., Any]:
    """`issue("revoked", name="Amara Osei")` -> a committed certificate of a student of its own."""
    publish_journey(session, runtime.now())
    session.commit()

    def make(state: SampleState = "valid", name: str = "Amara Osei") -> Any:
        credential = issue_sample(session, runtime, make_user(Role.STUDENT, name=name), state=state)
        session.commit()
        return credential

    return make
