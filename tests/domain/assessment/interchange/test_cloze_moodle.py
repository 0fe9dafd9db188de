r"""Moodle's embedded answers: the codes as its manual and its own reader have them, and what is named or refused.

The codes are those of docs.moodle.org, "Embedded Answers (Cloze) question type", and of its reader's rules.
"""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.assessment.interchange import formats
from app.domain.assessment.interchange.cloze_codes import stars, taken
from app.domain.assessment.interchange.fitting import wild_pattern
from app.domain.assessment.interchange.formats import Format
from app.domain.assessment.interchange.report import Outcome
from app.domain.assessment.items.registry import item_from_dict
from app.infra.markdown import render_prompt
from tests.domain.assessment.interchange.importing import SVG, item, one, reason, take

M = Format.MOODLE_XML
LIST = "{1:MC:=vermilion#Yes.~roll#No.~philtrum#Never.}"


def quiz(text: str, kind: str = "cloze", form: str = "html", more: str = "") -> str:
    return (
        f'<?xml version="1.0"?>\n<quiz>\n<question type="{kind}"><name><text>N</text></name>\n'
        f'<questiontext format="{form}">\n<text><![CDATA[{text}]]></text></questiontext>'
        f"<generalfeedback><text>Because.</text></generalfeedback>{more}</question></quiz>"
    )


def gap(code: str) -> dict[str, Any]:
    found: dict[str, Any] = item(quiz(f"<p>Fill in.</p><p>Here: {code}.</p>"), M)["gaps"][0]
    return found


@pytest.mark.parametrize("kind", ["cloze", "multianswer"])
def test_a_text_with_three_kinds_of_gaps(kind: str) -> None:
    text = f"<p>Name the <b>parts</b>.</p><p>It is the {LIST} of {{2:NM:=3:0.1#Right.~30:0.1#Ten times.~*#No.}} mm.</p>"
    text += "<p>Then {:SHORTANSWER:=Paris#Right!~%50%Lyon#Nearly.~*#No.}</p>"
    entry = one(quiz(text, kind), M)
    assert entry.item is not None
    assert entry.item["prompt"] == "Name the **parts**."
    assert entry.item["text"] == "It is the {{g1}} of {{g2}} mm.\nThen {{g3}}"
    assert [row["share"] for row in entry.item["gaps"]] == [1, 2, 1]
    assert entry.item["points"] == 4
    words, numbers, place = entry.item["gaps"]
    assert (words["shuffle"], [row["correct"] for row in words["options"]]) == (False, [True, False, False])
    assert (numbers["answer"], numbers["tolerance"]) == (3, {"kind": "nominal", "value": 0.1})
    assert numbers["common_errors"] == [{"value": 30, "feedback": "Ten times."}]
    assert (place["accepted"], place["feedback"]) == (["Paris"], {"correct": "Right!", "wrong": "No."})
    assert place["common_errors"] == [{"text": "Lyon", "feedback": "Nearly."}]
    assert entry.changes == ("Gap 3 (line 5): “Lyon” paid 50%; it pays nothing now.",)
    item_from_dict(entry.item)


@pytest.mark.parametrize(("kind", "sensitive"), [("SA", False), ("MW", False), ("SAC", True), ("SHORTANSWER_C", True)])
def test_short_answers_and_their_case(kind: str, sensitive: bool) -> None:
    assert gap(f"{{1:{kind}:=pH}}")["case_sensitive"] is sensitive


@pytest.mark.parametrize(("kind", "shuffled"), [("MULTICHOICE", False), ("MCV", False), ("MCS", True), ("MCVS", True)])
def test_lists_and_their_order(kind: str, shuffled: bool) -> None:
    assert gap(LIST.replace("MC", kind))["shuffle"] is shuffled


def test_a_list_that_stood_as_buttons_is_named() -> None:
    entry = one(quiz(f"<p>Do.</p><p>{LIST.replace('MC', 'MULTICHOICE_HS')}</p>"), M)
    assert entry.changes == ("Lists that stood as rows or columns of buttons are lists to choose from now.",)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        (r"a\}b", "a}b"),
        (r"a\#b", "a#b"),
        (r"a\~b", "a~b"),
        (r"a\/b", "a/b"),
        (r"say \"a\"", 'say "a"'),
        ("&quot;a&quot;", '"a"'),
        ("a &amp; b", "a & b"),
        ("&#123;a&#125; &#35; &#126;", "{a} # ~"),
        (r"C:\\dir", r"C:\\dir"),
        ("50% = half", "50% = half"),
        ("a\n  b", "a b"),
    ],
)
def test_characters_that_are_marks_otherwise(written: str, plain: str) -> None:
    assert gap(f"{{1:SA:={written}#why}}")["accepted"] == [plain]


def test_a_star_is_anything_and_an_escaped_one_is_a_star() -> None:
    found = gap(r"{1:SA:=lip*~=a lip~=5 \* 2~*#no}")
    assert (found["accepted"], found["patterns"]) == (["a lip", "5 * 2"], ["lip.*"])
    assert found["feedback"]["wrong"] == "no"


@pytest.mark.parametrize("source", ["lip.*", ".*lip", "a\\.b.*c", "(a|b).*", "a+", "\\d.*", "\\*.*", "lip"])
def test_patterns_are_written_as_stars_only_where_they_say_no_more(source: str) -> None:
    written = stars(source)
    assert written is None if source in ("(a|b).*", "a+", "\\d.*", "\\*.*", "lip") else written is not None
    assert written is None or wild_pattern(written) == source


def test_weights_of_a_list_may_be_parts_and_cost() -> None:
    found = gap("{3:MC:%100%a~%33.33333%b~%-50%c}")
    assert (found["share"], found["scoring"], found["negative"]) == (3, "weights", True)
    assert [row["weight"] for row in found["options"]] == [1.0, "1/3", -0.5]


def test_a_text_without_a_prompt_asks_for_the_gaps() -> None:
    entry = one(quiz(f"<p>It is the {LIST}.</p>"), M)
    assert entry.item is not None
    assert entry.item["prompt"] == "Fill in the gaps."
    assert any("Nothing stood before" in change for change in entry.changes)


def test_marks_around_gaps_are_plain_and_named() -> None:
    entry = one(quiz(f"<p>Do.</p><ul><li>the <b>red</b> {LIST}</li></ul>"), M)
    assert entry.item is not None
    assert "red {{g1}}" in entry.item["text"]
    assert any("bold, lists" in change for change in entry.changes)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("{1:MULTIRESPONSE:=a~=b~c}", "several options (MULTIRESPONSE)"),
        ("{1:MRHS:=a~=b~c}", "several options (MRHS)"),
        ("{1:ESSAY:=a}", "which Moodle does not have"),
        ("{1:shortanswer:=a}", "which Moodle does not have"),
        ("{1:SA:=a", "never closed"),
        ("{1:SA:=a\\}", "never closed"),
        ("{1:SA:= ~=b}", "empty answer"),
        ("{0:SA:=a}", "pays nothing"),
        ("{1:SA:a~b}", "no right answer"),
        ("{1:SA:=*}", "Any answer would be right"),
        ("{1:NM:=*}", "Any answer would be right"),
        ("{1:NM:=many}", "is not a number"),
        ("{1:NM:=3~=5}", "2 would be wholly right"),
        ("{1:MC:=a~=b~c}", "2 options would be wholly right"),
        ("{1:MC:=a~b}", "2 options; items of this type have 3 to 5"),
        ("{1:MC:=true~false}", "true and false"),
        ("{1:MC:%150%a~b~c}", "more than 100%"),
        ("{1:SA:=a} {#2}", "the gap itself is missing"),
        ("{1:SA:=a} {{b}}", "double braces"),
        ("no gap", "no gap that can be read"),
        ("".join(f"{{1:SA:=a{n}}} " for n in range(11)), "11 gaps"),
        ("{1:SA:=a} <svg><text>{1:SA:=b}</text></svg>", "cannot keep it"),
    ],
)
def test_what_is_no_gap_of_ours_is_refused_with_its_line(code: str, said: str) -> None:
    entry = one(quiz(f"<p>Do.</p>\n<p>First:\n{code}</p>"), M)
    assert entry.outcome is Outcome.REFUSED
    assert said in entry.reason
    assert entry.line >= 5  # the text begins on line 5 of the file


def test_the_line_is_that_of_the_gap() -> None:
    entry = one(quiz(f"<p>Do.</p>\n<p>{LIST}\n\n{{1:MR:=a~=b~c}}</p>"), M)
    assert entry.line == 8
    assert entry.reason.startswith("Gap 2 (line 8) asks for several")


def test_codes_are_read_in_linear_time() -> None:
    text = "{1:SA:" + "\\}" * 200_000
    assert "never closed" in reason(quiz(text), M)
    _, codes, _ = taken("{1:SA:=a}" * 3_000, 1)
    assert len(codes) == 3_000


def _ours(**changes: Any) -> dict[str, Any]:
    return {**item(quiz(f"<p>Do.</p><p>The {LIST} and {{1:SA:=a~*#b}}.</p>"), M), **changes}


def test_a_figure_stays_with_the_text() -> None:
    svg = SVG.replace(' xmlns="http://www.w3.org/2000/svg"', "")
    ours = _ours(figure="figures/xx-lip.svg", figure_alt="A lip", figure_svg=svg)
    written = formats.export_items([ours], M, "Bank", render_prompt)
    report = take(written.data, M)
    (found,) = report.items
    assert found == {key: value for key, value in ours.items() if key != "figure_svg"}
    assert report.figures == {"figures/xx-lip.svg": SVG}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"points": 7}, "its 7 points (Moodle adds up the shares of its gaps, 2; a tag tells the points)"),
        ({"text": "The  {{g1}} and\n\n{{g2}}."}, "the spaces and empty lines of its text"),
        ({"prompt": "Is <b>this</b> HTML?"}, "what looks like HTML in its texts (Moodle takes it for HTML)"),
    ],
)
def test_an_export_names_what_moodle_does_not_keep(changes: dict[str, Any], said: str) -> None:
    written = formats.export_items([_ours(**changes)], M, "", render_prompt)
    assert written.lost == {"xx-001": [said]}


def test_patterns_and_ids_of_options_that_get_lost_are_named_by_gap() -> None:
    ours = _ours()
    ours["gaps"][1] = {**ours["gaps"][1], "patterns": ["(a|b)c?"]}
    rows = ours["gaps"][0]["options"]
    ours["gaps"][0] = {**ours["gaps"][0], "options": [{**row, "id": f"opt-{row['id']}"} for row in rows]}
    lost = formats.export_items([ours], M, "", render_prompt).lost["xx-001"]
    assert "the pattern (a|b)c? of the gap g2" in lost
    assert "the ids of the options of the gap g1" in lost


@pytest.mark.parametrize("words", ["Write {1:SA:=x} for a gap.", "It says {#1}."])
def test_a_text_that_looks_like_a_code_is_not_exported(words: str) -> None:
    written = formats.export_items([_ours(prompt=words)], M, "", render_prompt)
    assert "would read as a gap" in written.left_out["xx-001"]
