"""./vermilion, the shell half: verbs, and how it finds Python or says what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
VERBS = ["run", "test", "demo", "check", "bench", "help"]
ECHO = '#!/bin/sh\nfor argument in "$@"; do printf "<%s>" "$argument"; done\n'
# Answers "is this 3.11?" and "can it make environments?" with yes, and prints what it is asked to run.
GOOD_PYTHON = ECHO.replace("\n", '\n[ "$1" = -c ] && exit 0\n', 1)
OLD_PYTHON = "#!/bin/sh\nexit 1\n"
PYTHON_WITHOUT_VENV = '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; esac\nexit 0\n'


class Machine:
    """A folder with a copy of ./vermilion, and a PATH on which only the given programs are found."""

    def __init__(self, folder: Path) -> None:
        self.project = folder / "a project"
        self.programs = folder / "bin"
        self.project.mkdir(parents=True)
        self.programs.mkdir()
        shutil.copy(ROOT / "vermilion", self.project / "vermilion")
        for name in ("readlink", "cat"):
            found = shutil.which(name)
            assert found is not None
            (self.programs / name).symlink_to(found)
        self.program("id", "#!/bin/sh\necho 1000\n")

    def program(self, name: str, script: str) -> None:
        """Put a shell script on the PATH."""
        self.script(self.programs / name, script)

    def script(self, path: Path, text: str) -> None:
        """Write a script that can be run."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        path.chmod(0o755)

    def run(
        self, *arguments: str, entry: Path | None = None, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run ./vermilion with an environment that holds nothing but this PATH."""
        command = ["/bin/sh", str(entry or self.project / "vermilion"), *arguments]
        env = {"PATH": str(self.programs)}
        return subprocess.run(command, env=env, cwd=cwd or self.project, capture_output=True, text=True, timeout=60)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize("arguments", [["help"], ["--help"], ["-h"], []])
def test_help_needs_no_python_and_lists_every_verb_on_one_line(machine: Machine, arguments: list[str]) -> None:
    said = machine.run(*arguments)
    assert (said.returncode, said.stderr) == (0, "")
    listed = [line.split()[0] for line in said.stdout.splitlines() if line.startswith("  ")]
    assert listed == VERBS


def test_a_verb_that_does_not_exist_prints_the_list_and_exits_with_2(machine: Machine) -> None:
    said = machine.run("serve")
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.startswith('vermilion: there is no verb "serve"\n')
    assert "\n  run " in said.stderr


def test_without_python_one_line_says_what_to_install(machine: Machine) -> None:
    said = machine.run("run")
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.count("\n") == 1
    assert said.stderr.startswith("vermilion: Python 3.11 or newer is missing. Install it with: ")


def test_a_python_that_is_too_old_counts_as_none(machine: Machine) -> None:
    machine.program("python3", OLD_PYTHON)
    assert "Python 3.11 or newer is missing" in machine.run("run").stderr


def test_a_newer_python_under_another_name_is_found(machine: Machine) -> None:
    machine.program("python3", OLD_PYTHON)
    machine.program("python3.12", GOOD_PYTHON)
    assert machine.run("run").stdout == "<-I><bootstrap.py><run>"


def test_a_python_without_venv_is_named(machine: Machine) -> None:
    machine.program("python3", PYTHON_WITHOUT_VENV)
    machine.program("dnf", OLD_PYTHON)
    said = machine.run("run")
    assert said.returncode == 2
    missing = f"the venv module of {machine.programs}/python3 is missing"
    assert said.stderr == f"vermilion: {missing}. Install it with: sudo dnf install python3\n"


def test_root_on_debian_gets_python_from_apt(machine: Machine) -> None:
    machine.program("id", "#!/bin/sh\necho 0\n")
    (machine.programs / "chmod").symlink_to(shutil.which("chmod") or "")
    install = f"cat > {machine.programs}/python3 <<'END'\n{GOOD_PYTHON}END\nchmod +x {machine.programs}/python3"
    machine.program(
        "apt-get",
        f'#!/bin/sh\necho "apt: $* $DEBIAN_FRONTEND"\ncase $1 in install)\n{install}\nesac\n',
    )
    said = machine.run("run")
    assert (said.returncode, said.stdout) == (0, "<-I><bootstrap.py><run>")
    assert said.stderr.splitlines()[1:] == [
        "apt: update -q noninteractive",
        "apt: install -q -y --no-install-recommends python3 python3-venv noninteractive",
    ]


def test_a_failing_apt_is_a_failure(machine: Machine) -> None:
    machine.program("id", "#!/bin/sh\necho 0\n")
    machine.program("apt-get", "#!/bin/sh\necho no network >&2\nexit 100\n")
    said = machine.run("run")
    assert said.returncode == 2
    assert "no network" in said.stderr
    assert "could not install python3" in said.stderr


def test_arguments_arrive_as_they_were_given(machine: Machine) -> None:
    machine.program("python3", GOOD_PYTHON)
    said = machine.run("test", "--fast", "-k", "two words", "")
    assert said.stdout == "<-I><bootstrap.py><test><--fast><-k><two words><>"


def test_it_can_be_called_through_a_link_from_anywhere(machine: Machine, tmp_path: Path) -> None:
    machine.program("python3", '#!/bin/sh\n[ "$1" = -c ] && exit 0\npwd\n')
    link = tmp_path / "elsewhere" / "vermilion"
    link.parent.mkdir()
    link.symlink_to(Path(os.path.relpath(machine.project / "vermilion", link.parent)))
    assert machine.run("run", entry=link, cwd=tmp_path).stdout == f"{machine.project}\n"


def test_a_made_environment_is_used_without_looking_for_python(machine: Machine) -> None:
    machine.script(machine.project / ".venv" / "bin" / "python", ECHO)
    assert machine.run("run").returncode == 2
    machine.script(machine.project / ".venv" / ".vermilion" / "python", "")
    assert machine.run("run").stdout == "<-I><bootstrap.py><run>"


def test_make_and_ci_only_forward() -> None:
    targets = [line for line in (ROOT / "Makefile").read_text("utf-8").splitlines() if line.startswith("help run ")]
    assert targets == ["help run test demo check bench:"]
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert [line for line in lines if "vermilion" in line and not line.startswith("#")] == [
        'exec ./vermilion test "$@"'
    ]
