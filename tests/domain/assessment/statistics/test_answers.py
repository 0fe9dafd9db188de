"""Tables of answers."""

from __future__ import annotations

import json
from typing import Any

from app.domain.assessment.items.base import Item
from app.domain.assessment.items.registry import item_from_dict
from app.domain.assessment.statistics.answers import LISTED, AnswerTable, Tally, answer_table
from tests.domain.assessment.samples import item_dict


def item(kind: str, **changes: Any) -> Item[Any]:
    return item_from_dict(item_dict(kind, **changes))


def stored(kind: str, form: dict[str, list[str]]) -> str:
    made = item(kind)
    return json.dumps(made.response_to_json(made.parse_response(form)))


def rows(table: AnswerTable) -> list[tuple[str, str, bool, int]]:
    return [(row.text, row.given, row.is_right, row.tally.all) for row in table.rows]


def test_every_option_has_a_row_also_one_that_nobody_chose() -> None:
    table = answer_table(
        item("single_choice"),
        {'{"chosen": "c"}': Tally(1, 2, 6), '{"chosen": "a"}': Tally(5, 2, 0), None: Tally(0, 1, 0)},
    )
    assert rows(table) == [
        ("Text a", "", False, 7),
        ("Text b", "", False, 0),
        ("Text c", "", True, 9),
        ("Text d", "", False, 0),
    ]
    assert table.seen == Tally(6, 5, 6)
    assert table.left == Tally(0, 1, 0)
    assert [row.text for row in table.distractors] == ["Text a", "Text b", "Text d"]
    whole, bottom, top = table.rows[0].tally.shares(table.seen)
    assert (whole, bottom, top) == (7 / 17, 5 / 6, 0)


def test_shares_of_an_empty_third_are_unknown() -> None:
    assert Tally(0, 1, 0).shares(Tally(0, 2, 0)) == (0.5, None, None)
    assert Tally().shares(Tally()) == (0.0, None, None)


def test_each_tick_counts() -> None:
    table = answer_table(
        item("multiple_response"), {'{"chosen": ["a", "d"]}': Tally(2, 0, 0), '{"chosen": ["a"]}': Tally(0, 0, 1)}
    )
    assert rows(table)[0] == ("Text a", "", True, 3)
    assert rows(table)[3] == ("Text d", "", False, 2)


def test_typed_answers_are_listed_by_how_often_they_came_and_the_rare_ones_together() -> None:
    answers: dict[str | None, Tally] = {f'{{"text": "{n}"}}': Tally(1, 0, 0) for n in range(LISTED + 3)}
    answers |= {'{"text": "300"}': Tally(4, 0, 0), '{"text": "225 mg"}': Tally(0, 0, 9)}
    table = answer_table(item("numeric"), answers)
    assert rows(table)[:2] == [("mg", "225 mg", True, 9), ("mg", "300", False, 4)]
    assert len(table.rows) == LISTED
    assert table.rarer.all == 5
    assert table.distractors == []


def test_matched_texts_stand_under_their_row() -> None:
    table = answer_table(item("matching"), {'{"pairs": {"a": "a", "b": "c"}}': Tally(1, 0, 0)})
    assert rows(table) == [("Patchy", "Jumping between areas", True, 1), ("Blowout", "Hand too fast", False, 1)]


def test_parts_of_a_case_keep_their_question() -> None:
    given = {"parts": {"p1": {"chosen": "b"}, "p3": {"places": ["x", "z", "y"]}}}
    table = answer_table(item("case"), {json.dumps(given): Tally(0, 0, 2)})
    first = [row for row in table.rows if row.group == "What first?"]
    assert [(row.text, row.is_right, row.tally.all) for row in first] == [
        ("Text a", True, 0),
        ("Text b", False, 2),
        ("Text c", False, 0),
    ]
    ordered = [(row.text, row.given, row.is_right) for row in table.rows if row.group == "In which order?"]
    assert ordered == [("Act x", "1", True), ("Act y", "3", False), ("Act z", "2", False)]


def test_essays_are_not_listed() -> None:
    table = answer_table(item("essay"), {'{"text": "A long and personal text."}': Tally(1, 1, 1), None: Tally(1, 0, 0)})
    assert table.rows == ()
    assert (table.seen.all, table.left.all) == (4, 1)


def test_an_answer_that_the_version_cannot_read_is_counted_apart() -> None:
    table = answer_table(item("single_choice"), {'{"chosen": "gone"}': Tally(1, 0, 0), "not json": Tally(0, 1, 0)})
    assert table.rarer == Tally(1, 1, 0)
    assert sum(row.tally.all for row in table.rows) == 0
