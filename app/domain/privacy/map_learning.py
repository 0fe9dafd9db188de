"""The data map: courses, quizzes, training, and the statistics over them."""

from __future__ import annotations

from app.domain.privacy.kinds import CONTRACT, FAIR, WITH_ACCOUNT, WITH_RECORD, Erasure, Hand, Path, Table, house

USER = Path("user_id")
ATTEMPT = Path("attempt_id", "attempt")
COUNTED = "Statistics of questions and the decisions of others rest on it; nobody can be found from it any more."

LEARNING: tuple[Table, ...] = (
    house("release", "Releases of courses and quizzes.", Hand("actor_id")),
    house("definition", "Lessons, questions, rubrics and policies in every version."),
    Table(
        "enrollment",
        "Your courses.",
        CONTRACT,
        WITH_RECORD,
        subject=USER,
        erasure=Erasure.KEEP,
        why=COUNTED,
        export=("course_key", "started_at", "finished_at"),
    ),
    Table(
        "lesson_progress",
        "Which lessons you opened and finished, and the minutes they count.",
        CONTRACT,
        WITH_RECORD,
        subject=USER,
        erasure=Erasure.KEEP,
        why=COUNTED,
        export=("lesson_key", "course_key", "minutes", "opened_at", "done_at"),
    ),
    Table(
        "training_plan",
        "How many new questions a day you chose.",
        CONTRACT,
        WITH_ACCOUNT,
        subject=USER,
        erasure=Erasure.DELETE,
        export=("new_per_day", "changed_at"),
    ),
    Table(
        "training_item",
        "Questions that you repeat over days, and how well you knew them.",
        CONTRACT,
        WITH_ACCOUNT,
        subject=USER,
        erasure=Erasure.DELETE,
        export=("item_key", "source", "added_at", "due_on", "first_on", "last_on", "answers", "answered_at"),
    ),
)

QUIZZES: tuple[Table, ...] = (
    Table(
        "attempt",
        "Your tries at quizzes: when, and with how much time.",
        CONTRACT,
        WITH_RECORD,
        subject=USER,
        erasure=Erasure.KEEP,
        why=COUNTED,
        export=(
            "quiz_key",
            "number",
            "state",
            "started_at",
            "deadline_at",
            "submitted_at",
            "time_factor_percent",
            "extra_seconds",
        ),
    ),
    Table(
        "attempt_item",
        "Your answers.",
        CONTRACT,
        WITH_RECORD,
        subject=ATTEMPT,
        erasure=Erasure.KEEP,
        why=COUNTED,
        export=("attempt_id", "position", "item_key", "response", "is_flagged", "saved_at", "certainty"),
    ),
    Table(
        "attempt_pause",
        "When you stopped the clock.",
        CONTRACT,
        WITH_RECORD,
        subject=ATTEMPT,
        erasure=Erasure.DELETE,
        export=("attempt_id", "started_at", "ended_at"),
    ),
    # The result of a quiz goes into a copy as far as it is released (the part "quiz results"), never by this row.
    Table("grade", "The marks of your tries.", CONTRACT, WITH_RECORD, subject=USER, erasure=Erasure.KEEP, why=COUNTED),
    Table(
        "marking",
        "Texts of yours that wait for a mark.",
        CONTRACT,
        WITH_RECORD,
        subject=USER,
        erasure=Erasure.KEEP,
        why=COUNTED,
        export=("item_key", "sent_at", "is_waiting"),
    ),
    Table(
        "mark",
        "What an instructor gave for a text, and said about it.",
        FAIR,
        WITH_RECORD,
        subject=Path("marking_id", "marking"),
        erasure=Erasure.BLANK,
        why="The points are part of the statistics of the question; the words go.",
        blank={"comment": "", "reason": ""},
        hands=(Hand("marker_id", {"marker_name": ""}),),
    ),
    Table(
        "safety_risk",
        "Safety questions on which you were sure and wrong, so that somebody talks with you.",
        CONTRACT,
        WITH_RECORD,
        subject=USER,
        erasure=Erasure.DELETE,
        export=("item_key", "answered_at"),
    ),
    house("regrade", "Corrections of questions, with the reason.", Hand("asked_by")),
    house("quiz_statistics", "Figures of a quiz over everybody."),
    house("item_statistics", "Figures of a question over everybody."),
)
