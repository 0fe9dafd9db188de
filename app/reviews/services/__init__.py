"""Changes of reviews, by the names that others use."""

from __future__ import annotations

from app.domain.rubric.scoring import Result
from app.reviews.services.assignments import (
    Proposal,
    apply_split,
    assign,
    propose_split,
)
from app.reviews.services.audio import (
    add_audio,
    remove_audio,
)
from app.reviews.services.claims import (
    claim_review,
    release_expired,
    release_review,
)
from app.reviews.services.comments import (
    add_comment,
    change_comment,
    remove_comment,
)
from app.reviews.services.decisions import (
    complete_review,
    decide_review,
)
from app.reviews.services.desk import (
    remove_view,
    save_view,
    set_keys,
)
from app.reviews.services.drafts import (
    DraftInput,
    FlagInput,
    PinInput,
    SavedDraft,
    StaleDraft,
    applicable_criteria,
    draft_of,
    save_review,
    stored_input,
)
from app.reviews.services.holds import (
    hold_decision,
    make_effective,
    take_back,
)
from app.reviews.services.versions import (
    KeptBeside,
    keep_draft,
    restore_version,
    version_input,
)

__all__ = [
    "DraftInput",
    "FlagInput",
    "KeptBeside",
    "PinInput",
    "Proposal",
    "Result",
    "SavedDraft",
    "StaleDraft",
    "add_audio",
    "add_comment",
    "applicable_criteria",
    "apply_split",
    "assign",
    "change_comment",
    "claim_review",
    "complete_review",
    "decide_review",
    "draft_of",
    "hold_decision",
    "keep_draft",
    "make_effective",
    "propose_split",
    "release_expired",
    "release_review",
    "remove_audio",
    "remove_comment",
    "remove_view",
    "restore_version",
    "save_review",
    "save_view",
    "set_keys",
    "stored_input",
    "take_back",
    "version_input",
]
