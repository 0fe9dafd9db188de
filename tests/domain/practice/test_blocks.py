"""What a confirmed critical fault brings (domain.md 4.7, rules 4 to 6)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain.practice.blocks import WINDOW, BlockKind, blocks_after
from tests.conftest import NOW

REFRESHER, MEETING, COMMITTEE = BlockKind.REFRESHER, BlockKind.MEETING, BlockKind.COMMITTEE
RECENT, LAST_DAY, OVER = NOW - timedelta(days=3), NOW - WINDOW, NOW - WINDOW - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("codes", "earlier", "blocks"),
    [
        ([], [RECENT], []),
        (["CON", "DOS"], [RECENT], []),
        (["HYG"], [], [REFRESHER]),
        (["SHP"], [OVER], [REFRESHER]),
        (["SHP"], [LAST_DAY], [REFRESHER, MEETING]),
        (["HYG", "SHP"], [], [REFRESHER]),
        (["HYG"], [OVER, RECENT], [REFRESHER, MEETING]),
        (["DUP"], [RECENT], [COMMITTEE]),
        (["DUP", "HYG"], [RECENT], [REFRESHER, MEETING, COMMITTEE]),
    ],
)
def test_faults_bring_what_the_rules_say(codes: list[str], earlier: list[object], blocks: list[BlockKind]) -> None:
    assert blocks_after(codes, NOW, earlier) == blocks  # type: ignore[arg-type]
