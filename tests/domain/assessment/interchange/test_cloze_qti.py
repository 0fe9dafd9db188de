"""QTI items with several fields and lists in their text: the marks are tried, and what is no sum is refused."""

from __future__ import annotations

from time import process_time
from typing import Any

import pytest

from app.domain.assessment.interchange import formats
from app.domain.assessment.interchange.formats import Format
from app.domain.assessment.interchange.report import Outcome
from app.domain.assessment.items.registry import item_from_dict
from app.infra.markdown import render_prompt
from tests.domain.assessment.interchange.importing import SVG, item, one, reason, take

Q = Format.QTI
V2 = "http://www.imsglobal.org/xsd/imsqti_v2p1"
MAP = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/map_response"
BODY = (
    "<p>Fill <strong>in</strong>.</p>\n"
    '<p>It is <inlineChoiceInteraction responseIdentifier="A" shuffle="true">'
    '<inlineChoice identifier="x">red</inlineChoice><inlineChoice identifier="y">blue</inlineChoice>'
    '<inlineChoice identifier="z">green</inlineChoice></inlineChoiceInteraction> and\n'
    '<textEntryInteraction responseIdentifier="B"/> mm<br/>by <textEntryInteraction responseIdentifier="C"/>.</p>'
)
CHOICE = (
    '<responseDeclaration identifier="A" cardinality="single" baseType="identifier"><correctResponse><value>x</value>'
    "</correctResponse></responseDeclaration>"
)
NUMBER = (
    '<responseDeclaration identifier="B" cardinality="single" baseType="float"><correctResponse><value>2.5</value>'
    "</correctResponse></responseDeclaration>"
)
TEXT = (
    '<responseDeclaration identifier="C" cardinality="single" baseType="string"><correctResponse><value>pen</value>'
    '</correctResponse><mapping defaultValue="0"><mapEntry mapKey="pen" mappedValue="2" caseSensitive="false"/>'
    "</mapping></responseDeclaration>"
)


def matched(name: str, marks: str = "1") -> str:
    return (
        f'<responseCondition><responseIf><match><variable identifier="{name}"/><correct identifier="{name}"/></match>'
        f'<setOutcomeValue identifier="SCORE"><sum><variable identifier="SCORE"/><baseValue baseType="float">{marks}'
        "</baseValue></sum></setOutcomeValue></responseIf></responseCondition>"
    )


MAPPED = (
    '<setOutcomeValue identifier="SCORE"><sum><variable identifier="SCORE"/><mapResponse identifier="C"/></sum>'
    "</setOutcomeValue>"
)
ALL = matched("A") + matched("B") + MAPPED


def qti(rules: str = ALL, body: str = BODY, declared: str = CHOICE + NUMBER + TEXT, after: str = "") -> str:
    processing = f'<responseProcessing template="{rules}"/>' if rules.startswith("http") else ""
    return (
        f'<?xml version="1.0"?>\n<assessmentItem xmlns="{V2}" identifier="it-1" title="T" adaptive="false" '
        f'timeDependent="false">\n{declared}<outcomeDeclaration identifier="SCORE" cardinality="single" '
        f'baseType="float"/>\n<itemBody>{body}</itemBody>\n'
        f"{processing or f'<responseProcessing>{rules}</responseProcessing>'}{after}</assessmentItem>"
    )


def test_fields_and_lists_in_a_text_are_gaps_with_their_marks() -> None:
    entry = one(qti(), Q)
    assert entry.item is not None, entry.reason
    assert entry.item["prompt"] == "Fill **in**."
    assert entry.item["text"] == "It is {{a}} and {{b}} mm\nby {{c}}."
    assert [(gap["id"], gap["type"], gap["share"]) for gap in entry.item["gaps"]] == [
        ("a", "single_choice", 1),
        ("b", "numeric", 1),
        ("c", "short_text", 2),
    ]
    assert entry.item["points"] == 4
    assert entry.item["gaps"][1]["answer"] == 2.5
    assert entry.item["gaps"][2]["case_sensitive"] is False
    item_from_dict(entry.item)


def test_version_2_2_and_version_3_say_the_same() -> None:
    ours = item(qti(), Q)
    assert item(qti().replace("v2p1", "v2p2"), Q) == ours
    three = qti()
    for name in ("assessmentItem", "responseDeclaration", "correctResponse", "responseProcessing", "itemBody"):
        kebab = "".join(f"-{c.lower()}" if c.isupper() else c for c in name)
        three = three.replace(f"<{name}", f"<qti-{kebab}").replace(f"</{name}", f"</qti-{kebab}")
    for name in ("responseIdentifier", "baseType", "mapKey", "mappedValue", "caseSensitive", "defaultValue"):
        kebab = "".join(f"-{c.lower()}" if c.isupper() else c for c in name)
        three = three.replace(f"{name}=", f"{kebab}=")
    assert item(three.replace(V2, "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"), Q) == ours


def test_marks_that_are_rounded_become_shares_in_whole_numbers() -> None:
    found = item(qti(matched("A", "0.333") + matched("B", "0.333") + MAPPED), Q)
    assert [gap["share"] for gap in found["gaps"]][2] / found["gaps"][0]["share"] == pytest.approx(6, abs=0.1)


def _both() -> str:
    return (
        '<responseCondition><responseIf><and><match><variable identifier="A"/><correct identifier="A"/></match>'
        '<match><variable identifier="B"/><correct identifier="B"/></match></and>'
        '<setOutcomeValue identifier="SCORE"><baseValue baseType="float">1</baseValue></setOutcomeValue>'
        "</responseIf></responseCondition>"
    )


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        (qti(_both() + MAPPED), "depends on the other gaps", 5),
        (qti(matched("A") + MAPPED), "earns nothing", 6),
        (qti(MAP), "a template, which pays only one of its answers", 7),
        (qti(ALL.replace('<mapResponse identifier="C"/>', '<mapResponse identifier="A"/>')), "missing", 0),
        (qti(declared=CHOICE + TEXT), "no response declaration", 6),
        (qti(declared=CHOICE + NUMBER + TEXT + NUMBER.replace('"B"', '"D"')), "no interaction asks for", 2),
        (qti(body=BODY.replace('"C"', '"B"'), declared=CHOICE + NUMBER), "same response", 6),
        (qti(body=BODY.replace("textEntryI", "extendedTextI")), "of the kind extended-text", 6),
        (qti(declared=CHOICE + NUMBER.replace("<value>2.5</value>", "") + TEXT), "no right answer", 6),
        (qti(body=BODY.replace('<inlineChoice identifier="z">green</inlineChoice>', "")), "have 3 to 5", 5),
        (qti(body=BODY.replace("by ", "by" + ' <textEntryInteraction responseIdentifier="C"/>' * 500)), "503 gaps", 6),
        (qti(body=BODY.replace(" mm", " {{mm}}")), "double braces", 4),
    ],
)
def test_what_is_no_text_with_gaps_of_ours_is_refused(text: str, said: str, line: int) -> None:
    entry = one(text, Q)
    assert entry.outcome is Outcome.REFUSED
    assert said in entry.reason
    assert line == 0 or entry.line == line, (entry.line, entry.reason)


def test_an_item_that_takes_too_much_work_is_refused() -> None:
    names = [f"C{n}" for n in range(10)]
    entries = "".join(f'<mapEntry mapKey="pen {n}" mappedValue="0"/>' for n in range(39))
    declared = "".join(TEXT.replace("</mapping>", f"{entries}</mapping>").replace('"C"', f'"{n}"') for n in names)
    body = "".join(f'<p>By <textEntryInteraction responseIdentifier="{name}"/></p>' for name in names)
    paid = "".join(MAPPED.replace('"C"', f'"{name}"') for name in names)
    assert one(qti(paid, body, declared), Q).item is not None
    begun = process_time()
    assert "too long" in reason(qti(paid + "".join(matched(name, "0") for name in names * 20), body, declared), Q)
    assert process_time() - begun < 10


def test_feedback_that_belongs_to_no_gap_is_named() -> None:
    outcome = '<outcomeDeclaration identifier="F" cardinality="single" baseType="identifier"/>'
    rule = (
        '<responseCondition><responseIf><gte><variable identifier="SCORE"/><baseValue baseType="float">4</baseValue>'
        '</gte><setOutcomeValue identifier="F"><baseValue baseType="identifier">all</baseValue></setOutcomeValue>'
        "</responseIf></responseCondition>"
    )
    after = (
        '<modalFeedback outcomeIdentifier="F" identifier="all" showHide="show">All right!</modalFeedback>'
        '<modalFeedback outcomeIdentifier="F" identifier="never" showHide="hide">For everybody.</modalFeedback>'
    )
    entry = one(qti(ALL + rule, declared=CHOICE + NUMBER + TEXT + outcome, after=after), Q)
    assert entry.item is not None
    assert entry.item["explanation"] == "For everybody."
    assert "Feedback without a place was left out: “All right!” (1 in all)." in entry.changes


def test_marks_below_nothing_are_named() -> None:
    costly = CHOICE.replace(
        "</responseDeclaration>",
        '<mapping defaultValue="0"><mapEntry mapKey="x" mappedValue="1"/><mapEntry mapKey="y" mappedValue="-1"/>'
        "</mapping></responseDeclaration>",
    )
    rules = MAPPED.replace('"C"', '"A"') + matched("B") + MAPPED
    entry = one(qti(rules, declared=costly + NUMBER + TEXT), Q)
    assert entry.item is not None
    assert entry.item["gaps"][0]["negative"] is True
    assert any("they end at nothing now" in change for change in entry.changes)


def test_a_picture_mask_and_lost_marks_are_named_with_their_gap() -> None:
    body = BODY.replace('responseIdentifier="C"', 'responseIdentifier="C" patternMask="[a-z]+"')
    entry = one(qti(body=body), Q)
    assert "Gap 3 (line 6): The pattern of the field was left out." in entry.changes


def test_one_gap_alone_stays_a_text_with_a_gap_only_when_it_is_ours() -> None:
    ours: dict[str, Any] = item(qti(), Q)
    alone = {**ours, "text": "By {{c}}.", "gaps": ours["gaps"][2:]}
    written = formats.export_items([alone], Q, "Bank", render_prompt)
    assert take(written.data, Q).items == [alone]
    foreign = qti(MAPPED, '<p>By <textEntryInteraction responseIdentifier="C"/>.</p>', TEXT)
    assert item(foreign, Q)["type"] == "short_text"


def test_a_figure_stays_with_the_text() -> None:
    svg = SVG.replace(' xmlns="http://www.w3.org/2000/svg"', "")
    ours = {**item(qti(), Q), "figure": "figures/xx-lip.svg", "figure_alt": "A lip"}
    written = formats.export_items([{**ours, "figure_svg": svg}], Q, "Bank", render_prompt)
    report = take(written.data, Q)
    assert report.items == [ours]
    assert report.figures == {"figures/xx-lip.svg": SVG}


def test_an_export_names_what_qti_does_not_keep() -> None:
    ours: dict[str, Any] = item(qti(), Q)
    gaps = [*ours["gaps"][:2], {**ours["gaps"][2], "patterns": ["p.n"]}]
    written = formats.export_items([{**ours, "gaps": gaps, "text": ours["text"] + "\n\n."}], Q, "B", render_prompt)
    lost = written.lost["it-1"]
    assert "the patterns of the gap c" in lost
    assert "the spaces and empty lines of its text" in lost
    assert "no interaction" in reason(qti(body="<p>Nothing.</p>"), Q)
