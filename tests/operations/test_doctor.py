"""The doctor: what is wrong is found and said with what to do, whatever else is wrong; no secret is told."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.admin import queries
from app.admin.cli import commands
from app.config import Settings
from app.domain.access.actor import SYSTEM
from app.factory import make_runtime
from app.infra import doctor
from app.infra.audit import AuditTag, record
from app.infra.db import Database
from app.infra.doctor import Finding, Level
from app.infra.doctor_database import check_workers
from app.infra.jobs.models import Job
from app.infra.jobs.worker import Worker
from app.infra.runtime import Runtime
from tests.conftest import NOW, make_settings

SECRET = "kXo3vJ9qWmT7zRb2LhN5yPc8GdFsAe4uVtC6iKwH1xQn0ZgM"


def settings(folder: Path, **values: object) -> Settings:
    """Settings in which everything is as it should be, but for what is given."""
    good = {
        "secret_key": SECRET,
        "trusted_proxies": 1,
        "password_memory_kib": 32768,
        "staff_second_factor": "required",
    }
    return replace(make_settings(folder, f"sqlite:///{folder}/vermilion.db"), **(good | values))  # type: ignore[arg-type]


def found(check: Callable[[Runtime], object], made: Settings) -> list[Finding]:
    return list(check(make_runtime(made)))  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize(
    ("check", "values", "level", "words"),
    [
        (doctor.check_python, {}, "ok", "Python 3."),
        (doctor.check_secret, {}, "ok", "characters"),
        (doctor.check_secret, {"secret_key": "a" * 60}, "bad", "too uniform"),
        (doctor.check_secret, {"secret_key": "please-change-me-0123456789-abcdefghij"}, "bad", "guessers"),
        (doctor.check_address, {}, "ok", "https://academy.test"),
        (doctor.check_address, {"public_url": "http://academy.test"}, "bad", "without TLS"),
        (doctor.check_address, {"public_url": "http://localhost:8000"}, "warn", "trying out"),
        (doctor.check_address, {"trusted_proxies": 0}, "bad", "VERMILION_TRUSTED_PROXIES is 0"),
        (doctor.check_address, {"host": "0.0.0.0"}, "warn", "past them"),
        (doctor.check_address, {"hosts": ".org"}, "bad", "strangers"),
        (doctor.check_address, {"hosts": ".academy.test"}, "ok", "answers to"),
        (doctor.check_strictness, {}, "ok", "looser"),
        (doctor.check_strictness, {"webhook_private": "allow"}, "bad", "WEBHOOK_PRIVATE"),
        (doctor.check_strictness, {"staff_second_factor": "optional"}, "bad", "password alone"),
        (doctor.check_strictness, {"password_memory_kib": 8, "public_url": "http://localhost"}, "warn", "19456"),
        (doctor.check_redis, {}, "ok", "one process"),
        (doctor.check_redis, {"redis_url": "redis://:hidden-word@127.0.0.1:1/0"}, "bad", "does not answer"),
        (doctor.check_mail, {}, "warn", "printed"),
        (doctor.check_mail, {"smtp_host": "127.0.0.1", "smtp_port": 1, "smtp_user": "u"}, "bad", "take us"),
        (doctor.check_keys, {}, "bad", "no usable issuer key"),
        (doctor.check_storage, {}, "ok", "written, read and removed"),
    ],
)  # fmt: skip
def test_each_thing_is_found(
    tmp_path: Path, check: Callable[[Runtime], object], values: dict[str, object], level: str, words: str
) -> None:
    lines = found(check, settings(tmp_path, **values))
    wanted = [each for each in lines if words in each.says]
    assert [each.level for each in wanted] == [level], lines
    assert all(bool(each.todo) == (each.level is not Level.OK) for each in lines)
    assert not any(secret in str(lines) for secret in (SECRET, "hidden-word"))
    assert not list((tmp_path / "files").rglob("*.bin"))


def test_a_folder_that_others_may_open_and_a_full_disk_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o755)
    [folder] = found(doctor.check_folders, settings(tmp_path))
    assert folder.level is Level.BAD and folder.todo == f"chmod 700 {tmp_path}"
    tmp_path.chmod(0o700)
    assert [each.level for each in found(doctor.check_folders, settings(tmp_path))] == ["ok"]
    for free, level in ((100 * 1024**2, "bad"), (3 * 1024**3, "warn"), (40 * 1024**3, "ok")):
        usage = type(doctor.shutil.disk_usage("/"))(100 * 1024**3, 0, free)
        monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _folder, usage=usage: usage)
        assert {each.level for each in found(doctor.check_disk, settings(tmp_path))} == {level}


def test_a_check_that_breaks_hides_no_other(runtime: Runtime) -> None:
    def broken(_runtime: Runtime) -> list[Finding]:
        raise RuntimeError("first line\nsecond with a secret")

    lines = doctor.examine(runtime, [("Odd", broken), ("Python", doctor.check_python)])
    assert [(each.name, each.level) for each in lines] == [("Odd", "bad"), ("Python", "ok")]
    assert "secret" not in lines[0].says


def test_workers_the_queue_lists_and_backups_are_judged_by_their_age(session: Session, runtime: Runtime) -> None:
    def levels() -> dict[str, str]:
        return {each.name: each.level.value for each in queries.health(runtime)}

    before = levels()
    assert (before["Workers"], before["Queue"], before["Backup"], before["Status lists"]) == ("bad", "ok", "warn", "ok")
    # The server of the tests may run without fsync, for speed; then the doctor has to say so.
    is_unsafe = not runtime.db.is_sqlite and session.scalar(text("SHOW fsync")) == "off"
    assert before["Database"] == ("bad" if is_unsafe else "ok") and before["Clock"] in (
        "ok",
        "bad",
    )  # the test's clock is not the server's
    worker = Worker(runtime, 3)
    worker._say_alive()
    record(session, SYSTEM, AuditTag.BACKUP_MADE, now=NOW - timedelta(hours=1), target_kind="backup", damaged=0)
    session.add(Job(handler="mail.send", run_at=NOW - timedelta(hours=2), created_at=NOW - timedelta(hours=2)))
    session.add(Job(handler="mail.send", state="dead", run_at=NOW, created_at=NOW, finished_at=NOW))
    session.commit()
    after = levels()
    assert (after["Workers"], after["Queue"], after["Backup"], after["Failed jobs"]) == ("ok", "bad", "ok", "warn")
    assert "with threads: 3" in str(list(check_workers(runtime)))
    worker.stop(timeout=0)
    assert levels()["Workers"] == "bad"
    runtime.now.tick(hours=40)  # type: ignore[attr-defined]
    assert levels()["Backup"] == "bad"


def test_the_command_ends_with_1_when_something_is_out_of_order(app: Flask, runtime: Runtime) -> None:
    [command] = [each for each in commands if each.name == "doctor"]
    result = app.test_cli_runner().invoke(command, ["--json"])
    lines = json.loads(result.stdout)
    assert result.exit_code == 1
    assert {"Database", "Schema", "Store of files", "Mail", "Issuer keys"} <= {line["name"] for line in lines}
    assert all(set(line) == {"name", "level", "says", "todo"} for line in lines)
    plain = app.test_cli_runner().invoke(command, ["--here"])
    assert "-> Start one: flask" in plain.stdout and "Store of files" not in plain.stdout
    assert runtime.settings.secret_key not in result.stdout + plain.stdout


def test_a_lost_database_is_one_finding_and_no_crash(tmp_path: Path) -> None:
    runtime = make_runtime(settings(tmp_path), database=Database(f"sqlite:///{tmp_path}/away/vermilion.db"))
    os.makedirs(tmp_path / "keys", mode=0o700)
    runtime.keys.ensure(runtime.now())
    lines = {each.name: each for each in queries.health(runtime)}
    assert lines["Database"].level is Level.BAD and "does not answer" in lines["Database"].says
    assert lines["Issuer keys"].level is Level.OK
    assert {name: values for name, _s, values, _l in queries.figures(runtime)} == {"vermilion_database_up": {(): 0.0}}
