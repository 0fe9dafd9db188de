"""What certification does, by the names that others use."""

from __future__ import annotations

from app.certification.services.applications import (
    STATEMENT,
    Renewal,
    answer_application,
    apply_for_renewal,
    renewal_of,
    renewals,
    tiers_waiting,
)
from app.certification.services.complaints import (
    close_complaint,
    open_complaint,
)
from app.certification.services.deciding import (
    Evaluation,
    Supposed,
    evaluate_requirements,
    next_evaluation,
    note_standing,
    record_decisions,
    repeat_decision,
    suppose,
)
from app.certification.services.documents import (
    MAX_DOCUMENT,
    NEEDS_DOCUMENT,
    store_document,
)
from app.certification.services.proofs import (
    LONGEST_EDUCATION,
    TOPICS,
    ProofFacts,
    check_proof,
    send_proof,
)
from app.certification.services.regrades import (
    consequences,
)
from app.certification.services.reminders import (
    remind,
)
from app.certification.services.trials import (
    TRY_JOB,
    ask_trial,
    policy_named,
    stop_trial,
    try_some,
)
from app.certification.services.waivers import (
    end_waiver,
    grant_waiver,
)

__all__ = [
    "LONGEST_EDUCATION",
    "MAX_DOCUMENT",
    "NEEDS_DOCUMENT",
    "STATEMENT",
    "TOPICS",
    "TRY_JOB",
    "Evaluation",
    "ProofFacts",
    "Renewal",
    "Supposed",
    "answer_application",
    "apply_for_renewal",
    "ask_trial",
    "check_proof",
    "close_complaint",
    "consequences",
    "end_waiver",
    "evaluate_requirements",
    "grant_waiver",
    "next_evaluation",
    "note_standing",
    "open_complaint",
    "policy_named",
    "record_decisions",
    "remind",
    "renewal_of",
    "renewals",
    "repeat_decision",
    "send_proof",
    "stop_trial",
    "store_document",
    "suppose",
    "tiers_waiting",
    "try_some",
]
