"""./vermilion test: get what the tests need, run them, and return pytest's own exit code.

What cannot be had is a failure that says so, never a test that is left out in silence; `--fast` leaves out the
tests that need more than Python.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bootstrap import CACHE, ROOT, StepFailedError, say
from tests.support import axe, chromium, postgres
from tests.support import services as servers

FAST = "not browser and not postgres and not services and not slow"
# tests/support/groups.py says what shares a process: the browser tests are one group, beside all the others.
PARALLEL = ["-n", "2", "--dist", "loadgroup"]
OWN_CHOICE = ("-n", "--numprocesses", "--pdb", "--trace", "--collect-only")


def pytest_arguments(given: Sequence[str]) -> list[str]:
    """Return the arguments for pytest: two processes unless the caller decides, and the choice of `--fast`."""
    chosen = [argument for argument in given if argument != "--fast"]
    parallel = [] if any(argument.startswith(OWN_CHOICE) for argument in chosen) else PARALLEL
    return [*parallel, *(["-m", FAST] if "--fast" in given else []), *chosen]


@contextmanager
def services(fast: bool) -> Iterator[dict[str, str]]:
    """Yield the variables that tell the tests where browser, accessibility checker and database are.

    The database server runs until the block ends. Raises StepFailedError when something cannot be had.
    """
    if fast:
        yield {}
        return
    variables = {chromium.VARIABLE: str(chromium.ensure()), axe.VARIABLE: str(axe.ensure())}
    variables |= chromium.ensure_driver()
    postgres.ensure()
    servers.ensure()
    with postgres.server() as address:
        yield variables | {postgres.VARIABLE: address}


def environment() -> dict[str, str]:
    """Return the caller's variables, with a home folder in .cache when the caller's cannot be written to.

    Browsers and fontconfig keep caches there and fill the output with warnings when they cannot.
    """
    env = dict(os.environ)
    if not os.access(env.get("HOME", ""), os.W_OK):
        home = CACHE / "home"
        home.mkdir(parents=True, exist_ok=True)
        env["HOME"] = str(home)
    return env


def run_pytest(arguments: Sequence[str], env: dict[str, str]) -> int:
    """Run pytest to its end and return its exit code."""
    process = subprocess.Popen([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, env=env)
    # Ctrl-C reaches pytest by itself, through the terminal; we stay to stop the database when it is done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, _: process.send_signal(number))
    code = process.wait()
    return code if code >= 0 else 128 - code


def main(arguments: Sequence[str]) -> int:
    """Run the tests with these arguments of `./vermilion test`; return the exit code."""
    try:
        with services("--fast" in arguments) as variables:
            return run_pytest(pytest_arguments(arguments), environment() | variables)
    except (StepFailedError, OSError) as failure:
        say(f"{failure}\nvermilion: the tests have NOT run. Those that need only Python: ./vermilion test --fast")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
