"""What a certificate states: first the facts that are stored with it, then the document of each signed file.

The facts are taken from the decision once, at issue. Every later file (after a suspension, after a lost key) is
built from the stored facts, so that it says the same as the first one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from app.domain.credentials.build import (
    AchievementFacts,
    CredentialFacts,
    IssuerFacts,
    LevelFacts,
    StepFacts,
    build_achievement,
)
from app.domain.procedure import Step

STEP_IDS = frozenset(step.value for step in Step)
# Vaccination is health data: it counts for the decision, and is told to nobody.
TOLD_PROOFS = frozenset({"bbp", "first_aid", "license"})
LEVEL_NAMES = {1: "Unsafe or not shown", 2: "Developing", 3: "Competent", 4: "Distinguished"}


class Record(Protocol):
    """A stored certificate, as far as its files depend on it."""

    number: str
    subject_id: str
    certification_key: str
    holder_name: str
    title: str
    facts: dict[str, Any]
    issued_at: datetime
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where the status of a file is kept: the address of its list and its place in it."""

    list_url: str
    index: int


def award_facts(
    policy: Mapping[str, Any],
    version: int,
    rubric: Mapping[str, Any],
    evidence: Mapping[str, Any],
    titles: Mapping[str, str],
) -> dict[str, Any]:
    """Return what is printed about an award, JSON-able: scope, version, steps, hours, pieces and proofs.

    `policy` and `rubric` are canonical payloads, `evidence` is that of the decision, `titles` gives the printed
    names of exercises by id.
    """
    pieces = evidence["pieces"]
    named = [[titles.get(exercise, exercise.upper()), count] for exercise, count in pieces["by_exercise"].items()]
    return {
        "scope": policy.get("scope", ""),
        "not_a_licence": policy.get("not_a_licence", ""),
        "code": policy["id"],
        "version": version,
        "steps": step_rows(policy["id"], rubric, evidence["steps"]),
        "courses": len(policy.get("courses") or ()),
        "quizzes": len(policy.get("quizzes") or ()),
        "hours": evidence["hours"],
        "pieces": {**pieces, "exercises": named},
        "proofs": [proof for proof in evidence["proofs"] if proof["kind"] in TOLD_PROOFS],
        "activity": [evidence["activity_start"], evidence["activity_end"]],
    }


def step_rows(tier: str, rubric: Mapping[str, Any], shown: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return the headings that the pieces gave evidence of, each with the level asked and the best one shown."""
    mark = rubric.get("marks", {}).get(tier, {})
    rows = []
    for criterion in rubric["criteria"]:
        step = criterion.get("step")
        if step not in STEP_IDS or step not in shown:
            continue
        levels = [
            {"number": n, "description": _of(criterion["levels"], n), "points": int(_of(rubric["points"], n))}
            for n in sorted(LEVEL_NAMES)
        ]
        # Only core criteria have a floor; the others add to the score at any level.
        required = int(mark.get("core", 1)) if criterion.get("core") else 1
        rows.append(
            {
                "step": step,
                "title": Step(step).title,
                "levels": levels,
                "required": required,
                "achieved": int(shown[step]),
            }
        )
    return rows


def achievement_slug(certification: str, version: int | str) -> str:
    """Return the last part of an achievement's address: the certification and the version of its requirements."""
    return f"{certification}-v{version}"


def achievement_facts(certification: str, title: str, facts: Mapping[str, Any]) -> AchievementFacts:
    """Return what was certified, in the words of the stored facts (or of `award_facts`)."""
    return AchievementFacts(
        slug=achievement_slug(certification, facts["version"]),
        name=title,
        description=f"{facts['scope']} {facts['not_a_licence']}".strip(),
        criteria="Courses, quizzes, logged hours, reviewed practice pieces and external proofs of the "
        f"{title} requirement set, version {facts['version']}.",
        version=str(facts["version"]),
        code=str(facts["code"]).upper(),
    )


def achievement_document(
    key: str, version: int, policy: Mapping[str, Any], rubric: Mapping[str, Any], url: str
) -> dict[str, Any]:
    """Return the Open Badges achievement of one version of a requirement set, as its address serves it.

    `policy` and `rubric` are canonical payloads; `url` is the public address of the academy.
    """
    facts = {
        "scope": policy.get("scope", ""),
        "not_a_licence": policy.get("not_a_licence", ""),
        "code": key,
        "version": version,
    }
    every_step = dict.fromkeys(STEP_IDS, 1)
    rows = step_facts(step_rows(key, rubric, every_step))
    return build_achievement(achievement_facts(key, policy["title"], facts), rows, url)


def step_facts(rows: list[dict[str, Any]]) -> tuple[StepFacts, ...]:
    """Return the rows of `step_rows` as the document states them."""
    return tuple(
        StepFacts(
            row["step"],
            row["title"],
            tuple(
                LevelFacts(level["number"], LEVEL_NAMES[level["number"]], level["description"], level["points"])
                for level in row["levels"]
            ),
            row["required"],
            row["achieved"],
        )
        for row in rows
    )


def document_facts(record: Record, issuer: IssuerFacts, place: Place, now: datetime) -> CredentialFacts:
    """Return the facts of a new file of a certificate.

    A newer file begins later than the one that it replaces, which is how a reader of both knows. One that is made
    after the certificate has expired (a suspension that is lifted late) keeps the first day: no file ends before
    it begins.
    """
    start, end = (datetime.fromisoformat(value) for value in record.facts["activity"])
    return CredentialFacts(
        number=record.number,
        subject_id=record.subject_id,
        holder_name=record.holder_name,
        issuer=issuer,
        achievement=achievement_facts(record.certification_key, record.title, record.facts),
        steps=step_facts(record.facts["steps"]),
        awarded_at=record.issued_at,
        valid_from=max(now, record.valid_from) if now < record.valid_until else record.valid_from,
        valid_until=record.valid_until,
        activity_start=start,
        activity_end=end,
        status_list_url=place.list_url,
        status_index=place.index,
    )


def _of(table: Mapping[Any, Any], level: int) -> Any:
    # JSON turns the whole-number keys of the files into text.
    return table.get(str(level), table.get(level))
