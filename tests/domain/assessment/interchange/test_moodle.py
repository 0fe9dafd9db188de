"""Moodle XML: each type that we hold, and what is named when we do not hold it."""

from __future__ import annotations

import base64

import pytest

from app.domain.assessment.interchange.formats import Format
from app.domain.assessment.interchange.report import Outcome
from tests.domain.assessment.interchange.importing import SVG, item, one, reason, shares, take

M = Format.MOODLE_XML


def quiz(*questions: str) -> str:
    return f'<?xml version="1.0"?>\n<quiz>\n{"".join(questions)}</quiz>'


def question(kind: str, inside: str, text: str = "Which?", form: str = "html") -> str:
    return (
        f'<question type="{kind}"><name><text>N</text></name>'
        f'<questiontext format="{form}"><text><![CDATA[{text}]]></text></questiontext>'
        f"<generalfeedback><text>Because.</text></generalfeedback>{inside}</question>\n"
    )


def answer(text: str, fraction: str, feedback: str = "f", more: str = "") -> str:
    return (
        f'<answer fraction="{fraction}"><text>{text}</text><feedback><text>{feedback}</text></feedback>{more}</answer>'
    )


CHOICES = answer("a", "100") + answer("b", "0") + answer("c", "0")


def test_single_choice_with_points_and_order() -> None:
    inside = (
        f"<defaultgrade>2.0000000</defaultgrade><single>true</single><shuffleanswers>false</shuffleanswers>{CHOICES}"
    )
    entry = one(quiz(question("multichoice", inside)), M)
    assert entry.outcome is Outcome.IMPORTED
    assert (entry.line, entry.name) == (3, "N")
    assert entry.item is not None
    assert (entry.item["type"], entry.item["points"], entry.item["shuffle"]) == ("single_choice", 2, False)


def test_html_in_an_option_is_plain_and_the_loss_is_named() -> None:
    options = answer("&lt;p&gt;a &lt;b&gt;bold&lt;/b&gt;&lt;/p&gt;", "100") + answer("b", "-50") + answer("c", "0")
    entry = one(quiz(question("multichoice", f"<single>true</single>{options}")), M)
    assert entry.item is not None
    assert shares(entry.item) == {"a bold": 1.0, "b": -0.5, "c": 0.0}
    assert entry.item["negative"] is True
    assert entry.changes == ("Left out of the texts: bold.",)


def test_multiple_response() -> None:
    options = "".join(answer(t, f) for t, f in zip("abcd", ("50", "50", "-50", "-50"), strict=True))
    found = item(quiz(question("multichoice", f"<single>false</single>{options}")), M)
    assert (found["type"], found["scoring"]) == ("multiple_response", "right_minus_wrong_correct")


def test_true_false() -> None:
    inside = answer("true", "0", "no") + answer("false", "100", "yes")
    found = item(quiz(question("truefalse", inside)), M)
    assert (found["answer"], found["feedback"]) == (False, {"when_true": "no", "when_false": "yes"})


def test_matching_with_a_distractor() -> None:
    subs = "".join(
        f"<subquestion><text>{left}</text><answer><text>{right}</text></answer></subquestion>"
        for left, right in (("a", "1"), ("b", "2"), ("c", "3"), ("", "4"))
    )
    found = item(quiz(question("matching", subs)), M)
    assert [row["right"] for row in found["pairs"]] == ["1", "2", "3"]
    assert found["distractors"] == ["4"]


def test_numbers_with_units_and_a_wildcard() -> None:
    width = "<tolerance>0.5</tolerance>"
    inside = answer("10", "100", "yes", width) + answer("20", "0", "slip", width) + answer("*", "0", "no")
    units = "<units><unit><multiplier>1</multiplier><unit_name>mg</unit_name></unit>"
    units += "<unit><multiplier>0.001</multiplier><unit_name>g</unit_name></unit></units>"
    entry = one(quiz(question("numerical", inside + units)), M)
    assert entry.item is not None
    assert (entry.item["answer"], entry.item["unit"]) == (10, "mg")
    assert entry.item["feedback"] == {"correct": "yes", "wrong": "no"}
    assert entry.changes == ("Only the unit mg is taken, not g.",)


@pytest.mark.parametrize(
    ("written", "rule"),
    [("RELATIVE_TO_CORRECT", "distance"), ("-1", "all_or_nothing"), ("LONGEST_ORDERED_SUBSET", "longest_ordered")],
)
def test_ordering_by_place_with_each_way_to_name_a_rule(written: str, rule: str) -> None:
    inside = answer("second", "2.0") + answer("first", "1.0") + answer("third", "3.0")
    found = item(quiz(question("ordering", f"<gradingtype>{written}</gradingtype>{inside}")), M)
    assert [row["text"] for row in found["entries"]] == ["first", "second", "third"]
    assert found["scoring"] == rule


def test_short_answer_and_its_case() -> None:
    inside = "<usecase>1</usecase>" + answer("pH", "100") + answer("ph", "0", "Mind the case.") + answer("*", "0", "no")
    found = item(quiz(question("shortanswer", inside)), M)
    assert (found["accepted"], found["case_sensitive"], found["punctuation"]) == (["pH"], True, "keep")
    assert found["common_errors"] == [{"text": "ph", "feedback": "Mind the case."}]


def test_an_essay_needs_a_model_answer() -> None:
    assert "model answer" in reason(quiz(question("essay", "")), M)
    model = "<graderinfo><text>One two three</text></graderinfo><maxwordlimit>50</maxwordlimit>"
    entry = one(quiz(question("essay", model)), M)
    assert entry.item is not None
    assert (entry.item["model"], entry.item["words"]) == ("One two three", {"min": 1, "max": 50})
    assert any("rubric" in change for change in entry.changes)


@pytest.mark.parametrize("kind", ["calculated", "ddwtos", "description", "gapselect", ""])
def test_other_types_are_refused_by_name(kind: str) -> None:
    assert "are not held" in reason(quiz(question(kind, "")), M)


@pytest.mark.parametrize(
    ("kind", "inside", "said"),
    [
        ("multichoice", answer("a", "100") + answer("b", "100") + answer("c", "0"), "2 options"),
        ("multichoice", answer("a", "x") + answer("b", "0"), "not a number"),
        ("multichoice", answer("a", "150") + answer("b", "0"), "more than 100%"),
        ("truefalse", answer("true", "100"), "true and false"),
        ("numerical", answer("*", "100"), "Any number"),
        ("ordering", "<gradingtype>MAGIC</gradingtype>", "not known"),
    ],
)
def test_a_key_that_is_no_key_is_refused(kind: str, inside: str, said: str) -> None:
    assert said in reason(quiz(question(kind, inside)), M)


def test_what_moodle_has_and_we_have_not_is_named() -> None:
    inside = f"<penalty>0.33</penalty><hidden>1</hidden><hint><text>Think</text></hint>{CHOICES}"
    inside += "<correctfeedback><text>Well done</text></correctfeedback>"
    report = take(quiz(question("multichoice", inside)), M)
    (entry,) = report.entries
    assert [c.split(":")[0] for c in entry.changes] == [
        "The feedback for right answers was left out",
        "1 hints were left out.",
        "It was hidden in Moodle.",
    ]
    assert any("Penalties" in remark for remark in report.remarks)


def test_categories_and_tags_of_the_file() -> None:
    category = '<question type="category"><category><text>$course$/top/Week 2</text></category></question>'
    tags = "<tags><tag><text>difficulty:3</text></tag><tag><text>spare</text></tag></tags><idnumber>wk-7</idnumber>"
    report = take(quiz(category, question("multichoice", CHOICES), question("multichoice", CHOICES + tags)), M)
    assert [found["difficulty"] for found in report.items] == [1, 3]
    assert report.entries[1].item_id == "wk-7"
    assert any("Week 2 (1)" in remark and "spare (1)" in remark for remark in report.remarks)


def _with_file(name: str, data: bytes, alt: str = "A lip with marks") -> str:
    held = f'<file name="{name}" path="/" encoding="base64">{base64.b64encode(data).decode()}</file>'
    text = f'<p>Which?</p><p><img src="@@PLUGINFILE@@/{name}" alt="{alt}"></p>'
    return (
        f'<question type="multichoice"><questiontext format="html"><text><![CDATA[{text}]]></text>{held}</questiontext>'
        f"<generalfeedback><text>e</text></generalfeedback>{CHOICES}</question>"
    )


def test_a_drawing_by_our_rules_is_kept() -> None:
    report = take(quiz(_with_file("Lip map.svg", SVG.encode()).replace("/Lip map", "/Lip%20map")), M)
    (found,) = report.items
    assert (found["figure"], found["figure_alt"], found["prompt"]) == (
        "figures/xx-lip-map.svg",
        "A lip with marks",
        "Which?",
    )
    assert report.figures == {"figures/xx-lip-map.svg": SVG}


@pytest.mark.parametrize(
    ("name", "data", "alt", "said"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n", "x", "only drawings as SVG"),
        ("a.svg", SVG.replace("<desc>", "<script>x()</script><desc>").encode(), "x", "not a drawing by our rules"),
        ("a.svg", b"\xff<svg", "x", "only drawings as SVG"),
        ("a.svg", SVG.encode(), "", "no text alternative"),
    ],
)
def test_other_pictures_are_left_out_by_name(name: str, data: bytes, alt: str, said: str) -> None:
    report = take(quiz(_with_file(name, data, alt)), M)
    (entry,) = report.entries
    assert entry.item is not None
    assert "figure" not in entry.item
    assert said in " ".join(entry.changes)
    assert report.figures == {}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("<quiz><question>", 1, "well-formed"),
        ("<other/>", 1, "begins with <quiz>"),
        ("<quiz></quiz>", 1, "no question"),
        ("", 1, "well-formed"),
    ],
)
def test_files_that_are_no_moodle_xml(text: str, line: int, said: str) -> None:
    (fault,) = take(text, M).faults
    assert fault.line == line
    assert said in fault.sentence
