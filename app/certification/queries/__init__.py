"""Reads of certification, by the names that others use."""

from __future__ import annotations

from app.certification.queries.complaints import (
    complaint,
    complaints,
    complaints_of,
)
from app.certification.queries.consequences import (
    Resting,
    resting_on,
)
from app.certification.queries.dates import (
    occasions_of,
)
from app.certification.queries.documents import (
    kept_documents,
)
from app.certification.queries.evidence import (
    EDUCATION,
    DecisionFace,
    Gathered,
    activity_count,
    decision,
    decisions_of,
    gather,
    last_sequence,
    people_with_activity,
)
from app.certification.queries.proofs import (
    WaitingProof,
    own_proof,
    proof,
    proofs_of,
    waiting_proof_count,
    waiting_proofs,
)
from app.certification.queries.standards import (
    Policy,
    Standards,
    policies,
    policy_payload,
    policy_version,
    rubric_payload,
    standards,
    titles,
)
from app.certification.queries.standing import (
    ApplicationLine,
    Face,
    ProofStanding,
    answered_applications,
    application,
    applications_of,
    faces_in_force,
    open_application,
    proof_standings,
    reviewers_of,
    waiting_application_count,
    waiting_applications,
    waivers,
    waivers_of,
)
from app.certification.queries.trials import (
    TouchedPerson,
    TrialLine,
    holders,
    touched_people,
    trial,
    trials,
)

__all__ = [
    "EDUCATION",
    "ApplicationLine",
    "DecisionFace",
    "Face",
    "Gathered",
    "Policy",
    "ProofStanding",
    "Resting",
    "Standards",
    "TouchedPerson",
    "TrialLine",
    "WaitingProof",
    "activity_count",
    "answered_applications",
    "application",
    "applications_of",
    "complaint",
    "complaints",
    "complaints_of",
    "decision",
    "decisions_of",
    "faces_in_force",
    "gather",
    "holders",
    "kept_documents",
    "last_sequence",
    "occasions_of",
    "open_application",
    "own_proof",
    "people_with_activity",
    "policies",
    "policy_payload",
    "policy_version",
    "proof",
    "proof_standings",
    "proofs_of",
    "resting_on",
    "reviewers_of",
    "rubric_payload",
    "standards",
    "titles",
    "touched_people",
    "trial",
    "trials",
    "waiting_application_count",
    "waiting_applications",
    "waiting_proof_count",
    "waiting_proofs",
    "waivers",
    "waivers_of",
]
