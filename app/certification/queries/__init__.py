"""Reads of certification, by the names that others use."""

from __future__ import annotations

from app.certification.queries.consequences import (
    Resting,
    resting_on,
)
from app.certification.queries.dates import occasions_of
from app.certification.queries.documents import (
    kept_documents,
)
from app.certification.queries.evidence import (
    DecisionFace,
    Gathered,
    Policy,
    Standards,
    WaitingProof,
    decision,
    decisions_of,
    gather,
    last_sequence,
    people_with_activity,
    policies,
    policy_payload,
    policy_version,
    proof,
    proofs_of,
    rubric_payload,
    standards,
    titles,
    waiting_proof_count,
    waiting_proofs,
)

__all__ = [
    "DecisionFace",
    "Gathered",
    "Policy",
    "Resting",
    "Standards",
    "WaitingProof",
    "decision",
    "decisions_of",
    "gather",
    "kept_documents",
    "last_sequence",
    "occasions_of",
    "people_with_activity",
    "policies",
    "policy_payload",
    "policy_version",
    "proof",
    "proofs_of",
    "resting_on",
    "rubric_payload",
    "standards",
    "titles",
    "waiting_proof_count",
    "waiting_proofs",
]
