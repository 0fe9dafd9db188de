"""./vermilion check: format, lint, types, import contracts, templates, content and translations, each by its own tool.

tests/architecture/test_check.py runs the same list, so that `./vermilion test` cannot pass where this fails.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable

# name: the command, run at the top of the tree; success is exit code 0
CHECKS: dict[str, list[str]] = {
    "format": [PYTHON, "-m", "ruff", "format", "--check", "."],
    "lint": [PYTHON, "-m", "ruff", "check", "."],
    "types": [PYTHON, "-m", "mypy"],
    "contracts": [str(Path(PYTHON).with_name("lint-imports")), "--cache-dir", ".cache/import-linter"],
    "templates": [PYTHON, "-m", "djlint", "app/templates", "--lint", "--quiet"],
    "content": [PYTHON, "-m", "app.domain.content", "courses", "quizzes"],
    "translations": [PYTHON, "-m", "tools.translations", "check"],
}


def run(name: str) -> subprocess.CompletedProcess[str]:
    """Run one of CHECKS and return what it said, both streams together, and its exit code."""
    return subprocess.run(
        CHECKS[name],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )


def main(arguments: Sequence[str]) -> int:
    """Run the checks that are named, or all; print what the failing ones say. Returns 1 when one fails, else 0."""
    unknown = sorted(set(arguments) - set(CHECKS))
    if unknown:
        print(f"There is no check {', '.join(unknown)}; there are {', '.join(CHECKS)}.", file=sys.stderr)
        return 2
    failed = []
    for name in arguments or CHECKS:
        begun = time.monotonic()
        result = run(name)
        verdict = "ok" if result.returncode == 0 else "FAILED"
        print(f"{name:<10} {verdict:<6} {time.monotonic() - begun:5.1f} s", flush=True)
        if result.returncode != 0:
            failed.append(name)
            print(result.stdout.rstrip(), flush=True)
    if failed:
        print(f"Failed: {', '.join(failed)}.", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
