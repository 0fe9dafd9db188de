"""The bundled contexts: the pinned ones, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.credentials import contexts
from app.domain.credentials.contexts import PINNED, VC_V2, ContextsChanged, bundled, read_pinned


def test_the_three_contexts_are_the_pinned_ones() -> None:
    assert set(bundled()) == set(PINNED) and len(PINNED) == 3
    assert PINNED[VC_V2][1].startswith("59955ced") and PINNED[VC_V2][1].endswith("2734")
    assert all("@context" in document for document in bundled().values())


def test_a_changed_context_stops_everything(tmp_path: Path) -> None:
    path = tmp_path / "credentials-v2.json"
    path.write_text("{}")
    with pytest.raises(ContextsChanged, match="not the pinned one"):
        read_pinned(path, PINNED[VC_V2][1])
    with pytest.raises(ContextsChanged, match="missing"):
        read_pinned(tmp_path / "none.json", PINNED[VC_V2][1])


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contexts, "find_spec", lambda _: None)
    with pytest.raises(ContextsChanged, match="openbadgeslib"):
        bundled.__wrapped__()


def test_contexts_cannot_be_changed_by_a_caller() -> None:
    with pytest.raises(TypeError):
        bundled()["urn:x"] = {}  # type: ignore[index]
