"""Drawing items: all draws filled when that is possible, unseen first, the same for the same seed."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.assessment.quiz import Draw, QuizSpec, quiz_from_dict
from app.domain.assessment.selection import ItemRef, draw, matches
from app.domain.errors import Invalid


def spec(*draws: dict[str, object]) -> QuizSpec:
    return quiz_from_dict({"id": "q", "title": "Q", "draws": list(draws)})


def ref(name: str, **facts: object) -> ItemRef:
    values: dict[str, object] = {"bank": "b", "step": "numbing", "difficulty": 1, **facts}
    return ItemRef(id=name, version_id=f"{name}-v1", **values)  # type: ignore[arg-type]


POOL = [ref(f"i{n:02}", difficulty=1 + n % 3, safety=n % 5 == 0) for n in range(20)]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Draw("b", 1), True),
        (Draw("other", 1), False),
        (Draw("b", 1, step="numbing"), True),
        (Draw("b", 1, step="aftercare"), False),
        (Draw("b", 1, topic="hygiene"), True),
        (Draw("b", 1, topic="color"), False),
        (Draw("b", 1, difficulty=(1, 2)), True),
        (Draw("b", 1, difficulty=(3,)), False),
        (Draw("b", 1, objective="obj-dose"), True),
        (Draw("b", 1, objective="obj-sign"), False),
        (Draw("b", 1, lessons=("signs", "limits")), True),
        (Draw("b", 1, lessons=("signs",)), False),
        (Draw("b", 1, lessons=("limits",), objective="obj-sign"), False),
        (Draw("b", 1, safety=True), False),
    ],
)
def test_filters(filters: Draw, expected: bool) -> None:
    assert matches(filters, ref("x", topic="hygiene", objective="obj-dose", lesson="limits")) is expected


def test_a_safety_draw_takes_safety_items() -> None:
    assert matches(Draw("b", 1, safety=True), ref("x", safety=True))


def test_a_draw_of_lessons_takes_items_of_all_of_them_and_of_no_other() -> None:
    pool = [ref(f"i{n:02}", lesson=f"lesson-{n % 4}") for n in range(16)]
    quiz = spec({"bank": "b", "lessons": ["lesson-1", "lesson-3"], "count": 8})
    assert {item.lesson for item in draw(quiz, pool, set(), "seed")} == {"lesson-1", "lesson-3"}
    with pytest.raises(Invalid) as caught:
        draw(spec({"bank": "b", "lessons": ["lesson-1"], "count": 5}), pool, set(), "seed")
    assert caught.value.problems[0].sentence == "5 from bank b (lessons lesson-1): only 4 left to draw."


def test_each_draw_gets_its_items_and_none_comes_twice() -> None:
    quiz = spec({"bank": "b", "count": 6}, {"bank": "b", "safety": True, "count": 4})
    items = draw(quiz, POOL, set(), "seed")
    assert len({item.id for item in items}) == 10
    assert all(item.safety for item in items[6:])


def test_the_same_seed_draws_the_same_whatever_the_order_of_the_pool() -> None:
    quiz = spec({"bank": "b", "count": 6}, {"bank": "b", "safety": True, "count": 3})
    assert draw(quiz, POOL, {"i03"}, 7) == draw(quiz, POOL[::-1], {"i03"}, 7)
    assert draw(quiz, POOL, set(), 7) != draw(quiz, POOL, set(), 8)


def test_unseen_items_come_first_and_seen_ones_only_fill_up() -> None:
    quiz = spec({"bank": "b", "count": 8})
    seen = {item.id for item in POOL[:10]}
    assert not seen & {item.id for item in draw(quiz, POOL, seen, 1)}
    seen = {item.id for item in POOL[:15]}
    drawn = {item.id for item in draw(quiz, POOL, seen, 1)}
    assert {item.id for item in POOL[15:]} <= drawn
    assert len(drawn) == 8


def test_an_item_moves_to_another_draw_when_only_so_both_are_filled() -> None:
    easy, hard = ref("easy", difficulty=1), ref("hard", difficulty=2)
    quiz = spec({"bank": "b", "count": 1}, {"bank": "b", "difficulty": 1, "count": 1})
    for seed in range(20):
        assert [item.id for item in draw(quiz, [easy, hard], set(), seed)] == ["hard", "easy"]


def test_a_surplus_item_that_no_move_can_place_is_left_out() -> None:
    quiz = spec({"bank": "b", "count": 1}, {"bank": "b", "count": 1}, {"bank": "none", "count": 1})
    with pytest.raises(Invalid) as caught:
        draw(quiz, POOL[:3], set(), 1)
    assert [problem.field for problem in caught.value.problems] == ["draws.2"]


def test_every_draw_that_cannot_be_filled_is_listed() -> None:
    quiz = spec(
        {"bank": "b", "count": 3},
        {"bank": "none", "count": 2},
        {"bank": "b", "step": "aftercare", "count": 1},
    )
    with pytest.raises(Invalid) as caught:
        draw(quiz, POOL, set(), 1)
    assert caught.value.code == "unsatisfiable"
    assert [(p.field, p.sentence) for p in caught.value.problems] == [
        ("draws.1", "2 from bank none: only 0 left to draw."),
        ("draws.2", "1 from bank b (Aftercare): only 0 left to draw."),
    ]


def test_a_pool_that_names_an_item_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="names an item twice"):
        draw(spec({"bank": "b", "count": 1}), [ref("a"), ref("a")], set(), 1)


SMALL = st.lists(st.tuples(st.sampled_from(["x", "y"]), st.integers(1, 3), st.booleans()), min_size=1, max_size=6)
DRAWS = st.lists(
    st.tuples(
        st.sampled_from(["x", "y"]), st.sampled_from([(), (1,), (1, 2), (2, 3)]), st.booleans(), st.integers(1, 2)
    ),
    min_size=1,
    max_size=3,
)


@given(SMALL, DRAWS, st.sets(st.integers(0, 5)), st.integers(0, 3))
def test_a_set_is_found_whenever_one_exists_with_the_most_unseen_items(
    items: list[tuple[str, int, bool]],
    draws: list[tuple[str, tuple[int, ...], bool, int]],
    seen_numbers: set[int],
    seed: int,
) -> None:
    pool = [ref(f"i{n}", bank=bank, difficulty=d, safety=s) for n, (bank, d, s) in enumerate(items)]
    quiz = spec(*({"bank": b, "difficulty": d, "safety": s, "count": c} for b, d, s, c in draws))
    seen = {f"i{n}" for n in seen_numbers}
    slots = [d for d in quiz.draws for _ in range(d.count)]
    best = max(
        (
            sum(item.id not in seen for item in chosen)
            for chosen in combinations(pool, len(slots))
            if fits(chosen, slots)
        ),
        default=None,
    )
    if best is None:
        with pytest.raises(Invalid):
            draw(quiz, pool, seen, seed)
    else:
        drawn = draw(quiz, pool, seen, seed)
        assert all(matches(slot, item) for slot, item in zip(slots, drawn, strict=True))
        assert len({item.id for item in drawn}) == len(slots)
        assert sum(item.id not in seen for item in drawn) == best


def fits(chosen: tuple[ItemRef, ...], slots: list[Draw]) -> bool:
    """Whether the items can be handed to the slots, tried the plain way."""
    if not chosen:
        return True
    return any(
        matches(slot, chosen[0]) and fits(chosen[1:], slots[:index] + slots[index + 1 :])
        for index, slot in enumerate(slots)
    )


def test_essays_come_only_where_a_draw_names_them() -> None:
    pool = [ref("essay-1", type="essay"), ref("choice-1", type="single_choice"), ref("short-1", type="short_text")]
    anything, written = Draw("b", 1), Draw("b", 1, type="essay")
    assert [matches(anything, item) for item in pool] == [False, True, True]
    assert [matches(written, item) for item in pool] == [True, False, False]
    assert [matches(Draw("b", 1, type="short_text"), item) for item in pool] == [False, False, True]
    assert written.sentence == "1 from bank b (type essay)"
