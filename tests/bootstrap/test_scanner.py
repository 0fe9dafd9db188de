"""The QR reader that is fetched at set-up: only the pinned file is taken, and its absence stops nothing."""

from __future__ import annotations

import base64
import hashlib
import io
import shutil
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

import bootstrap

FILES = {"package/dist/jsQR.js": b"function jsQR() {}", "package/LICENSE": b"Apache License"}


def tarball_of(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


@pytest.fixture
def vendor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, place in {"VENDOR": "vendor", "CACHE": "cache", "STAMPS": "stamps"}.items():
        monkeypatch.setattr(bootstrap, name, tmp_path / place)
    return tmp_path / "vendor"


class Npm:
    """Stands for npm: it writes a tarball where it is told to, and counts."""

    def __init__(self, data: bytes | None) -> None:
        self.data, self.calls = data, 0

    def __call__(self, title: str, command: Sequence[str | Path], env: Mapping[str, str]) -> None:
        self.calls += 1
        if self.data is None:
            raise bootstrap.StepFailedError("no network")
        (option,) = (str(word) for word in command if str(word).startswith("--pack-destination="))
        (Path(option.partition("=")[2]) / "jsqr-1.4.0.tgz").write_bytes(self.data)


def use(monkeypatch: pytest.MonkeyPatch, data: bytes | None, *, pinned: bytes | None = None) -> Npm:
    npm = Npm(data)
    monkeypatch.setattr(bootstrap, "step", npm)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    if pinned is not None:
        integrity = "sha512-" + base64.b64encode(hashlib.sha512(pinned).digest()).decode()
        monkeypatch.setattr(bootstrap, "SCANNER", ("jsqr", "1.4.0", integrity))
    return npm


def test_the_pinned_files_are_put_in_place_once(vendor: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tarball_of(FILES)
    npm = use(monkeypatch, data, pinned=data)
    assert bootstrap.ensure_scanner() and bootstrap.ensure_scanner()
    assert npm.calls == 1
    assert sorted(path.name for path in vendor.iterdir()) == ["jsqr-1.4.0-license.txt", "jsqr-1.4.0.js"]
    assert (vendor / "jsqr-1.4.0.js").read_bytes() == FILES["package/dist/jsQR.js"]


@pytest.mark.parametrize("data", [None, tarball_of(FILES), b"no archive"])
def test_what_cannot_be_had_or_is_another_file_is_said_and_left_for_another_day(
    vendor: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], data: bytes | None
) -> None:
    npm = use(monkeypatch, data)
    assert not bootstrap.ensure_scanner() and not bootstrap.ensure_scanner()
    assert npm.calls == 1
    assert not vendor.exists()
    said = capsys.readouterr().err
    assert said.count("no QR reader for browsers that have none") == 1
    assert ("is not the file that was pinned" in said) == (data is not None)


def test_without_npm_only_a_safe_registry_is_asked(vendor: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", "http://mirror.example")
    assert not bootstrap.ensure_scanner()
