"""The credential document: Open Badges 3.0 on the W3C data model 2.0, as the academy issues it.

Rules learned the hard way (credentials.md section 6): one status entry and not a list of them (T6), an id on
every node that occurs more than once (T7), whole numbers and text only (T10), no term of which two versions of
the context disagree (T15). Nothing here is private: no e-mail in clear, no marks, no photos.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.credentials.contexts import OB_EXTENSIONS, OB_V3, VC_V2
from app.domain.credentials.instants import iso

CONTEXTS = (VC_V2, OB_V3, OB_EXTENSIONS)
TYPES = ("VerifiableCredential", "OpenBadgeCredential")
SCHEMA = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
STATUS_TYPE = "BitstringStatusListEntry"
STATUS_PURPOSE = "revocation"


@dataclass(frozen=True, slots=True)
class IssuerFacts:
    """The academy: its DID, its printed name and its public address (no slash at the end)."""

    did: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class LevelFacts:
    """One level of a rubric row. `number` 1 to 4; `points` out of 100."""

    number: int
    name: str
    description: str
    points: int


@dataclass(frozen=True, slots=True)
class StepFacts:
    """One heading of the assessment: its rubric levels, the level that was asked and the level shown."""

    step: str
    title: str
    levels: tuple[LevelFacts, ...]
    required: int
    achieved: int


@dataclass(frozen=True, slots=True)
class AchievementFacts:
    """What was certified. `version` is the version of the requirement set; `code` a short printed code."""

    slug: str
    name: str
    description: str
    criteria: str
    version: str
    code: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class EmailIdentity:
    """An e-mail address to be stated as a salted SHA-256, for holders who ask for it.

    Whoever guesses the address can confirm the guess, so this is opt-in. `salt`: at least 16 random characters,
    new for each credential.
    """

    address: str
    salt: str


@dataclass(frozen=True, slots=True)
class CredentialFacts:
    """Everything a credential says. Times are aware; `subject_id` is a random urn:uuid, new for each holder."""

    number: str
    subject_id: str
    holder_name: str
    issuer: IssuerFacts
    achievement: AchievementFacts
    steps: tuple[StepFacts, ...]
    awarded_at: datetime
    valid_from: datetime
    valid_until: datetime
    activity_start: datetime
    activity_end: datetime
    status_list_url: str
    status_index: int
    narrative: str = ""
    email: EmailIdentity | None = None


def credential_id(issuer_url: str, number: str) -> str:
    """Return the address that is a credential's id for good: renewals and corrections keep it."""
    return f"{issuer_url}/credentials/{number}"


def achievement_id(issuer_url: str, slug: str) -> str:
    """Return the address of the public page with the criteria."""
    return f"{issuer_url}/achievements/{slug}"


def build_credential(facts: CredentialFacts) -> dict[str, Any]:
    """Return the unsigned credential document; raises ValueError for facts that cannot be stated."""
    _require(facts)
    own_id = credential_id(facts.issuer.url, facts.number)
    return {
        "@context": list(CONTEXTS),
        "id": own_id,
        "type": list(TYPES),
        "name": facts.achievement.name,
        "issuer": {
            "id": facts.issuer.did,
            "type": ["Profile"],
            "name": facts.issuer.name,
            "url": facts.issuer.url,
        },
        "validFrom": iso(facts.valid_from),
        "validUntil": iso(facts.valid_until),
        "awardedDate": iso(facts.awarded_at),
        "credentialSubject": _subject(facts, own_id),
        "credentialStatus": status_entry(facts.status_list_url, facts.status_index),
        "credentialSchema": [{"id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
    }


def build_achievement(facts: AchievementFacts, steps: tuple[StepFacts, ...], issuer_url: str) -> dict[str, Any]:
    """Return the achievement by itself, as its own address serves it: what credentials carry, with the contexts."""
    return {"@context": list(CONTEXTS), **_achievement(facts, steps, achievement_id(issuer_url, facts.slug))}


def status_entry(list_url: str, index: int) -> dict[str, str]:
    """Return the one status entry of a credential: the bit `index` of the list at `list_url` revokes the file."""
    return {
        "id": f"{list_url}#{index}",
        "type": STATUS_TYPE,
        "statusPurpose": STATUS_PURPOSE,
        "statusListIndex": str(index),
        "statusListCredential": list_url,
    }


def to_bytes(document: Mapping[str, Any]) -> bytes:
    """Return the JSON bytes to store and serve: ASCII only, so that no reader can garble a name.

    Raises ValueError for NaN and the like. Store these bytes; never serialize a signed document again.
    """
    text = json.dumps(document, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.encode("ascii")


def _subject(facts: CredentialFacts, own_id: str) -> dict[str, Any]:
    achievement = achievement_id(facts.issuer.url, facts.achievement.slug)
    subject: dict[str, Any] = {
        "id": facts.subject_id,
        "type": ["AchievementSubject"],
        "identifier": _identifiers(facts),
        "licenseNumber": facts.number,
        "activityStartDate": iso(facts.activity_start),
        "activityEndDate": iso(facts.activity_end),
        "achievement": _achievement(facts.achievement, facts.steps, achievement),
        "result": [_result(step, own_id, achievement) for step in facts.steps],
    }
    if facts.narrative:
        subject["narrative"] = facts.narrative
    return subject


def _identifiers(facts: CredentialFacts) -> list[dict[str, Any]]:
    # The name stands in clear: a studio has to compare it with an identity card.
    found: list[dict[str, Any]] = [
        {
            "type": "IdentityObject",
            "hashed": False,
            "identityHash": facts.holder_name,
            "identityType": "name",
        }
    ]
    if facts.email is not None:
        digest = hashlib.sha256((facts.email.address + facts.email.salt).encode("utf-8")).hexdigest()
        found.append(
            {
                "type": "IdentityObject",
                "hashed": True,
                "identityHash": f"sha256${digest}",
                "identityType": "emailAddress",
                "salt": facts.email.salt,
            }
        )
    return found


def _achievement(facts: AchievementFacts, steps: tuple[StepFacts, ...], own_id: str) -> dict[str, Any]:
    return {
        "id": own_id,
        "type": ["Achievement"],
        "achievementType": "Certification",
        "name": facts.name,
        "description": facts.description,
        "criteria": {"id": f"{own_id}#criteria", "narrative": facts.criteria},
        "humanCode": facts.code,
        "inLanguage": facts.language,
        "version": facts.version,
        "resultDescription": [
            {
                "id": f"{own_id}#{step.step}",
                "type": ["ResultDescription"],
                "name": step.title,
                "resultType": "RubricCriterionLevel",
                "requiredLevel": _level_id(own_id, step.step, step.required),
                "rubricCriterionLevel": [
                    {
                        "id": _level_id(own_id, step.step, level.number),
                        "type": ["RubricCriterionLevel"],
                        "name": level.name,
                        "description": level.description,
                        "level": str(level.number),
                        "points": str(level.points),
                    }
                    for level in step.levels
                ],
            }
            for step in steps
        ],
    }


def _result(step: StepFacts, credential: str, achievement: str) -> dict[str, Any]:
    return {
        "id": f"{credential}#{step.step}",
        "type": ["Result"],
        "resultDescription": f"{achievement}#{step.step}",
        "achievedLevel": _level_id(achievement, step.step, step.achieved),
    }


def _level_id(achievement: str, step: str, level: int) -> str:
    return f"{achievement}#{step}-level-{level}"


def _require(facts: CredentialFacts) -> None:
    if not facts.holder_name.strip() or not facts.achievement.criteria:
        raise ValueError("a credential needs a holder's name and criteria")
    if not facts.subject_id.startswith("urn:uuid:"):
        raise ValueError("the subject of a credential is named by a random urn:uuid")
    if facts.issuer.url.endswith("/") or not facts.issuer.did.startswith("did:web:"):
        raise ValueError("the issuer needs an address without a slash at the end, and a did:web")
    if facts.valid_until <= facts.valid_from:
        raise ValueError("a credential must be valid for some time")
    for step in facts.steps:
        numbers = [level.number for level in step.levels]
        if len(set(numbers)) != len(numbers) or step.required not in numbers or step.achieved not in numbers:
            raise ValueError(f"the levels of {step.step} do not fit together")
    if len({step.step for step in facts.steps}) != len(facts.steps):
        raise ValueError("each step is stated once")
