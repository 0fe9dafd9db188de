"""Every route with every role: the table decides, another person's object is a 404, nothing answers with a 5xx."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.domain.access.policy import POLICY
from app.infra.runtime import Runtime
from app.web.access import rule_of
from tests.conftest import Browser
from tests.security.canaries import test_what_only_some_may_see_reaches_nobody_else  # noqa: F401
from tests.security.erasure import (  # noqa: F401 - they need the world of this module
    test_a_copy_holds_what_the_person_made_and_nothing_of_others,
    test_after_erasure_nothing_is_found_and_every_page_still_answers,
)
from tests.security.strings import (  # noqa: F401
    test_many_texts_in_all_fields,
    test_texts_that_programs_trip_over_are_text,
)
from tests.security.world import EXERCISE, World

Browse = Callable[..., Browser]
SIGNED_IN = ("student", "student_b", "instructor", "instructor_b", "studio", "studio_b", "admin")
# Objects of the "a" people that a second person of the same role must not see. Staff objects that every
# instructor or administrator works on (a waiting proof, a submission in the queue) are shared on purpose.
PRIVATE = {
    "student_b": {
        "try_id",
        "attempt_id",
        "entry_id",
        "photo_id",
        "upload_id",
        "sign_in_id",
        "passkey_id",
        "notice_id",
        "training_id",
        "note_id",
        "card_id",
        "thread_id",
        "kit_id",
        "link_id",
        "export_id",
        "own_number",
        "artist_link_id",
        "approved_id",
        "piece_id",
        "proof_id",
        "copy_id",
    },
    "instructor_b": {
        "absence_id",
        "review_id",
        "look_id",
        "appeal_id",
        "round_id",
        "view_id",
        "comment_id",
        "note_id",
        "thread_id",
    },
    "studio_b": {
        "key_id",
        "watch_id",
        "check_id",
        "webhook_id",
        "delivery_id",
        "pack_id",
        "member_id",
        "studio_invitation_id",
    },
}
# Signing out or closing the acting account would end the walk, and an accepted invitation would change the roles
# in the middle of it; these have tests of their own.
LEFT_OUT = {
    "accounts_account.sign_out",
    "accounts_admin.disable",
    "accounts_admin.end_role",
    "accounts_public.accept_invitation",
    "studios_webhooks_studio.remove",
}
# What a page of ours always sends; without it the form is refused before anything is looked up.
FIELDS = {
    "practice_student.create": {"exercise": EXERCISE},
    "studios_people_studio.rank": {"rank": "viewer"},
    "reviews_instructor.save": {"revision": "0"},
    "reviews_instructor.complete": {"revision": "0", "result": "approved"},
}
# The exercise of this world asks for no healed photo, and no line of hours is named in the address. Nobody has asked
# to revoke its certificate.
MISSING = {
    "credentials_admin.confirm_revocation",
    "credentials_admin.withdraw_revocation",
    "practice_results_student.healed",
    "practice_results_student.add_healed",
    "practice_hours_student.correct",
}


@dataclass(frozen=True)
class Visit:
    """One request of the walk."""

    endpoint: str
    url: str
    method: str
    arguments: frozenset[str]


def visits(app: Flask, world: World, methods: frozenset[str]) -> Iterator[Visit]:
    adapter = app.url_map.bind("academy.test", url_scheme="https")
    for rule in app.url_map.iter_rules():
        if rule.endpoint in LEFT_OUT or rule.endpoint == "static":
            continue
        for method in sorted((rule.methods or set()) & methods):
            yield Visit(rule.endpoint, adapter.build(rule.endpoint, values_of(rule, world)), method, rule.arguments)


def values_of(rule: Rule, world: World) -> dict[str, object]:
    """What the places in the address of a route stand for in this world."""
    values = {name: world.values[name] for name in rule.arguments}
    if rule.endpoint.startswith(("reviews_instructor.", "practice_color_")) and "photo_id" in values:
        values["photo_id"] = world.values["sent_photo_id"]
    if rule.endpoint == "studios_admin.invite":
        values["studio_id"] = world.values["studio_id"]
    return values


def expected(app: Flask, world: World, person: str, visit: Visit, status: int) -> str:
    """Say what is wrong with a status; empty when it is right."""
    rule = rule_of(app.view_functions[visit.endpoint])
    assert rule is not None
    if status >= 500:
        return "a server error"
    if rule.scope is not None:
        return "" if status == 401 else "a session should be nobody where a key is asked for"
    if rule.permission is None:
        return ""
    allowed = not POLICY[rule.permission].isdisjoint(world.people[person].roles)
    foreign = bool(visit.arguments & PRIVATE.get(person, set()))
    if not allowed or foreign:
        return "" if status == 404 else "should be 404"
    if visit.arguments & {"sign_in_id", "passkey_id", "notice_id", "copy_id"} and person != "student":
        return "" if status == 404 else "another person's object should be 404"
    if visit.endpoint.startswith("certification_renewal_") and person != "student":
        return "" if status == 404 else "a renewal of what somebody does not hold should be 404"
    if visit.arguments & {"review_id"} and person == "instructor_b":
        return "" if status == 404 else "should be 404"
    if visit.endpoint in MISSING:
        return "" if status == 404 else "should be 404"
    return "should be open" if status in (401, 403, 404, 405) else ""


def walk(app: Flask, world: World, browse: Browse, method: str) -> list[str]:
    wrong = []
    for person in SIGNED_IN:
        browser = browse(world.people[person])
        browser.get("/account/")
        for visit in visits(app, world, frozenset({method})):
            answer = _ask(browser, visit)
            fault = expected(app, world, person, visit, answer.status_code)
            if fault:
                wrong.append(f"{person} {method} {visit.url} ({visit.endpoint}) -> {answer.status_code}: {fault}")
            answer.close()
    return wrong


def _ask(browser: Browser, visit: Visit):  # type: ignore[no-untyped-def]
    if visit.method == "GET":
        return browser.get(visit.url)
    if visit.method == "POST":
        return browser.post(visit.url, FIELDS.get(visit.endpoint, {}))
    headers = {"Referer": "https://academy.test/", "X-CSRFToken": browser.token}
    return browser.client.open(visit.url, method=visit.method, headers=headers, base_url="https://academy.test")


def test_every_page_answers_each_role_as_the_table_says(app: Flask, world: World, browse: Browse) -> None:
    found = walk(app, world, browse, "GET")
    assert not found, "\n".join(found)


def test_every_change_answers_each_role_as_the_table_says(app: Flask, world: World, browse: Browse) -> None:
    found = walk(app, world, browse, "POST")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_every_other_change_answers_each_role_as_the_table_says(
    app: Flask, world: World, browse: Browse, method: str
) -> None:
    found = walk(app, world, browse, method)
    assert not found, "\n".join(found)


def test_nobody_signed_in_sees_public_pages_only(app: Flask, world: World, browse: Browse) -> None:
    wrong = []
    browser = browse()
    browser.get("/sign-in")
    for visit in visits(app, world, frozenset({"GET", "POST"})):
        rule = rule_of(app.view_functions[visit.endpoint])
        assert rule is not None
        answer = browser.get(visit.url) if visit.method == "GET" else browser.post(visit.url, {})
        status, location = answer.status_code, answer.headers.get("Location", "")
        answer.close()
        if rule.scope is not None:
            right = status == 401
        elif rule.permission is None:
            right = status < 500
        elif visit.method == "GET":
            right = (status == 303 and location.startswith("/sign-in")) or status == 401
        else:
            right = status == 401
        if not right:
            wrong.append(f"{visit.method} {visit.url} -> {status} {location}")
    assert wrong == []


def test_a_get_writes_nothing(app: Flask, world: World, browse: Browse, runtime: Runtime) -> None:
    from sqlalchemy import text

    from app.infra.db import Base

    def rows() -> dict[str, str]:
        with runtime.db.reading() as session:
            return {
                name: str(sorted(map(str, session.execute(text(f"SELECT * FROM {name}")).all())))
                for name in Base.metadata.tables
            }

    browsers = [browse(world.people[person]) for person in SIGNED_IN]
    before = rows()
    for browser in browsers:
        for visit in visits(app, world, frozenset({"GET"})):
            browser.get(visit.url).close()
    after = rows()
    assert [name for name in before if before[name] != after[name]] == []


def test_nothing_private_is_public(app: Flask, world: World, browse: Browse) -> None:
    """No e-mail, mark, note or internal id in any answer that needs no account."""
    canaries = [*world.emails.values(), str(world.people["student"].id), world.people["student"].user_id.hex]
    browser = browse()
    for visit in visits(app, world, frozenset({"GET"})):
        rule = rule_of(app.view_functions[visit.endpoint])
        if rule is not None and rule.permission is None:
            answer = browser.get(visit.url, follow_redirects=True)
            body = answer.get_data().decode("utf-8", "replace") + str(answer.headers)
            assert [c for c in [*canaries, "canary-private-note"] if c in body] == [], visit.url
