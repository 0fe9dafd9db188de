"""Check content offline: `python -m app.domain.content courses quizzes [--summary] [--part] [--only TEXT]`.

`--write-matrix FILE` also writes the curriculum on one page, as docs/curriculum.md is.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from app.domain.content.coverage import summary
from app.domain.content.curriculum import document
from app.domain.content.loader import load
from app.domain.content.problems import Severity


def main(arguments: list[str] | None = None) -> int:
    """Print every problem as `file:line: code: sentence`; return 1 when one of them is an error."""
    parser = argparse.ArgumentParser(prog="python -m app.domain.content", description=__doc__)
    parser.add_argument("courses", type=Path)
    parser.add_argument("quizzes", type=Path)
    parser.add_argument("--summary", action="store_true", help="print the coverage matrix and the counts")
    parser.add_argument("--part", action="store_true", help="the program is not complete: skip coverage")
    parser.add_argument("--only", default="", help="print only problems whose file name contains this text")
    parser.add_argument("--write-matrix", type=Path, metavar="FILE", help="write the curriculum on one page to FILE")
    options = parser.parse_args(arguments)
    loaded = load(options.courses, options.quizzes, complete=not options.part)
    shown = [problem for problem in loaded.problems if options.only in problem.file]
    for problem in shown:
        print(problem)
    if options.summary:
        print(summary(loaded.content))
    if options.write_matrix is not None:
        options.write_matrix.write_text(document(loaded.content), encoding="utf-8")
    errors = sum(problem.severity is Severity.ERROR for problem in shown)
    print(f"{errors} errors, {len(shown) - errors} warnings", file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
