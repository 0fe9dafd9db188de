"""python -m tools.audit: are weaknesses known of the packages we pin? Asks pip-audit, and says so when nobody answers.

pip-audit (Apache-2.0) is fetched by uv for this one question. It asks the index of packages, or with --osv osv.dev.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LISTS = ("requirements.txt", "requirements-stats.txt", "requirements-tracing.txt")
UNKNOWN = "could not be audited"


def verdict(code: int, said: str) -> tuple[int, str]:
    """What pip-audit's exit code and words come to: an exit code (0 clean, 1 weak, 2 not known) and a sentence."""
    if code and "Found" in said:
        return 1, "Weaknesses are known: raise the versions that are named."
    if code or UNKNOWN in said:
        return 2, "Not known: no database of weaknesses could be asked about all packages. Try where the internet is."
    return 0, "No weakness is known of any pinned package."


def main(arguments: Sequence[str]) -> int:
    """Ask about each list; returns the gravest of their verdicts."""
    service = ["--vulnerability-service", "osv"] if "--osv" in arguments else []
    gravest = 0
    for name in (each for each in LISTS if (ROOT / each).exists()):
        uv = str(Path(sys.executable).with_name("uv"))
        command = [uv, "tool", "run", "pip-audit", "-r", name, "--disable-pip", "--require-hashes", *service]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        code, sentence = verdict(result.returncode, result.stdout + result.stderr)
        print(f"{name}: {sentence}")
        if code == 1:
            print(result.stdout)
        gravest = max(gravest, code)
    return gravest


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
