"""Pools and shortfalls of draws."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.domain.assessment.quiz import quiz_from_dict
from app.domain.assessment.selection import ItemRef
from app.domain.content import draws
from tests.domain.content.samples import Program


def ref(id: str) -> ItemRef:
    return ItemRef(id=id, version_id="", bank="x", step="numbing", difficulty=1)


def test_pools_follow_the_rule_by_which_attempts_are_drawn(program: Program) -> None:
    content = program.load().content
    quiz = quiz_from_dict(content.quizzes["quiz-lip-blush-basics"].payload)
    found = [[item.id for item in pool] for pool in draws.pools(quiz, content.items.values())]
    assert found == [["lb-001", "lb-002"], ["lb-003"], ["lb-004"], ["lb-005"], ["lb-006"], ["lb-007"], ["lb-008"]]


def test_shared_items_are_divided_as_well_as_possible() -> None:
    a, b, c = ref("a"), ref("b"), ref("c")
    assert draws.shortfalls([[a, b], [a]], [1, 1]) == [0, 0]
    assert draws.shortfalls([[a, b, c], [a], [b]], [1, 1, 1]) == [0, 0, 0]
    assert draws.shortfalls([[a], [a]], [1, 1]) == [0, 1]
    assert draws.shortfalls([[], [a, b]], [2, 1]) == [2, 0]


@given(st.lists(st.tuples(st.sets(st.sampled_from("abcdef")), st.integers(1, 3)), min_size=1, max_size=4))
def test_a_shortfall_is_exactly_what_halls_theorem_says(rows: list[tuple[set[str], int]]) -> None:
    pools = [[ref(id) for id in sorted(ids)] for ids, _ in rows]
    short = sum(draws.shortfalls(pools, [count for _, count in rows]))
    # Hall: the worst set of draws asks for more than the union of its pools holds.
    worst = 0
    for mask in range(1, 2 ** len(rows)):
        chosen = [row for index, row in enumerate(rows) if mask >> index & 1]
        union: set[str] = set().union(*(ids for ids, _ in chosen))
        worst = max(worst, sum(count for _, count in chosen) - len(union))
    assert short == worst
