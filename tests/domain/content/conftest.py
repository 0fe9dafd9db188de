from __future__ import annotations

from pathlib import Path

import pytest

from tests.domain.content.samples import Program, copy_program


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """A copy of the journey's program that the test may change."""
    return copy_program(tmp_path / "program")
