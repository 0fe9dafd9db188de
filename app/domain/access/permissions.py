"""Every permission of the house, each with the sentence that explains it."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """scope:action. The docstring of each member is its sentence in `SENTENCES`."""

    ACCOUNT_USE = "account:use"
    NOTICE_READ = "notice:read"
    LEARN = "learning:learn"
    COHORT_READ = "learning:cohort"
    QUIZ_TAKE = "quiz:take"
    ATTEMPT_MANAGE = "quiz:manage_attempts"
    TIME_GRANT = "quiz:grant_time"
    REGRADE = "quiz:regrade"
    QUIZ_ANALYZE = "quiz:analyze"
    BANK_EXCHANGE = "quiz:exchange_banks"
    ESSAY_MARK = "quiz:mark_essay"
    RISK_READ = "quiz:read_risks"
    TRAIN = "training:train"
    PRACTICE_LOG = "practice:log"
    FEEDBACK_READ = "review:read_feedback"
    FEEDBACK_REPLY = "review:reply"
    APPEAL_FILE = "review:appeal"
    REVIEW_DO = "review:do"
    REVIEW_OVERSEE = "review:oversee"
    BLOCK_END = "review:end_block"
    REVIEW_MEASURE = "review:measure"
    REVIEW_MEASURE_ALL = "review:measure_all"
    PATH_READ = "certification:read_path"
    PROOF_CHECK = "certification:check_proof"
    APPLICATION_ANSWER = "certification:answer_application"
    WAIVER_GRANT = "certification:grant_waiver"
    COMPLAINT_RECORD = "certification:record_complaint"
    RULE_TRY = "certification:try_rule"
    CREDENTIAL_HOLD = "credential:hold"
    CREDENTIAL_MANAGE = "credential:manage"
    STUDIO_USE = "studio:use"
    USER_MANAGE = "user:manage"
    CONTENT_READ_RELEASES = "content:read_releases"
    CONTENT_READ = "content:read"
    CONTENT_PUBLISH = "content:publish"
    AUDIT_READ = "audit:read"
    JOBS_MANAGE = "jobs:manage"
    SITE_OPERATE = "site:operate"
    PERSON_ERASE = "person:erase"


SENTENCES: dict[Permission, str] = {
    Permission.ACCOUNT_USE: "Use one's own account: profile, password, sessions.",
    Permission.NOTICE_READ: "Read one's own notifications.",
    Permission.LEARN: "Browse the catalog, enroll and study lessons.",
    Permission.COHORT_READ: "See how students progress.",
    Permission.QUIZ_TAKE: "Take quizzes and see one's own results.",
    Permission.ATTEMPT_MANAGE: "See who takes a quiz now, give more time, hand in for somebody.",
    Permission.TIME_GRANT: "Grant a person more time and pauses in quizzes.",
    Permission.REGRADE: "Judge handed-in answers again after a question was corrected.",
    Permission.QUIZ_ANALYZE: "Read the statistics of quizzes and their questions.",
    Permission.BANK_EXCHANGE: "Turn files of questions into banks, and banks into files, with their keys.",
    Permission.ESSAY_MARK: "Mark essays of students by their rubric.",
    Permission.RISK_READ: "See who was sure and wrong on safety questions.",
    Permission.TRAIN: "Repeat questions over days, for oneself alone.",
    Permission.PRACTICE_LOG: "Keep a practice log and send pieces to review.",
    Permission.FEEDBACK_READ: "Read the review of one's own piece.",
    Permission.FEEDBACK_REPLY: "Write to who reviewed one's own piece.",
    Permission.APPEAL_FILE: "Appeal against the result of one's own piece.",
    Permission.REVIEW_DO: "Claim pieces from the queue and decide on them.",
    Permission.REVIEW_OVERSEE: "Set how pieces are marked, choose reference pieces, answer re-marks that differ.",
    Permission.BLOCK_END: "See which students may not send pieces, and note what was agreed with them.",
    Permission.REVIEW_MEASURE: "See how well reviewers agree and how long pieces wait; of people, oneself only.",
    Permission.REVIEW_MEASURE_ALL: "See these figures of every reviewer.",
    Permission.PATH_READ: "See one's own path to certification and hand in proofs.",
    Permission.PROOF_CHECK: "Accept or refuse external proofs of students.",
    Permission.APPLICATION_ANSWER: "Agree, as a second person, that a certificate is issued or renewed.",
    Permission.COMPLAINT_RECORD: "Record complaints about artists, and what came of them.",
    Permission.WAIVER_GRANT: "Let a student off a requirement, with a reason.",
    Permission.RULE_TRY: "Try out what a change of a rule would mean for students; nothing is changed.",
    Permission.CREDENTIAL_HOLD: "See and download one's own certificates.",
    Permission.CREDENTIAL_MANAGE: "Suspend, reinstate and revoke certificates.",
    Permission.STUDIO_USE: "Follow artists and see alerts as a member of a studio.",
    Permission.USER_MANAGE: "Invite people, grant and end roles, end sessions.",
    Permission.CONTENT_READ_RELEASES: "See releases of courses and quizzes.",
    Permission.CONTENT_READ: "See question banks with their answer keys, and how quizzes draw from them.",
    Permission.CONTENT_PUBLISH: "Publish a new version of a question or of the draws of a quiz.",
    Permission.AUDIT_READ: "Read the audit log.",
    Permission.JOBS_MANAGE: "See background jobs and mails that wait; try failed ones again, or give them up.",
    Permission.SITE_OPERATE: "See how the site is, have stored files verified, and close it for maintenance.",
    Permission.PERSON_ERASE: "See who asked to be erased, and erase a person on request.",
}
