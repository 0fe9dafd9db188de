"""What only some may see is in no answer to anybody else: body, header, file or archive, over all routes.

`test_matrix.py` brings the test in: it needs its world.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

from flask import Flask

from tests.conftest import Browser
from tests.security.world import CANARY_DRAFT, CANARY_NOTE, World

Browse = Callable[..., Browser]
# Nobody gets these: a hash of a password, the secret of the house, a key of the issuer.
NOBODYS = ("$argon2", "x" * 48, "PRIVATE KEY")


def hidden_from(world: World, person: str) -> list[str]:
    """What must not be in anything that this person is sent; "" is somebody not signed in."""
    words = [*NOBODYS]
    others = [mail for name, mail in world.emails.items() if name != person]
    if person != "admin":
        words += [mail for mail in others if not _may_know(world, person, mail)]
    if not person.startswith(("instructor", "admin")):
        words.append(CANARY_DRAFT)
    if person in ("", "student_b", "studio", "studio_b"):
        words.append(CANARY_NOTE)
    return words


def _may_know(world: World, person: str, mail: str) -> bool:
    """Those who teach may know how to reach a student."""
    return person.startswith("instructor") and mail.startswith("student")


def everything(answer) -> str:  # type: ignore[no-untyped-def]
    """Body and headers as text; of an archive, what is in it."""
    data = answer.get_data()
    parts = [str(answer.headers), data.decode("utf-8", "replace")]
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts += [archive.read(name).decode("utf-8", "replace") for name in archive.namelist()]
    return "\n".join(parts)


def test_what_only_some_may_see_reaches_nobody_else(app: Flask, world: World, browse: Browse) -> None:
    from tests.security.test_matrix import visits

    wrong, found = [], set()
    for person in ("", *world.people):
        browser, hidden = browse(world.people.get(person)) if person else browse(), hidden_from(world, person)
        for visit in visits(app, world, frozenset({"GET"})):
            answer = browser.get(visit.url)
            text = everything(answer)
            answer.close()
            wrong += [f"{person or 'nobody'} {visit.url}: {word}" for word in hidden if word in text]
            found |= {word for word in (CANARY_DRAFT, CANARY_NOTE) if word in text}
    assert found == {CANARY_DRAFT, CANARY_NOTE}, "those who may see them do"
    assert wrong == [], "\n".join(wrong)
