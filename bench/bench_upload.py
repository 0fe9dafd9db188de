"""Accept a photo of 2 MB. What a bare Flask needs to receive the same body is taken off: the budget is for the rest."""

from __future__ import annotations

import random
from functools import cache
from itertools import count as counted

from app.practice import queries as practice
from bench.flow import Flow
from bench.measure import MIB, Server, Step, Visitor
from bench.seed import World

BOUNDARY = "vermilion-bench"
_next = counted()


@cache
def _body() -> bytes:
    """Something that begins and ends like a JPEG; it is looked into later, by a job."""
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + random.Random(1).randbytes(2 * MIB) + b"\xff\xd9"


def _form(slot: str, token: str) -> bytes:
    """A form with one photo; no two have the same bytes, because the same photo twice counts once."""
    parts = "".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in (("csrf_token", token), ("slot", slot))
    )
    file = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="photo"; filename="IMG_4100.jpg"\r\n'
    tail = f"{next(_next):016}\r\n--{BOUNDARY}--\r\n"
    return (parts + file + "Content-Type: image/jpeg\r\n\r\n").encode() + _body() + tail.encode()


def _uploads(world: World, count: int) -> list[Step]:
    steps: list[Step] = []
    slot = _first_slot(world)
    for _ in range(count):
        student = next(_next)
        visitor, path = world.visit(student), f"/learn/practice/{world.draft_id(student)}/photos"
        form = _form(slot, visitor.token)
        steps.append(lambda visitor=visitor, path=path, form=form: visitor.upload(path, form, BOUNDARY))  # type: ignore[misc]
    return steps


def _first_slot(world: World) -> str:
    with world.runtime.db.reading() as session:
        entry = practice.entry_for(session, world.student, world.draft)
        return practice.exercise_at(session, entry.exercise_version_id).slots[0].id


def _receptions(baseline: Server, count: int) -> list[Step]:
    visitor = Visitor(baseline.port)
    form = _form("f0", "x" * 90)
    return [lambda: visitor.upload("/receive", form, BOUNDARY, expect=200)] * count


FLOWS = (Flow("upload", "Accept a photo of 2 MB, received already", 12, _uploads, floor=_receptions),)
