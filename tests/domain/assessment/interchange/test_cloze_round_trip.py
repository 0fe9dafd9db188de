"""Texts with gaps: exported and imported they are the same, as the bank keeps them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from pydantic import ValidationError

from app.domain.assessment.interchange import formats
from app.domain.assessment.interchange.formats import Format
from app.domain.content.schema_items import item_adapter
from app.infra.markdown import render_prompt
from tests.domain.assessment.interchange.gapped import clozes
from tests.domain.assessment.interchange.importing import take

# Not made smaller when it fails: four gaps of drawn texts would take minutes, and the failing item is printed anyhow.
CALM = settings(
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
FORMS = [Format.MOODLE_XML, Format.QTI]


def payload(item: dict[str, Any]) -> dict[str, Any]:
    """The canonical form of an item."""
    return dict(item_adapter.validate_python({**item, "bank": "b"}).payload)


def comparable(item: dict[str, Any], form: Format) -> dict[str, Any]:
    """QTI knows no Markdown, so its prompt is compared as it is shown."""
    found = payload(item)
    return {**found, "prompt": render_prompt(found["prompt"])} if form is Format.QTI else found


@pytest.mark.parametrize("form", FORMS)
def test_export_then_import_gives_an_equal_text_with_gaps(form: Format) -> None:
    @CALM
    @given(clozes(wild=form is Format.MOODLE_XML))
    def same(item: dict[str, Any]) -> None:
        try:
            whole = comparable(item, form)
        except ValidationError:  # a drawn text that no bank would take
            assume(False)
        written = formats.export_items([item], form, "Bank", render_prompt)
        assert written.left_out == {}
        report = take(written.data, form)
        assert report.faults == ()
        (entry,) = report.entries
        assert entry.item is not None, entry.reason
        assert all("Markdown" in change for change in entry.changes), entry.changes
        found = comparable(entry.item, form)
        assert found == whole, written.lost

    same()
