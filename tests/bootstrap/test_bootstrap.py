"""bootstrap.py: steps, stamps, the environment, and the installers' settings."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

import bootstrap


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of its own for the module's paths, with lock files and a `.venv` that only looks like one."""
    root = tmp_path / "project"
    look_like_an_environment(root)
    (root / "tools").mkdir()
    for name in ("requirements.txt", "requirements-dev.txt", "tools/uv.txt"):
        (root / name).write_text(f"# {name}\n", "ascii")
    for name, value in {
        "ROOT": root,
        "VENV": root / ".venv",
        "CACHE": root / ".cache",
        "STAMPS": root / ".venv" / ".vermilion",
        "PYTHON": root / ".venv" / "bin" / "python",
        "UV": root / ".venv" / "bin" / "uv",
        "UV_LOCK": root / "tools" / "uv.txt",
        "VENDOR": root / "app" / "static" / "vendor",
        "LOCKS": {"run": root / "requirements.txt", "dev": root / "requirements-dev.txt"},
    }.items():
        monkeypatch.setattr(bootstrap, name, value)
    return root


@pytest.fixture
def steps(project: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the commands of all steps instead of running them; only the environment gets its Python."""
    ran: list[str] = []

    def record(title: str, command: Sequence[str | Path], env: Mapping[str, str]) -> None:
        ran.append(" ".join(str(word).removeprefix(f"{project}/") for word in command))
        if "venv" in command:
            look_like_an_environment(project)

    monkeypatch.setattr(bootstrap, "step", record)
    monkeypatch.setattr(bootstrap, "installer_environment", dict)
    monkeypatch.setattr(bootstrap, "ensure_scanner", lambda: ran.append("QR reader"))
    return ran


Step = Callable[[str, Sequence[str | Path], Mapping[str, str]], None]


def failing_on(part: str, step: Step) -> Step:
    """Return a step that fails for the commands that end in this and is the given one for others."""

    def run(title: str, command: Sequence[str | Path], env: Mapping[str, str]) -> None:
        if " ".join(str(word).removeprefix(f"{bootstrap.ROOT}/") for word in command).endswith(part):
            raise bootstrap.StepFailedError(f"{title} failed")
        step(title, command, env)

    return run


def look_like_an_environment(root: Path) -> None:
    python = root / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text("#!/bin/sh\n", "ascii")
    python.chmod(0o755)


MAKE = f"{getattr(sys, '_base_executable', sys.executable)} -I -m venv .venv"
FETCH_UV = ".venv/bin/python -m pip install --quiet --require-hashes --no-deps -r tools/uv.txt"
UV_INSTALL = ".venv/bin/uv pip install --python .venv/bin/python --require-hashes --no-deps -r"
PIP_INSTALL = ".venv/bin/python -m pip install --require-hashes --no-deps -r"


def test_a_first_start_installs_and_a_second_does_nothing(steps: list[str]) -> None:
    bootstrap.ensure("run")
    assert steps == [MAKE, FETCH_UV, f"{UV_INSTALL} requirements.txt"]
    steps.clear()
    bootstrap.ensure("run")
    assert steps == []


def test_packages_of_the_tests_contain_those_of_the_site(steps: list[str]) -> None:
    bootstrap.ensure("dev")
    steps.clear()
    bootstrap.ensure("run")
    assert steps == []


def test_another_lock_for_the_site_makes_the_tests_install_again(steps: list[str], project: Path) -> None:
    bootstrap.ensure("dev")
    (project / "requirements.txt").write_text("# an older branch\n", "ascii")
    bootstrap.ensure("run")
    steps.clear()
    bootstrap.ensure("dev")
    assert f"{UV_INSTALL} requirements-dev.txt" in steps


def test_another_python_replaces_the_environment(
    steps: list[str], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.ensure("run")
    left_over = project / ".venv" / "left-over"
    left_over.touch()
    steps.clear()
    monkeypatch.setattr(sys, "version", "3.99.0 (of another day)")
    bootstrap.ensure("run")
    assert steps == [MAKE, FETCH_UV, f"{UV_INSTALL} requirements.txt"]
    assert not left_over.exists()


def test_a_moved_project_replaces_the_environment(
    steps: list[str], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.ensure("run")
    monkeypatch.setattr(bootstrap, "ROOT", project.with_name("moved"))
    assert not bootstrap.ready("run")


def test_an_environment_made_by_hand_is_taken_over(project: Path, steps: list[str]) -> None:
    python = project / ".venv" / "bin" / "python"
    answers = f"{project / '.venv'}\n{sys.version}"
    python.write_text(f"#!/bin/sh\ncat <<'END'\n{answers}\nEND\n", "utf-8")
    bootstrap.ensure("run")
    assert MAKE not in steps
    assert bootstrap.ready("run")


def test_without_uv_pip_installs(steps: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "step", failing_on(FETCH_UV, bootstrap.step))
    bootstrap.ensure("run")
    assert steps == [MAKE, f"{PIP_INSTALL} requirements.txt"]


def test_pip_installs_what_uv_could_not(
    steps: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "step", failing_on(f"{UV_INSTALL} requirements.txt", bootstrap.step))
    bootstrap.ensure("run")
    assert steps == [MAKE, FETCH_UV, f"{PIP_INSTALL} requirements.txt"]
    assert "uv could not do it" in capsys.readouterr().err


def test_a_failed_installation_is_tried_again(steps: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(bootstrap, "step", failing_on("requirements.txt", bootstrap.step))
        with pytest.raises(bootstrap.StepFailedError):
            bootstrap.ensure("run")
    assert not bootstrap.ready("run")
    bootstrap.ensure("run")
    assert bootstrap.ready("run")


def test_a_second_command_waits_for_the_first_to_install(steps: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with bootstrap.alone():
        second = threading.Thread(target=bootstrap.ensure, args=["run"])
        second.start()
        second.join(timeout=0.3)
        assert second.is_alive()
        assert steps == []
    second.join(timeout=10)
    assert bootstrap.ready("run")
    assert "waiting for another ./vermilion" in capsys.readouterr().err


def test_a_step_shows_its_title_and_time_and_keeps_its_output_in_a_log(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bootstrap.step("making tea (green)", [sys.executable, "-c", "print('boiling')"], {})
    said = capsys.readouterr().err
    assert said.startswith("vermilion: making tea (green) ... ")
    assert said.endswith(" s\n")
    assert (project / ".cache" / "logs" / "making-tea.log").read_text("utf-8") == "boiling\n"


def test_a_failing_step_says_what_its_command_said_last(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = "for n in range(40): print('line', n)\nraise SystemExit(7)"
    with pytest.raises(bootstrap.StepFailedError) as failure:
        bootstrap.step("making tea", [sys.executable, "-c", script], {})
    first, *tail = str(failure.value).splitlines()
    assert first == f"making tea failed (all of its output: {project}/.cache/logs/making-tea.log)"
    assert tail == [f"  line {n}" for n in range(20, 40)]
    assert "failed after" in capsys.readouterr().err


def test_a_failure_of_the_set_up_is_one_message_and_exit_code_1(
    steps: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "step", failing_on("venv", bootstrap.step))
    assert bootstrap.main(["run"]) == 1
    assert capsys.readouterr().err == f"vermilion: making .venv with Python {sys.version.split()[0]} failed\n"


@pytest.mark.parametrize(
    ("verb", "expected"),
    [
        ("run", ["wsgi.py", "--x", "a b"]),
        ("demo", ["-m", "flask", "--app", "wsgi", "demo", "--x", "a b"]),
        ("test", ["-m", "tests.support.session", "--x", "a b"]),
        ("check", ["-m", "tools.check", "--x", "a b"]),
        ("bench", ["-m", "bench", "--x", "a b"]),
    ],
)
def test_a_verb_becomes_its_program_at_the_top_of_the_tree(
    steps: list[str], project: Path, monkeypatch: pytest.MonkeyPatch, verb: str, expected: list[str]
) -> None:
    became: list[object] = []
    monkeypatch.setattr(os, "execve", lambda *given: became.extend(given))
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("VERMILION_PORT", "8123")
    monkeypatch.chdir(project.parent)

    bootstrap.main([verb, "--x", "a b"])

    python = project / ".venv" / "bin" / "python"
    program, arguments, env = became
    assert (program, arguments) == (python, [str(python), *expected])
    assert Path.cwd() == project
    assert isinstance(env, dict)
    assert "PYTHONPATH" not in env
    assert env["VERMILION_PORT"] == "8123"
    assert env["PATH"].startswith(f"{python.parent}:")


def test_digests_keep_texts_apart() -> None:
    assert bootstrap.digest("ab", "c") != bootstrap.digest("a", "bc")
    assert bootstrap.digest("ab") == bootstrap.digest("ab")


PIP_SETTINGS = """\
:env:.index-url='https://one.example/simple'
global.cert='/etc/ssl/own.crt'
global.extra-index-url='\\nhttps://two.example/simple\\nhttps://three.example/simple'
global.find-links='/opt/a /opt/b'
global.index-url='https://four.example/simple'
global.no-cache-dir='false'
install.trusted-host='two.example'
list.format='columns'
"""


def test_uv_is_told_what_pip_is_configured_for() -> None:
    assert bootstrap.settings_for_uv(PIP_SETTINGS, {}) == {
        "UV_DEFAULT_INDEX": "https://one.example/simple",
        "SSL_CERT_FILE": "/etc/ssl/own.crt",
        "UV_INDEX": "https://two.example/simple https://three.example/simple",
        "UV_FIND_LINKS": "/opt/a,/opt/b",
        "UV_INSECURE_HOST": "two.example",
    }


def test_what_uv_is_told_already_stays() -> None:
    given = {"UV_DEFAULT_INDEX": "https://mine.example/simple", "SSL_CERT_FILE": "/mine.crt"}
    translated = bootstrap.settings_for_uv(PIP_SETTINGS, given)
    assert translated.keys().isdisjoint(given)


def test_pip_settings_for_installing_win_over_those_for_all_commands() -> None:
    listed = "install.index-url='https://a.example/simple'\nglobal.index-url='https://b.example/simple'\n"
    assert bootstrap.settings_for_uv(listed, {}) == {"UV_DEFAULT_INDEX": "https://a.example/simple"}


def test_installers_keep_to_this_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/nonexistent")
    env = bootstrap.installer_environment()
    assert env["PIP_CACHE_DIR"] == str(bootstrap.CACHE / "pip")
    assert env["UV_CACHE_DIR"] == str(bootstrap.CACHE / "uv")


@pytest.mark.slow
def test_a_real_start_in_a_path_with_spaces_without_home_or_network(tmp_path: Path) -> None:
    """One locked package from a folder; uv cannot be fetched without a network, so this is pip's way as well."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    wheel = tiny_wheel(wheels)
    project = tmp_path / "my academy"
    (project / "tools").mkdir(parents=True)
    for name in ("vermilion", "bootstrap.py", "tools/uv.txt"):
        (project / name).write_bytes((bootstrap.ROOT / name).read_bytes())
    lock = f"tiny==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"
    (project / "requirements.txt").write_text(lock, "ascii")
    (project / "wsgi.py").write_text("import sys, tiny\nprint(tiny.SHADE, sys.argv[1:])\n", "ascii")
    env = {
        "PATH": os.pathsep.join([str(Path(sys.executable).resolve().parent), "/usr/bin", "/bin"]),
        "HOME": "/nonexistent",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "NPM_CONFIG_REGISTRY": "https://127.0.0.1:9",
    }

    def start() -> subprocess.CompletedProcess[str]:
        command = ["/bin/sh", str(project / "vermilion"), "run", "a b"]
        return subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=300)

    first = start()
    assert (first.returncode, first.stdout) == (0, "coral ['a b']\n"), first.stderr
    assert "making .venv" in first.stderr
    assert "no QR reader for browsers that have none" in first.stderr
    second = start()
    assert (second.returncode, second.stdout, second.stderr) == (0, "coral ['a b']\n", "")


def tiny_wheel(folder: Path) -> Path:
    """Write a wheel with one module to a folder; return its path."""
    path = folder / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("tiny.py", "SHADE = 'coral'\n")
        wheel.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        wheel.writestr(
            "tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("tiny-1.0.dist-info/RECORD", "tiny.py,,\n")
    return path
