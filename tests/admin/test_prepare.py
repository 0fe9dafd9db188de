"""Getting ready writes the keys that it makes into the audit log."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from app import cli
from app.infra import migrate
from app.infra.audit import AuditEvent
from app.infra.runtime import Runtime
from app.infra.signing import KeyProblem, KeyStore


def test_the_first_keys_are_in_the_log_once(runtime: Runtime, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(migrate, "upgrade", lambda _db: False)
    monkeypatch.setattr(cli.content, "sync_if_changed", lambda _runtime: "")
    for _ in range(2):
        cli.prepare(runtime, say=lambda _line: None)
    with runtime.db.reading() as session:
        made = session.scalars(select(AuditEvent.target_id).where(AuditEvent.tag == "credentials:key:made")).all()
    assert sorted(made) == sorted(key.kid for key in runtime.keys.public_keys())
    assert len(made) == 2


def test_a_host_without_the_academys_keys_does_not_become_a_second_issuer(
    runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "upgrade", lambda _db: False)
    monkeypatch.setattr(cli.content, "sync_if_changed", lambda _runtime: "")
    cli.prepare(runtime, say=lambda _line: None)
    first = runtime.keys
    runtime.keys = KeyStore(tmp_path / "another host" / "keys")
    with pytest.raises(KeyProblem, match=r"newest issuer key, .* is not in .*another host/keys\. Copy that folder"):
        cli.prepare(runtime, say=lambda _line: None)
    assert runtime.keys.public_keys() == [], "none was made"
    shutil.copytree(first.folder, runtime.keys.folder)
    cli.prepare(runtime, say=lambda _line: None)
    assert runtime.keys.public_keys() == first.public_keys()
