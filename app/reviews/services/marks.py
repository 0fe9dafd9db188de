"""From the rows of marks to the rules: what is in, what a try still needs, and the score of a result."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from sqlalchemy.orm import Session

from app.domain.review.marking import GivenMark, Plan, is_marked_twice, plan
from app.domain.review.states import Kind
from app.domain.rubric.scoring import CriterionScore, PieceScore, score
from app.practice.models import Submission
from app.reviews import queries
from app.reviews.models import Review
from app.reviews.queries import Sheet


def next_plan(session: Session, submission: Submission, marks: Sequence[Review]) -> Plan:
    """What the try needs after these marks. They share the rubric of the first one."""
    sheet = queries.sheet_of(session, marks[0], submission)
    twice = is_marked_twice(sheet.tier, capstone=sheet.exercise.capstone)
    return plan(sheet.mark, given_marks(session, marks, sheet), capstone=twice)


def given_marks(session: Session, marks: Sequence[Review], sheet: Sheet) -> list[GivenMark]:
    """The marks as the rules see them: exact scores, and what became of their flags."""
    ratings = queries.ratings_of(session, [mark.id for mark in marks])
    checks = queries.flag_checks(session, [mark.id for mark in marks])
    return [
        GivenMark(
            Kind(mark.kind),
            score(sheet.rubric, {r.criterion: r.level for r in ratings[mark.id]}, sheet.exercise.criteria),
            {flag["code"]: checks.get((mark.id, flag["code"])) for flag in mark.critical},
        )
        for mark in marks
    ]


def result_score(session: Session, review: Review, sheet: Sheet) -> PieceScore:
    """The exact score of a result, of means too: what each criterion adds stands in its report then."""
    levels = {rating.criterion: rating.level for rating in queries.ratings_of(session, [review.id])[review.id]}
    piece = score(sheet.rubric, levels, sheet.exercise.criteria)
    adds = review.report.get("adds")
    if not adds:
        return piece
    parts = tuple(
        CriterionScore(part.criterion, part.level, part.share, Fraction(adds[part.criterion.id]))
        for part in piece.parts
    )
    return PieceScore(sum((part.adds for part in parts), Fraction(0)), parts)


def hundredths(percent: Fraction) -> Decimal:
    """Cut, never rounded up: a score below its mark must not be printed as the mark."""
    return Decimal(percent.numerator * 100 // percent.denominator) / 100
