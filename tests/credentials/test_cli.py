"""The operator's commands: keys, checking every file, signing the lists anew."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.credentials import cli, queries, services
from app.credentials.models import Credential, CredentialFile, StatusList
from app.infra.audit import AuditEvent
from app.infra.runtime import Runtime
from tests.conftest import NOW, Clock

Issue = Callable[..., Credential]
Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask) -> Run:
    """`run("keys", "list")` runs a command of this slice."""
    groups = {group.name: group for group in cli.commands}
    runner = app.test_cli_runner()
    return lambda group, *arguments: runner.invoke(groups[group], arguments)


def audit(runtime: Runtime) -> list[tuple[str, str]]:
    with runtime.db.reading() as session:
        rows = session.execute(select(AuditEvent.tag, AuditEvent.target_id).where(AuditEvent.target_kind == "key"))
        return [(row[0], row[1]) for row in rows]


def test_keys_are_made_once(run: Run, runtime: Runtime) -> None:
    made = run("keys", "init")
    assert made.exit_code == 0
    assert "did:web:academy.test" in made.output
    names = [key.kid for key in runtime.keys.public_keys()]
    assert len(names) == 2
    assert all(f"Made {name}" in made.output for name in names)
    assert audit(runtime) == [("credentials:key:made", name) for name in names]
    assert "Made" not in run("keys", "init").output
    assert len(runtime.keys.public_keys()) == 2


def test_keys_are_listed_with_how_they_stand(run: Run, runtime: Runtime, clock: Clock) -> None:
    run("keys", "init")
    run("keys", "rotate")
    listed = run("keys", "list").output.splitlines()
    assert len(listed) == 4
    assert [line.count("in use since 2026-11-22") for line in listed] == [1, 1, 0, 0]
    assert all("published; used from 2026-11-23 12:00 UTC on" in line for line in listed[2:])
    clock.tick(days=2)
    later = run("keys", "list").output.splitlines()
    assert all("retired on 2026-11-23; published for what it signed" in line for line in later[:2])
    assert "PRIVATE" not in "".join(later)


def test_rotating_twice_waits_for_the_first(run: Run, runtime: Runtime) -> None:
    run("keys", "init")
    assert run("keys", "rotate").output == run("keys", "rotate").output
    assert len(runtime.keys.public_keys()) == 4
    assert len(audit(runtime)) == 4


@pytest.mark.parametrize("kind", ["ed25519", "p256"])
def test_a_lost_key_leaves_and_what_it_signed_is_signed_anew(
    run: Run, issue: Issue, runtime: Runtime, clock: Clock, kind: str
) -> None:
    valid = issue()
    issue("revoked", name="Lea Fontaine")
    lost = next(key.kid for key in runtime.keys.public_keys() if key.kid.endswith(kind))
    clock.tick(minutes=1)
    done = run("keys", "compromise", lost, "--yes")
    assert done.exit_code == 0, done.output
    assert f"{lost} is withdrawn" in done.output
    assert "1 certificates signed anew." in done.output
    assert ("credentials:key:withdrawn", lost) in audit(runtime)
    assert f"{lost:<34}" in run("keys", "list").output
    with runtime.db.reading() as session:
        assert f'#{lost}"' not in queries.stored_file(session, valid.number).document.decode()
    checked = run("credential", "verify-all")
    assert (checked.exit_code, "3 files checked, 0 problems." in checked.output) == (0, True)


def test_withdrawing_asks_first(run: Run, runtime: Runtime) -> None:
    run("keys", "init")
    kid = runtime.keys.public_keys()[0].kid
    assert run("keys", "compromise", kid).exit_code == 1
    assert all(key.is_published for key in runtime.keys.public_keys())


def test_a_key_that_is_not_there(run: Run, runtime: Runtime) -> None:
    run("keys", "init")
    refused = run("keys", "compromise", "key-of-nobody", "--yes")
    assert refused.exit_code == 1
    assert "There is no key named key-of-nobody" in refused.output


def test_all_files_are_checked_and_found_right(run: Run, issue: Issue) -> None:
    for number, state in enumerate(("valid", "expired", "suspended", "revoked", "superseded")):
        issue(state, name=f"Person {chr(65 + number)}")
    checked = run("credential", "verify-all")
    assert (checked.exit_code, checked.output.splitlines()[-1]) == (0, "6 files checked, 0 problems.")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"document": b'{"id":"x"}'}, "its bytes are not those that were signed"),
        ({"token": "eyJh.e30.AAAA"}, "the token is malformed"),
        ({"revoked_at": NOW}, "the file is valid"),
    ],
)
def test_a_file_that_was_tampered_with_is_named(
    session: Session, run: Run, issue: Issue, change: dict[str, object], complaint: str
) -> None:
    credential = issue()
    session.execute(update(CredentialFile).values(**change))
    session.commit()
    checked = run("credential", "verify-all")
    assert checked.exit_code == 1
    assert f"{credential.number} file" in checked.output
    assert complaint in checked.output


def test_a_list_that_lapsed_makes_every_file_doubtful_until_it_is_signed_anew(
    run: Run, issue: Issue, clock: Clock, runtime: Runtime
) -> None:
    issue()
    clock.tick(days=8)
    assert "cannot_check" in run("credential", "verify-all").output
    assert run("credential", "resign-lists").output.endswith("1 status lists signed anew.\n")
    assert run("credential", "verify-all").exit_code == 0
    with runtime.db.reading() as session:
        assert session.scalars(select(StatusList.signed_at)).all() == [runtime.now()]


def test_the_resolver_knows_only_our_own(issue: Issue, runtime: Runtime) -> None:
    issue()
    records = services.OwnRecords(runtime.db.reading, runtime.keys, runtime.settings.public_url)
    assert records.did_document("did:web:elsewhere.test") is None
    assert records.status_list("https://elsewhere.test/status/1") is None
    for place in ("x", "", "99999999", "1/2"):
        assert records.status_list(f"https://academy.test/status/{place}") is None
