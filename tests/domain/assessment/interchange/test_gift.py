"""GIFT: each kind of question, and every trap of the format."""

from __future__ import annotations

import pytest

from app.domain.assessment.interchange import formats
from app.domain.assessment.interchange.formats import Format
from app.domain.assessment.interchange.report import Outcome
from tests.domain.assessment.interchange.importing import item, one, reason, shares, take

G = Format.GIFT


def test_single_choice_with_feedback_name_and_explanation() -> None:
    entry = one("::Glove::Which {=left#yes ~right#no ~both#no no####Because.}", G)
    assert (entry.name, entry.outcome) == ("Glove", Outcome.IMPORTED)
    assert entry.item is not None
    assert entry.item["prompt"] == "Which"
    assert entry.item["explanation"] == "Because."
    assert [(r["text"], r["correct"], r["feedback"]) for r in entry.item["options"]] == [
        ("left", True, "yes"),
        ("right", False, "no"),
        ("both", False, "no no"),
    ]


def test_missing_word_leaves_a_line_in_the_text() -> None:
    assert item("Wash {=hands ~feet ~both} first.", G)["prompt"] == r"Wash \_\_\_\_\_ first."


def test_escapes_are_text() -> None:
    found = item(r"Is \{a\} \= \#1 \~ b\: c? {=x\=y ~\#z ~a\\b}", G)
    assert found["prompt"] == "Is {a} = #1 ~ b: c?"
    assert [row["text"] for row in found["options"]] == ["x=y", "#z", r"a\b"]


def test_an_empty_line_ends_a_question_even_inside_its_answers() -> None:
    report = take("Q {=a ~b\n\n~c}\n\nR {T}", G)
    assert [entry.outcome for entry in report.entries] == [Outcome.REFUSED, Outcome.REFUSED, Outcome.CHANGED]
    assert [entry.line for entry in report.entries] == [1, 3, 5]
    assert "empty line ends a question" in report.entries[0].reason


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Only words.", "description"),
        ("Q {=a ~b {x} ~c}", "brace inside|more than one block"),
        ("Q {=a ~b} and {=c ~d}", "more than one block"),
        ("Q }{", "brace is missing"),
        ("::Q {T}", "not closed"),
        ("Q {}", "rubric and a model answer"),
        ("{=a ~b ~c}", "no question before"),
        ("Q {=a =b ~c}", "2 options would be wholly right"),
        ("Q {=%50%a ~b ~c}", "has a weight too"),
        ("Q {=a ~%150%b ~c}", "above 100%"),
        ("Q {~a ~b ~c ~d}", "right and one wrong"),
        ("Q {=a ~b}", "2 options"),
        ("Q {true}", "capitals"),
        ("Q {#}", "0 would be wholly right"),
        ("Q {#abc}", "not a number"),
        ("Q {#=3 =4}", "2 would be wholly right"),
        ("Q {#=5..3}", "lower bound"),
        ("Q {=a -> b =c d =e -> f}", "no ->"),
        ("Q {=a -> b =c -> b =d -> e}", "the same"),
        ("Q {> 3 VERTICAL\na\nb}", "ordering extension"),
        ("Q {=*}", "written out whole"),
        ("Q {T#a#b#c}", "two feedbacks"),
    ],
)
def test_what_cannot_be_held_is_refused_with_the_reason(text: str, said: str) -> None:
    told = reason(text, G)
    assert any(part in told for part in said.split("|")), told


def test_the_line_of_a_question_skips_comments() -> None:
    entry = one("\n// a remark\n// [id:my-1] [tag:Week 2]\n::n::Q {T}\n", G)
    assert (entry.line, entry.item_id) == (4, "my-1")


@pytest.mark.parametrize(
    ("weights", "scoring", "changed"),
    [
        (("50", "50", "-50", "-50"), "right_minus_wrong_correct", False),
        (("33.333", "33.333", "33.333", "-33.333"), "right_minus_wrong_correct", False),
        (("33", "33", "33", "-33.33333"), "right_minus_wrong_correct", False),  # refused by other importers
        (("50", "50", "-100", "-100"), "weights", False),
        (("25", "75", "-25", "-50"), "weights", False),
        (("50", "50", "0", "0"), "right_minus_wrong_correct", True),  # ticking all would earn all
        (("50", "25", "-50", "-50"), "right_minus_wrong_correct", True),
    ],
)
def test_weights_keep_their_meaning_or_the_change_is_named(
    weights: tuple[str, ...], scoring: str, changed: bool
) -> None:
    options = " ".join(f"~%{w}%{letter}#f" for w, letter in zip(weights, "abcd", strict=True))
    entry = one(f"Q {{{options}####e}}", G)
    assert entry.item is not None
    assert entry.item["scoring"] == scoring
    assert any("weights" in change for change in entry.changes) is changed


def test_partial_and_negative_marks_of_a_single_choice_stay_weights() -> None:
    found = item("Q {=a ~%50%b ~%-25%c}", G)
    assert (found["scoring"], found["negative"]) == ("weights", True)
    assert shares(found) == {"a": 1.0, "b": 0.5, "c": -0.25}


def test_several_may_be_ticked_but_one_is_right() -> None:
    entry = one("Q {~%100%a ~%-100%b ~%-100%c}", G)
    assert entry.item is not None
    assert entry.item["type"] == "single_choice"
    assert any("single choice now" in change for change in entry.changes)


@pytest.mark.parametrize("word", ["T", "TRUE", "F", "FALSE"])
def test_true_and_false_put_the_wrong_feedback_first(word: str) -> None:
    found = item(f"Q {{{word}#wrong#right}}", G)
    truth = word.startswith("T")
    assert found["answer"] is truth
    expected = {"when_true": "right", "when_false": "wrong"} if truth else {"when_true": "wrong", "when_false": "right"}
    assert found["feedback"] == expected


@pytest.mark.parametrize(
    ("answers", "answer", "width"),
    [("#12", 12, 0), ("#12:0.5", 12, 0.5), ("#3..5", 4, 1), ("#=1e2:1", 100, 1), ("#-2,5:0,5", -2.5, 0.5)],
)
def test_numbers_in_each_form(answers: str, answer: float, width: float) -> None:
    found = item(f"Q {{{answers}}}", G)
    assert (found["answer"], found["tolerance"]) == (answer, {"kind": "nominal", "value": width})


def test_other_numbers_become_common_errors_and_the_tilde_is_the_wrong_feedback() -> None:
    entry = one("Q {#=10:1#yes =%50%20:1#half =%0%30:1#slip ~#no}", G)
    assert entry.item is not None
    assert entry.item["feedback"] == {"correct": "yes", "wrong": "no"}
    assert entry.item["common_errors"] == [{"value": 20, "feedback": "half"}, {"value": 30, "feedback": "slip"}]
    assert "20 paid 50%; it pays nothing now." in entry.changes


def test_matching_with_a_distractor() -> None:
    found = item("Q {=a -> 1 =b -> 2 =c -> 3 = -> 4}", G)
    assert [(row["left"], row["right"]) for row in found["pairs"]] == [("a", "1"), ("b", "2"), ("c", "3")]
    assert found["distractors"] == ["4"]


def test_short_answers_with_wildcards() -> None:
    found = item(r"Q {=glove =gloves =nitril* =%0%sock#No. =%0%*#Wrong.}", G)
    assert found["accepted"] == ["glove", "gloves"]
    assert found["patterns"] == ["nitril.*"]
    assert found["common_errors"] == [{"text": "sock", "feedback": "No."}]
    assert found["feedback"]["wrong"] == "Wrong."


@pytest.mark.parametrize(
    ("form", "prompt"),
    [
        ("markdown", "one **two**\nthree"),
        ("moodle", r"one \*\*two\*\* three"),
        ("html", r"one \*\*two\*\* three"),
        ("plain", "one \\*\\*two\\*\\*  \nthree"),
    ],
)
def test_line_breaks_and_marks_by_format(form: str, prompt: str) -> None:
    assert item(f"[{form}]one **two**\nthree {{T}}", G)["prompt"] == prompt


def test_html_is_reduced_and_the_loss_is_named() -> None:
    text = r'[html]<p>See <b>this</b> <img src\="a.png" alt\="a hand"> <script>x()</script></p> {T#<u>n</u>#y####e}'
    entry = one(text, G)
    assert entry.item is not None
    assert entry.item["prompt"] == "See **this** [a hand]"
    (change,) = entry.changes
    assert all(word in change for word in ("a picture (a.png)", "script", "underlining"))


def test_categories_and_tags_are_mapped_by_rules_and_the_rest_is_named() -> None:
    text = "$CATEGORY: $course$/top/Week 2\n\n// [tag:Hard] [tag:odd]\nQ {T}\n\nR {F}"
    report = take(text, G, "Week 2 = step:numbing", "hard = difficulty:3")
    first, second = report.items
    assert (first["step"], first["difficulty"]) == ("numbing", 3)
    assert (second["step"], second["difficulty"]) == ("numbing", 1)
    assert any("odd (1)" in remark and "Week 2" not in remark for remark in report.remarks)


def test_a_tag_of_ours_that_cannot_be_used_is_named() -> None:
    entry = one("// [tag:step:nowhere] [tag:points:0]\nQ {T#a#b####e}", G)
    assert entry.outcome is Outcome.CHANGED
    assert [c.split(" cannot")[0] for c in entry.changes] == ["The tag step:nowhere", "The tag points:0"]


def test_ids_are_kept_made_or_changed_by_name() -> None:
    text = "// [id:kept]\nQ {T}\n\n// [id:kept]\nR {T}\n\n// [id:Not Ours]\nS {T}\n\nU {T}"
    report = take(text, G, taken=frozenset(["xx-001"]))
    assert [entry.item_id for entry in report.entries] == ["kept", "xx-002", "xx-003", "xx-004"]
    assert any("already used" in change for change in report.entries[1].changes)
    assert any("form of our ids" in change for change in report.entries[2].changes)


def test_a_bracket_in_a_tag_survives() -> None:
    source = "NEHA 8.2 [R22]; p. 31 [R23]"
    written = formats.export_items([{**item("Q {T#a#b####e}", G), "source": source}], G, "", str)
    assert item(written.data, G)["source"] == source


def test_what_gift_cannot_hold_is_left_out_or_named() -> None:
    base = item("Q {=a -> 1 =b -> 2 =c -> 3}", G)
    ordering = {**base, "id": "o-1", "type": "ordering"}
    figure = {**base, "id": "f-1", "figure": "figures/x.svg"}
    written = formats.export_items([base, ordering, figure], G, "", str)
    assert written.exported == 1
    assert set(written.left_out) == {"o-1", "f-1"}
    assert written.lost == {base["id"]: ["the feedback of its pairs"]}
