"""The whole corpus through the real worker process, which has half of its usual memory: a sentence or bare pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.infra.images import ImageRefused, Limits, process_in_worker
from tests.infra.hostile_corpus import HOSTILE, MEGABYTE, SECRET, Case, many_scans
from tests.infra.test_image_pipeline import assert_bare

LIMITS = Limits(max_memory_bytes=512 * MEGABYTE, max_cpu_seconds=10)
HIDDEN = ("page behind", "video behind", "archive in a chunk", "garbage", "of words")
"""Names of files that are taken although something was hidden in them."""


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Where the file goes, and where its renditions come out."""
    out = tmp_path / "out"
    out.mkdir()
    return tmp_path / "upload", out


@pytest.mark.parametrize("case", HOSTILE.values(), ids=HOSTILE)
def test_a_sentence_or_bare_pictures(folders: tuple[Path, Path], case: Case) -> None:
    path, out = folders
    path.write_bytes(case.make())
    if case.code:
        with pytest.raises(ImageRefused) as caught:
            process_in_worker(path, out, LIMITS)
        assert caught.value.code == case.code
        assert caught.value.sentence.endswith(".")
        assert [word for word in case.words if word not in caught.value.sentence] == []
        assert list(out.iterdir()) == []
        return
    result = process_in_worker(path, out, LIMITS)
    assert len(result.renditions) == 5
    for rendition in result.renditions:
        assert_bare(rendition)
        assert SECRET not in rendition.path.read_bytes()


def test_what_was_hidden_was_there() -> None:
    """The test above would pass with files that hide nothing."""
    files = [case.make() for name, case in HOSTILE.items() if any(words in name for words in HIDDEN)]
    assert len(files) == 9
    assert all(SECRET in data for data in files)
    assert sum(len(data) > 3 * MEGABYTE for data in files) == 6


def test_scans_without_end_cost_no_more_than_the_limit(folders: tuple[Path, Path]) -> None:
    path, out = folders
    path.write_bytes(many_scans(1000))
    assert path.stat().st_size < 2 * MEGABYTE
    with pytest.raises(ImageRefused) as caught:
        process_in_worker(path, out, Limits(max_cpu_seconds=1))
    assert caught.value.code == "too_slow"
    assert "1 seconds" in caught.value.sentence
    assert list(out.iterdir()) == []
