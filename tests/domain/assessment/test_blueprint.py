"""What draws find and cover."""

from __future__ import annotations

from fractions import Fraction

from app.domain.assessment.blueprint import Coverage, coverage, supplies
from app.domain.assessment.quiz import Draw, QuizKind, QuizSpec
from app.domain.assessment.selection import ItemRef

SPEC = QuizSpec(
    id="q",
    title="Q",
    kind=QuizKind.GRADED,
    draws=(Draw("bank", 2, step="numbing"), Draw("bank", 1, step="numbing", difficulty=(3,)), Draw("bank", 1)),
    pass_mark=Fraction(80),
)


def ref(number: int, step: str, difficulty: int = 1, bank: str = "bank") -> ItemRef:
    return ItemRef(f"i{number}", f"v{number}", bank, step, difficulty)


def test_each_draw_counts_what_matches_it_alone() -> None:
    pool = [ref(n, "numbing", 1 + n % 3) for n in range(7)] + [ref(9, "aftercare"), ref(10, "numbing", 3, "other")]
    found = supplies(SPEC, pool)
    assert [(one.available, one.attempts) for one in found] == [(7, 3), (2, 2), (8, 8)]


def test_coverage_adds_the_draws_of_a_step() -> None:
    assert coverage(SPEC) == [Coverage("numbing", 3, 75.0), Coverage("", 1, 25.0)]
