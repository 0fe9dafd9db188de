"""Who may do what: one table, deny by default.

A permission without a row, or with an empty row, is granted to nobody. Object rules (is it mine? do I hold
the claim?) are predicates beside the query that loads the object; this table answers for the function.
"""

from __future__ import annotations

from app.domain.access.actor import Actor, Role
from app.domain.access.permissions import Permission

EVERYONE_SIGNED_IN: frozenset[Role] = frozenset(Role)

POLICY: dict[Permission, frozenset[Role]] = {
    Permission.ACCOUNT_USE: EVERYONE_SIGNED_IN,
    Permission.NOTICE_READ: EVERYONE_SIGNED_IN,
    Permission.LEARN: frozenset({Role.STUDENT, Role.INSTRUCTOR, Role.ADMIN}),
    Permission.COHORT_READ: frozenset({Role.INSTRUCTOR, Role.ADMIN}),
    Permission.QUIZ_TAKE: frozenset({Role.STUDENT}),
    Permission.ATTEMPT_MANAGE: frozenset({Role.INSTRUCTOR, Role.ADMIN}),
    Permission.TIME_GRANT: frozenset({Role.INSTRUCTOR, Role.ADMIN}),
    Permission.REGRADE: frozenset({Role.INSTRUCTOR, Role.ADMIN}),
    Permission.QUIZ_ANALYZE: frozenset({Role.INSTRUCTOR, Role.ADMIN}),
    Permission.BANK_EXCHANGE: frozenset({Role.INSTRUCTOR, Role.ADMIN}),
    Permission.ESSAY_MARK: frozenset({Role.INSTRUCTOR}),
    Permission.RISK_READ: frozenset({Role.INSTRUCTOR, Role.ADMIN}),
    Permission.TRAIN: frozenset({Role.STUDENT}),
    Permission.PRACTICE_LOG: frozenset({Role.STUDENT}),
    Permission.FEEDBACK_READ: frozenset({Role.STUDENT}),
    Permission.FEEDBACK_REPLY: frozenset({Role.STUDENT}),
    Permission.APPEAL_FILE: frozenset({Role.STUDENT}),
    Permission.REVIEW_DO: frozenset({Role.INSTRUCTOR}),
    Permission.REVIEW_OVERSEE: frozenset({Role.ADMIN}),
    Permission.BLOCK_END: frozenset({Role.INSTRUCTOR, Role.ADMIN}),
    Permission.REVIEW_MEASURE: frozenset({Role.INSTRUCTOR, Role.ADMIN}),
    Permission.REVIEW_MEASURE_ALL: frozenset({Role.ADMIN}),
    Permission.PATH_READ: frozenset({Role.STUDENT}),
    Permission.PROOF_CHECK: frozenset({Role.INSTRUCTOR, Role.ADMIN}),
    Permission.APPLICATION_ANSWER: frozenset({Role.INSTRUCTOR, Role.ADMIN}),
    Permission.WAIVER_GRANT: frozenset({Role.ADMIN}),
    Permission.COMPLAINT_RECORD: frozenset({Role.ADMIN}),
    Permission.RULE_TRY: frozenset({Role.ADMIN}),
    Permission.CREDENTIAL_HOLD: frozenset({Role.STUDENT}),
    Permission.CREDENTIAL_MANAGE: frozenset({Role.ADMIN}),
    Permission.STUDIO_USE: frozenset({Role.STUDIO}),
    Permission.USER_MANAGE: frozenset({Role.ADMIN}),
    Permission.CONTENT_READ_RELEASES: frozenset({Role.INSTRUCTOR, Role.ADMIN}),
    Permission.CONTENT_READ: frozenset({Role.INSTRUCTOR, Role.ADMIN}),
    Permission.CONTENT_PUBLISH: frozenset({Role.INSTRUCTOR, Role.ADMIN}),
    Permission.AUDIT_READ: frozenset({Role.ADMIN}),
    Permission.JOBS_MANAGE: frozenset({Role.ADMIN}),
    Permission.SITE_OPERATE: frozenset({Role.ADMIN}),
    Permission.PERSON_ERASE: frozenset({Role.ADMIN}),
}


def allows(actor: Actor, permission: Permission) -> bool:
    """True when the table grants the permission to one of the actor's roles (the system may do all)."""
    if actor.is_system:
        return True
    return actor.is_authenticated and not POLICY.get(permission, frozenset()).isdisjoint(actor.roles)
