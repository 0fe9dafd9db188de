"""The worker process: what it gives back, what it may cost, and that its death harms nobody."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.infra import image_worker, images
from app.infra.images import ImageRefused, ImageWorkerError, Limits, process_in_worker
from tests.infra.photo_corpus import bomb_png, cornered, encoded, exif, heic, smooth


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def upload(tmp_path: Path) -> Path:
    path = tmp_path / "upload"
    path.write_bytes(encoded(cornered(), "JPEG", exif=exif(6)))
    return path


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """`worker(code)` puts another Python program in the place of the worker."""

    def use(code: str) -> None:
        monkeypatch.setattr(images, "_command", lambda: [sys.executable, "-c", code])

    return use


@pytest.mark.parametrize("kind", ["JPEG", "HEIC", "AVIF", "WEBP", "PNG"])
def test_a_photo_goes_through(tmp_path: Path, out: Path, kind: str) -> None:
    path = tmp_path / "upload"
    path.write_bytes(heic(smooth(), exif=exif(1)) if kind == "HEIC" else encoded(smooth(), kind, exif=exif(1)))
    result = process_in_worker(path, out)
    assert (result.facts.width, result.facts.height, result.facts.has_gps) == (600, 400, True)
    assert sorted(one.path.name for one in result.renditions) == sorted(os.listdir(out))


def test_fifty_megapixels_fit_into_the_memory_of_the_worker(tmp_path: Path, out: Path) -> None:
    """The largest photo that is taken, from a format that must be decoded whole, within the default limit."""
    path = tmp_path / "upload"
    path.write_bytes(bomb_png(8160, 6120, color_type=6))
    assert process_in_worker(path, out).renditions[0].width == 2016


def test_relative_paths_are_those_of_the_caller(upload: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(upload.parent)
    result = process_in_worker(Path(upload.name), Path(out.name))
    assert all(one.path.is_absolute() and one.path.parent == out for one in result.renditions)


def test_a_refusal_comes_through_with_its_sentence(tmp_path: Path, out: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(bomb_png(20_000, 20_000, color_type=0, depth=1))
    with pytest.raises(ImageRefused) as caught:
        process_in_worker(path, out)
    assert caught.value.code == "too_many_pixels"
    assert not caught.value.transient
    assert os.listdir(out) == []


def test_too_little_memory_is_a_refusal(tmp_path: Path, out: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(bomb_png(7000, 7000))
    with pytest.raises(ImageRefused) as caught:
        process_in_worker(path, out, Limits(max_memory_bytes=180 * 2**20))
    assert caught.value.code in ("out_of_memory", "worker_died", "damaged")
    assert os.listdir(out) == []


def test_too_much_cpu_is_a_refusal(upload: Path, out: Path, worker) -> None:
    worker("import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 2))\nwhile True: pass")
    with pytest.raises(ImageRefused) as caught:
        process_in_worker(upload, out)
    assert caught.value.code == "too_slow"


def test_too_much_time_is_a_refusal_and_ends_the_process(upload: Path, out: Path, worker, tmp_path: Path) -> None:
    worker(f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(60)")
    started = time.monotonic()
    with pytest.raises(ImageRefused) as caught:
        process_in_worker(upload, out, timeout=1.5)
    assert caught.value.code == "too_slow"
    assert "1.5 seconds" in caught.value.sentence
    assert time.monotonic() - started < 20
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.parametrize(
    ("name", "transient"), [("SIGKILL", True), ("SIGTERM", True), ("SIGSEGV", False), ("SIGABRT", False)]
)
def test_a_killed_worker_is_a_refusal(upload: Path, out: Path, worker, name: str, transient: bool) -> None:
    worker(f"import os, signal; open({str(out / 'large.webp')!r}, 'w').close(); os.kill(os.getpid(), signal.{name})")
    with pytest.raises(ImageRefused) as caught:
        process_in_worker(upload, out)
    assert (caught.value.code, caught.value.transient) == ("worker_died", transient)
    assert os.listdir(out) == []


@pytest.mark.parametrize("answer", ["", "[]", "{}", '{"result": {}}', '{"result": {"facts": {}, "renditions": []}}'])
def test_an_answer_without_sense_is_our_fault(upload: Path, out: Path, worker, answer: str) -> None:
    worker(f"print({answer!r})")
    with pytest.raises(ImageWorkerError):
        process_in_worker(upload, out)


def test_a_missing_file_is_our_fault(tmp_path: Path, out: Path) -> None:
    with pytest.raises(ImageWorkerError, match="FileNotFoundError"):
        process_in_worker(tmp_path / "nothing", out)


def test_the_worker_sees_none_of_our_secrets(upload: Path, out: Path, worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERMILION_SECRET_KEY", "very secret")
    worker("import os, sys; sys.exit(str(sorted(os.environ)))")
    with pytest.raises(ImageWorkerError) as caught:
        process_in_worker(upload, out)
    assert "VERMILION" not in str(caught.value)
    assert "PATH" in str(caught.value)


def test_the_limits_hold_in_the_process() -> None:
    code = (
        "import json, os, resource, sys\n"
        "from app.infra.image_worker import limit_process\n"
        "from app.infra.images import Limits\n"
        "limit_process(Limits(max_memory_bytes=700 * 2**20, max_cpu_seconds=7))\n"
        "names = ('AS', 'CPU', 'CORE', 'FSIZE')\n"
        "print(json.dumps([[resource.getrlimit(getattr(resource, 'RLIMIT_' + n)) for n in names], os.nice(0)]))"
    )
    found = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
    assert found[0] == [[700 * 2**20] * 2, [7, 8], [0, 0], [64 * 2**20] * 2]
    assert found[1] >= 10


def test_a_lower_ceiling_of_the_system_stays() -> None:
    code = (
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_AS, (500 * 2**20, 500 * 2**20))\n"
        "from app.infra.image_worker import limit_process\n"
        "from app.infra.images import Limits\n"
        "limit_process(Limits())\n"
        "print(resource.getrlimit(resource.RLIMIT_AS))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == str((500 * 2**20, 500 * 2**20))


def test_main_speaks_json(upload: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = {
        "max_bytes": 10_000_000,
        "max_megapixels": 50,
        "max_edge": 16_384,
        "max_memory_bytes": 2**30,
        "max_cpu_seconds": 20,
    }
    request = {"path": str(upload), "out_dir": str(out), "limits": limits}
    answered = io.StringIO()
    monkeypatch.setattr(image_worker, "limit_process", lambda _limits: None)
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(request)))
    monkeypatch.setattr(sys, "stdout", answered)
    image_worker.main()
    assert json.loads(answered.getvalue())["result"]["facts"]["kind"] == "jpeg"
    refusal = image_worker.answer({**request, "limits": {**limits, "max_bytes": 10}})
    assert refusal["refused"]["code"] == "too_many_bytes"
