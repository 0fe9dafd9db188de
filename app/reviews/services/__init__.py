"""Changes of reviews, by the names that others use."""

from __future__ import annotations

from app.domain.rubric.scoring import Result
from app.reviews.models import LONGEST_MESSAGE
from app.reviews.services.appeals import (
    claim_appeal,
    decide_appeal,
    file_appeal,
    own_appeal,
    release_appeal,
    why_no_appeal,
)
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
from app.reviews.services.calibration import (
    begin_round,
    choose_reference,
    mark_reference,
    own_round,
    reference_criteria,
    retire_reference,
    set_policy,
)
from app.reviews.services.checks import (
    FlagAnswer,
    OpenFlag,
    check_flags,
    open_flags,
)
from app.reviews.services.claims import (
    claim_review,
    release_absent,
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
    require_complete,
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
from app.reviews.services.remarks import (
    claim_remark,
    close_report,
    draw_remarks,
)
from app.reviews.services.threads import (
    tick_points,
    write_as_staff,
    write_as_student,
)
from app.reviews.services.versions import (
    KeptBeside,
    keep_draft,
    restore_version,
    version_input,
)

__all__ = [
    "LONGEST_MESSAGE",
    "DraftInput",
    "FlagAnswer",
    "FlagInput",
    "KeptBeside",
    "OpenFlag",
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
    "begin_round",
    "change_comment",
    "check_flags",
    "choose_reference",
    "claim_appeal",
    "claim_remark",
    "claim_review",
    "close_report",
    "complete_review",
    "decide_appeal",
    "decide_review",
    "draft_of",
    "draw_remarks",
    "file_appeal",
    "hold_decision",
    "keep_draft",
    "make_effective",
    "mark_reference",
    "open_flags",
    "own_appeal",
    "own_round",
    "propose_split",
    "reference_criteria",
    "release_absent",
    "release_appeal",
    "release_expired",
    "release_review",
    "remove_audio",
    "remove_comment",
    "remove_view",
    "require_complete",
    "restore_version",
    "retire_reference",
    "save_review",
    "save_view",
    "set_keys",
    "set_policy",
    "stored_input",
    "take_back",
    "tick_points",
    "version_input",
    "why_no_appeal",
    "write_as_staff",
    "write_as_student",
]
