"""What is stored of an award, and what each file made from it says."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from app.domain.credentials import award
from app.domain.credentials.award import Place
from app.domain.credentials.build import IssuerFacts, build_credential
from tests.domain.credentials.conftest import NOW, URL

RUBRIC: dict[str, Any] = {
    "points": {"1": 0, "2": 55, "3": 80, "4": 100},
    "criteria": [
        {"id": step, "step": step, "core": core, "levels": {str(n): f"{step} at {n}" for n in range(1, 5)}}
        for step, core in (("consultation", False), ("lip-mapping", True), ("aftercare", False), ("hygiene", False))
    ],
    "marks": {"certified": {"score": 75, "core": 3}},
}
POLICY = {
    "id": "certified",
    "title": "Certified Artist",
    "scope": "On synthetic skin.",
    "not_a_licence": "It is not a license.",
    "courses": ["a", "b"],
    "quizzes": [{"quiz": "a", "mark": 80}],
}
EVIDENCE = {
    "steps": {"consultation": 2, "lip-mapping": 4, "hygiene": 3},
    "hours": {"total": 100},
    "pieces": {"total": 3, "by_exercise": {"e08": 2, "e99": 1}, "by_skin": {"lip_3d": 3}},
    "proofs": [{"kind": kind, "issued": "2026-01-02"} for kind in ("bbp", "hbv_status", "first_aid")],
    "activity_start": "2026-01-01T00:00:00+00:00",
    "activity_end": "2026-11-01T00:00:00+00:00",
}
ISSUER = IssuerFacts("did:web:academy.example", "Vermilion Academy", URL)


def facts(**changes: Any) -> dict[str, Any]:
    evidence = {**EVIDENCE, **changes}
    return award.award_facts(POLICY, 3, RUBRIC, evidence, {"e08": "Full lip, sheer"})


@dataclass
class Stored:
    """A stored certificate."""

    number: str = "VM-24F7K-9QX3A-9"
    subject_id: str = "urn:uuid:0d6a3b7e-8f5f-4b6e-9a57-3f1f0a0f4c11"
    certification_key: str = "certified"
    holder_name: str = "Amara Osei"
    title: str = "Certified Artist"
    facts: dict[str, Any] = field(default_factory=facts)
    issued_at: Any = NOW
    valid_from: Any = NOW
    valid_until: Any = NOW + timedelta(days=730)


def test_the_facts_are_what_is_printed() -> None:
    found = facts()
    assert (found["scope"], found["not_a_licence"], found["version"]) == (
        "On synthetic skin.", "It is not a license.", 3,
    )  # fmt: skip
    assert (found["courses"], found["quizzes"], found["hours"]) == (2, 1, {"total": 100})
    assert found["pieces"]["exercises"] == [["Full lip, sheer", 2], ["E99", 1]], "one without a title by its code"
    assert found["activity"] == ["2026-01-01T00:00:00+00:00", "2026-11-01T00:00:00+00:00"]
    assert json.loads(json.dumps(found)) == found, "stored as JSON"


def test_vaccination_is_told_to_nobody() -> None:
    assert [proof["kind"] for proof in facts()["proofs"]] == ["bbp", "first_aid"]
    assert "hbv" not in json.dumps(facts())


def test_only_headings_of_the_procedure_with_evidence_are_stated() -> None:
    rows = facts()["steps"]
    assert [(row["step"], row["title"], row["required"], row["achieved"]) for row in rows] == [
        ("consultation", "Consultation", 1, 2),
        ("lip-mapping", "Lip Mapping", 3, 4),
    ]
    assert rows[1]["levels"][2] == {"number": 3, "description": "lip-mapping at 3", "points": 80}


def test_a_tier_without_a_mark_asks_for_level_one() -> None:
    (row,) = award.step_rows("unknown", RUBRIC, {"lip-mapping": 1})
    assert row["required"] == 1


def test_the_document_states_the_stored_facts() -> None:
    document = build_credential(award.document_facts(Stored(), ISSUER, Place(f"{URL}/status/4", 77), NOW))
    subject = document["credentialSubject"]
    assert document["name"] == "Certified Artist"
    assert document["credentialStatus"]["id"] == f"{URL}/status/4#77"
    assert subject["achievement"]["id"] == f"{URL}/achievements/certified-v3"
    assert subject["achievement"]["description"] == "On synthetic skin. It is not a license."
    assert subject["achievement"]["humanCode"] == "CERTIFIED"
    assert [result["id"].partition("#")[2] for result in subject["result"]] == ["consultation", "lip-mapping"]
    assert (subject["activityStartDate"], subject["activityEndDate"]) == (
        "2026-01-01T00:00:00Z", "2026-11-01T00:00:00Z",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        (NOW - timedelta(days=1), NOW),
        (NOW, NOW),
        (NOW + timedelta(days=30), NOW + timedelta(days=30)),
        (NOW + timedelta(days=730), NOW),
        (NOW + timedelta(days=900), NOW),
    ],
    ids=["before", "at issue", "later", "at its end", "after its end"],
)
def test_a_newer_file_begins_later_but_never_after_its_end(now: Any, begins: Any) -> None:
    found = award.document_facts(Stored(), ISSUER, Place(f"{URL}/status/1", 1), now)
    assert (found.valid_from, found.awarded_at) == (begins, NOW)
    assert found.valid_from < found.valid_until


def test_the_achievement_by_itself_is_the_one_that_files_carry() -> None:
    every = dict.fromkeys(("consultation", "lip-mapping", "aftercare"), 3)
    document = build_credential(
        award.document_facts(Stored(facts=facts(steps=every)), ISSUER, Place(f"{URL}/status/1", 1), NOW)
    )
    carried = document["credentialSubject"]["achievement"]
    served = award.achievement_document("certified", 3, POLICY, RUBRIC, URL)
    assert served.pop("@context") == document["@context"]
    assert served == carried
