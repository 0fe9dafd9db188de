"""Which tests share a process of pytest-xdist.

pytest-xdist 3.8 tells groups by a suffix that it writes to `item._nodeid`, and pytest 9.2 no longer reads that: its
`xdist_group` marks do nothing, without a word. So the group follows from where a test stands.
"""

from __future__ import annotations

import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

# One browser at a time: two of them on two cores time out. One academy: filling it takes a minute.
FOLDERS = {"tests/browser/": "browser", "tests/demo/": "demo"}
# One world for each database.
MATRIX = "tests/security/"


def group_of(nodeid: str) -> str:
    """The group of a test; a test that belongs to none is a group of its own."""
    for folder, group in FOLDERS.items():
        if nodeid.startswith(folder):
            return group
    if nodeid.startswith(MATRIX):
        return "matrix-postgres" if "postgres" in nodeid.rpartition("[")[2] else "matrix-sqlite"
    return nodeid


class GroupScheduling(LoadScopeScheduling):
    """Hands out whole groups, the largest first."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


class Plugin:
    """Registered by tests/conftest.py where pytest-xdist is at work."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: object) -> GroupScheduling | None:
        """Take the place of pytest-xdist's own groups."""
        return GroupScheduling(config, log) if config.getvalue("dist") == "loadgroup" else None  # type: ignore[arg-type]
