"""Signing in without the password hash (the server runs with one that costs nothing), and what the real hash takes."""

from __future__ import annotations

import re
import time
from dataclasses import fields
from typing import cast

from app.config import Settings
from app.infra.passwords import Passwords
from bench.flow import Flow
from bench.measure import BenchError, Step, Visitor
from bench.seed import PASSWORD, World, email_of

TOKEN = re.compile(rb'name="csrf-token" content="([^"]+)"')


def _sign_ins(world: World, count: int) -> list[Step]:
    """Every step comes with the cookie and the token that the sign-in page gave to somebody unknown."""
    page = world.stranger().get("/sign-in")
    found = TOKEN.search(page.body)
    if found is None:
        raise BenchError("The sign-in page has no form token.")
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    visitor = world.stranger(cookie=cookie, token=found[1].decode())
    return [_step(visitor, email_of(100 + n)) for n in range(count)]


def _step(visitor: Visitor, email: str) -> Step:
    return lambda: visitor.post("/sign-in", {"email": email, "password": PASSWORD})


def hash_seconds(settings: Settings, times: int = 5) -> float:
    """CPU seconds of checking one password with the cost that is the default."""
    default = {field.name: field.default for field in fields(Settings)}
    passwords = Passwords(
        memory_kib=cast("int", default["password_memory_kib"]), time_cost=cast("int", default["password_time_cost"])
    )
    encoded = passwords.hash(PASSWORD)
    spent = []
    for _ in range(times):
        before = time.process_time()
        passwords.verify(encoded, PASSWORD)
        spent.append(time.process_time() - before)
    return min(spent)


FLOWS = (Flow("sign-in", "Sign in, without the password hash", 40, _sign_ins),)
