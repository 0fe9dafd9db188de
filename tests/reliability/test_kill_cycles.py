"""SIGKILL of the web process or the worker under load, on both databases: a small run of `python -m bench.kill`.

VERMILION_TEST_KILLS=500 python -m pytest tests/reliability/test_kill_cycles.py -n 0 -s
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.factory import slice_modules
from bench import kill

CYCLES = int(os.environ.get("VERMILION_TEST_KILLS", "5"))
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_no_acknowledged_write_is_lost_or_doubled(database: str, tmp_path: Path) -> None:
    slice_modules("models")
    with kill.database_of(database, tmp_path) as url:
        found = kill.run(tmp_path, url, CYCLES, students=3)
    print(found)
    assert (found.lost, found.doubled) == ([], [])
    assert found.acknowledged > 2 * CYCLES
    assert sum(found.kills.values()) == CYCLES
