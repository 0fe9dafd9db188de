"""Certification rules as files say them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from app.domain.content.schema_certification import Certification

BASE: dict[str, Any] = {
    "id": "certified",
    "title": "Certified",
    "scope": "x",
    "not_a_licence": "x",
    "validity_months": 24,
    "prerequisite": {"certification": "foundation", "months": 0},
    "courses": ["a"],
    "quizzes": [{"quiz": "q", "mark": 80}],
    "hours": {"total": 100, "hygiene": 20},
    "pieces": {"total": 3, "exercises": {"e08": 2, "e09": 1}, "min_3d": 1},
    "proofs": [{"kind": "bbp", "title": "BBP", "max_age_months": 12}, {"kind": "hbv_status", "title": "HBV"}],
    "renewal": {"ce_hours": 16, "ce_hygiene": 4, "pieces": 1},
}


def test_the_payload_holds_every_rule() -> None:
    payload = Certification.model_validate(BASE).payload
    assert payload["hours"] == {"total": 100, "hygiene": 20}
    assert payload["pieces"] == {
        "total": 3, "exercises": {"e08": 2, "e09": 1}, "min_3d": 1, "min_skins": 0, "skins": {}, "groups": [],
    }  # fmt: skip
    assert payload["renewal"] == {
        "ce_hours": 16, "ce_hygiene": 4, "ce_teaching": 0, "pieces": 1, "window_days": 90, "most": 0,
        "late_quiz": None, "late_exercise": None, "approval": False,
    }  # fmt: skip
    assert (payload["approval"], payload["waivable"]) == (False, [])
    assert payload["proofs"][1]["max_age_months"] is None
    assert (payload["grace_days"], payload["adult"]) == (30, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "expert"},
        {"hours": {"total": 100.5}},
        {"hours": {"sleep": 8}},
        {"pieces": {"total": 2, "exercises": {"e08": 3}}},
        {"pieces": {"total": 2, "exercises": {"e08": 0}}},
        {"proofs": [{"kind": "BBP card", "title": "x"}]},
        {"quizzes": [{"quiz": "q", "mark": 120}]},
        {"prerequisite": {"certification": "none"}},
        {"validity_months": 0},
        {"renewal": {"ce_hours": 1, "favor": 2}},
        {"waivable": ["proof"]},
        {"pieces": {"total": 2, "skins": {"banana": 1}}},
        {"pieces": {"total": 2, "groups": [{"id": "g", "title": "G", "exercises": [], "count": 1}]}},
        {"quizzes": [{"quiz": "q", "mark": 80, "area_min": 101}]},
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Certification.model_validate({**BASE, **changes})


def test_the_exercises_may_not_ask_for_more_than_the_total() -> None:
    with pytest.raises(ValidationError, match="the exercises ask for 3 pieces, more than the total of 2"):
        Certification.model_validate({**BASE, "pieces": {"total": 2, "exercises": {"e08": 3}}})
