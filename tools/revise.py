"""Write the migration of the coming release anew from the models, and prove it on an empty SQLite database.

    python -m tools.revise

One release has one revision: while it is being made, several people change models, and a chain of half-thoughts
would help nobody who upgrades. RELEASED names the newest revision that people may have; it is never written again.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from app.factory import slice_modules
from app.infra import audit, audit_chain, migrate  # noqa: F401 - audit and audit_chain bring their tables
from app.infra.db import Database
from app.infra.jobs import models as job_models  # noqa: F401

RELEASED = "0001"
NEXT = "0002"
TITLE = "evidence and fair review"
HEAD = migrate.FOLDER / ".current-head"


def main() -> int:
    """Replace the unreleased revision; return 0 when it goes up, down and up again without drift."""
    slice_modules("models")
    for old in (migrate.FOLDER / "versions").glob(f"{NEXT}_*.py"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'scratch.db'}")
        migrate.upgrade(database)
        if not migrate.drift(database):
            print("The models agree with the released schema; there is nothing to write.")
            HEAD.write_text(f"{RELEASED}\n")
            return 0
        written = migrate.make_revision(database, TITLE, NEXT)
        subprocess.run(
            [sys.executable, "-m", "ruff", "format", "-q", "--isolated", "--line-length=120", written], check=True
        )
        HEAD.write_text(f"{NEXT}\n")
        migrate.upgrade(database)
        migrate.downgrade(database, RELEASED)
        migrate.upgrade(database)
        left = migrate.drift(database)
        database.dispose()
    for difference in left:
        print(f"Not in the migration: {difference}")
    print(f"Wrote {written.relative_to(migrate.FOLDER.parent)}.")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
