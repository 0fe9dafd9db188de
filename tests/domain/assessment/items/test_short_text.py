"""Short text: lists and patterns decide, never likeness."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.assessment.items.base import Verdict
from app.domain.assessment.items.short_text import ShortText, TextResponse
from app.domain.assessment.wording import NEGATIONS
from app.domain.errors import Invalid
from tests.domain.assessment.samples import item_dict


def build(**changes: object) -> ShortText:
    return ShortText.from_dict(item_dict("short_text", **changes))


def right(item: ShortText, text: str) -> bool:
    return item.grade(item.parse_response({"text": [text]})).correct


@pytest.mark.parametrize(
    "text", ["Cupid's bow", "cupid\u2019s  BOW.", "  Cupids bow", "the bow of the upper lip", "bow of cupid"]
)
def test_ways_to_write_the_right_answer(text: str) -> None:
    assert right(build(), text)


@pytest.mark.parametrize(
    "text",
    [
        "Cupid's bows",
        "Cupids vow",
        "not Cupid's bow",
        "Cupid's bow 2",
        "bow",
        "the not bow of the upper lip",
        "Cupid s bow x",
    ],
)
def test_what_is_only_alike_is_wrong(text: str) -> None:
    assert not right(build(), text)


# The reference lists what a fuzzy comparison takes for right (learning reference, 4.3).
@pytest.mark.parametrize(
    ("accepted", "written"),
    [
        ("do not apply anesthetic to broken skin", "do apply anesthetic to broken skin"),
        ("hypopigmentation", "hyperpigmentation"),
        ("avoid retinoids for 4 weeks", "avoid retinoids for 2 weeks"),
        ("30 minutes", "60 minutes"),
        ("2.5 mm", "25 mm"),
        ("-5", "5"),
    ],
)
def test_the_traps_of_fuzzy_marking(accepted: str, written: str) -> None:
    item = build(accepted=[accepted], patterns=[], common_errors=[])
    assert right(item, accepted.upper())
    assert not right(item, written)


@given(st.sampled_from(sorted(NEGATIONS)), st.integers(0, 4))
def test_a_negation_put_anywhere_makes_an_answer_wrong(word: str, place: int) -> None:
    item = build(patterns=["(keep|leave) the .* (open|free)"], accepted=["keep the border free"], common_errors=[])
    words = ["keep", "the", "whole", "border", "open"]
    assert right(item, " ".join(words))
    assert not right(item, " ".join([*words[:place], word, *words[place:]]))


@given(st.integers(0, 99), st.integers(0, 99))
def test_a_number_is_never_another_number(one: int, two: int) -> None:
    item = build(accepted=[f"after {one} days"], patterns=[f"{one} days? later"], common_errors=[])
    assert right(item, f"After {two} days!") == (one == two)
    assert right(item, f"{two} day later") == (one == two)


def test_a_named_wrong_answer_has_its_own_feedback() -> None:
    item = build()
    grade = item.grade(TextResponse("The PHILTRUM".removeprefix("The ")))
    assert (grade.correct, grade.feedback) == (False, "SECRET philtrum")
    assert item.grade(TextResponse("something else")).feedback == "SECRET wrong"
    assert item.grade(TextResponse("Cupid's bow")).feedback == "SECRET right"
    part = item.grade(TextResponse("")).parts[0]
    assert (part.verdict, part.expected) == (Verdict.MISSED, "Cupid's bow")


def test_settings_make_it_stricter() -> None:
    item = build(case_sensitive=True, punctuation="keep", accepted=["TiO2, rutile"], patterns=[], common_errors=[])
    assert right(item, "TiO2, rutile")
    assert not right(item, "tio2, rutile")
    assert not right(item, "TiO2 rutile")


def test_a_long_answer_is_refused_and_a_null_is_not_stored() -> None:
    item = build()
    with pytest.raises(Invalid) as caught:
        item.parse_response({"text": ["x" * 201]})
    assert caught.value.problems[0].field == "text"
    assert "\0" not in item.parse_response({"text": ["a\0b"]}).text


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"accepted": []}, "accepts no answer"),
        ({"accepted": ["..."]}, "nothing is left"),
        ({"patterns": ["(a"]}, "never closed"),
        ({"common_errors": [{"feedback": "x"}]}, "a text or a pattern"),
        ({"common_errors": [{"text": "a", "pattern": "b", "feedback": "x"}]}, "not both"),
    ],
)
def test_nonsense_is_refused(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        build(**changes)
