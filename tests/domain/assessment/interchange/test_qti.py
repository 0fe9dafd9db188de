"""QTI 2.1, 2.2 and 3.0: what an answer pays is found by running the item's own response processing."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from app.domain.assessment.interchange.formats import Format
from app.domain.assessment.interchange.report import Outcome, Report
from tests.domain.assessment.interchange.importing import SVG, item, one, reason, shares, take

Q = Format.QTI
V2 = "http://www.imsglobal.org/xsd/imsqti_v2p1"
V3 = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
MATCH = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"
MAP = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/map_response"


def declared(
    key: str = "<value>A</value>", cardinality: str = "single", base: str = "identifier", more: str = ""
) -> str:
    correct = f"<correctResponse>{key}</correctResponse>" if key else ""
    return (
        f'<responseDeclaration identifier="RESPONSE" cardinality="{cardinality}" baseType="{base}">'
        f"{correct}{more}</responseDeclaration>"
        '<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>'
    )


def mapping(entries: dict[str, str], **bounds: str) -> str:
    rows = "".join(f'<mapEntry mapKey="{key}" mappedValue="{value}"/>' for key, value in entries.items())
    given = "".join(f' {name}="{value}"' for name, value in bounds.items())
    return f'<mapping defaultValue="0"{given}>{rows}</mapping>'


def choices(letters: str = "ABCD", most: int = 1, tag: str = "simpleChoice") -> str:
    rows = "".join(f'<{tag} identifier="{letter}">Text {letter}</{tag}>' for letter in letters)
    return (
        f'<choiceInteraction responseIdentifier="RESPONSE" shuffle="true" maxChoices="{most}">'
        f"<prompt>Which one?</prompt>{rows}</choiceInteraction>"
    )


def v2(declarations: str, body: str, processing: str = MATCH, attributes: str = "", after: str = "") -> str:
    rules = f'<responseProcessing template="{processing}"/>' if processing.startswith("http") else processing
    return (
        f'<?xml version="1.0"?>\n<assessmentItem xmlns="{V2}" identifier="it-1" title="T" adaptive="false" '
        f'timeDependent="false"{attributes}>\n{declarations}<itemBody>{body}</itemBody>{rules}{after}</assessmentItem>'
    )


def rules(*inside: str) -> str:
    return f"<responseProcessing>{''.join(inside)}</responseProcessing>"


def test_a_single_choice_of_version_2() -> None:
    entry = one(v2(declared(), choices()), Q)
    assert (entry.item_id, entry.name, entry.line) == ("it-1", "T", 2)
    assert entry.item is not None
    assert entry.item["prompt"] == "Which one?"
    assert [row["correct"] for row in entry.item["options"]] == [True, False, False, False]


def test_the_same_item_of_version_3() -> None:
    text = f"""<qti-assessment-item xmlns="{V3}" identifier="it-1" title="T" adaptive="false" time-dependent="false">
      <qti-response-declaration identifier="RESPONSE" cardinality="single" base-type="identifier">
        <qti-correct-response><qti-value>A</qti-value></qti-correct-response></qti-response-declaration>
      <qti-outcome-declaration identifier="SCORE" cardinality="single" base-type="float"/>
      <qti-item-body><qti-choice-interaction response-identifier="RESPONSE" shuffle="true" max-choices="1">
        <qti-prompt>Which one?</qti-prompt>
        {"".join(f'<qti-simple-choice identifier="{c}">Text {c}</qti-simple-choice>' for c in "ABCD")}
      </qti-choice-interaction></qti-item-body>
      <qti-response-processing
        template="https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml"/></qti-assessment-item>"""
    assert item(text, Q) == item(v2(declared(), choices()), Q)


def test_inline_rules_that_say_the_same_as_a_template() -> None:
    told = rules(
        "<responseCondition><responseIf>"
        '<match><variable identifier="RESPONSE"/><correct identifier="RESPONSE"/></match>'
        '<setOutcomeValue identifier="SCORE"><baseValue baseType="float">3</baseValue></setOutcomeValue></responseIf>'
        '<responseElse><setOutcomeValue identifier="SCORE"><baseValue baseType="float">0</baseValue></setOutcomeValue>'
        "</responseElse></responseCondition>"
    )
    found = item(v2(declared(), choices(), told), Q)
    assert found["points"] == 3
    assert found["options"] == item(v2(declared(), choices()), Q)["options"]


def test_the_declared_key_is_not_taken_for_the_maximum() -> None:
    more = mapping({"A": "1", "B": "2"})
    assert "“B” earns more than the declared key" in reason(v2(declared(more=more), choices(), MAP), Q)
    assert "earns nothing" in reason(v2(declared("<value>C</value>", more=more), choices(), MAP), Q)


def test_a_mapping_gives_the_key_where_none_is_declared_and_keeps_partial_marks() -> None:
    found = item(v2(declared("", more=mapping({"B": "2", "C": "1", "D": "-1"})), choices(), MAP), Q)
    assert found["points"] == 2
    assert (found["scoring"], found["negative"]) == ("weights", True)
    assert shares(found) == {"Text A": 0.0, "Text B": 1.0, "Text C": 0.5, "Text D": -0.5}


AB = "<value>A</value><value>B</value>"


@pytest.mark.parametrize(
    ("more", "processing", "scoring"),
    [
        ("", MATCH, "exact"),
        (mapping({"A": "1", "B": "1", "C": "-1", "D": "-1"}, lowerBound="0"), MAP, "right_minus_wrong_correct"),
        (mapping({"A": "1", "B": "1", "C": "-1.5", "D": "-1"}, lowerBound="0"), MAP, "weights"),
        (mapping({"A": "1", "B": "1", "C": "-2", "D": "-2"}, lowerBound="0"), MAP, "proportional_correct"),
        (mapping({"A": "1", "B": "1", "C": "-1", "D": "-1"}), MAP, "right_minus_wrong_correct"),
    ],
)
def test_the_scoring_of_a_multiple_response_is_found_by_trying_every_answer(
    more: str, processing: str, scoring: str
) -> None:
    entry = one(v2(declared(AB, "multiple", more=more), choices(most=0), processing), Q)
    assert entry.item is not None
    assert entry.item["scoring"] == scoring
    assert entry.item.get("negative", False) is (more != "" and "lowerBound" not in more)
    assert not any("follow none" in change for change in entry.changes)


def test_marks_that_follow_no_rule_are_named() -> None:
    more = mapping({"A": "1", "B": "1"})  # whoever ticks everything earns all
    entry = one(v2(declared(AB, "multiple", more=more), choices(most=0), MAP), Q)
    assert entry.item is not None
    assert entry.item["scoring"] == "right_minus_wrong_correct"
    assert any("follow none of our rules" in change for change in entry.changes)


def test_true_and_false() -> None:
    rows = '<simpleChoice identifier="t">True</simpleChoice><simpleChoice identifier="f">False</simpleChoice>'
    body = f'<p>Gloves are sterile.</p><choiceInteraction responseIdentifier="RESPONSE" maxChoices="1">{rows}'
    found = item(v2(declared("<value>f</value>"), f"{body}</choiceInteraction>"), Q)
    assert (found["type"], found["answer"], found["prompt"]) == ("true_false", False, "Gloves are sterile.")


def ordering(letters: str) -> str:
    rows = "".join(f'<simpleChoice identifier="{c}">Step {c}</simpleChoice>' for c in letters)
    return f'<p>Put in order</p><orderInteraction responseIdentifier="RESPONSE">{rows}</orderInteraction>'


def test_an_order_stands_in_the_right_order() -> None:
    key = "".join(f"<value>{c}</value>" for c in "CABD")
    found = item(v2(declared(key, "ordered"), ordering("ABCD")), Q)
    assert [row["text"] for row in found["entries"]] == ["Step C", "Step A", "Step B", "Step D"]
    assert found["scoring"] == "all_or_nothing"
    short = "".join(f"<value>{c}</value>" for c in "CA")
    assert "every entry" in reason(v2(declared(short, "ordered"), ordering("ABCD")), Q)


def match(rights: str = "XYZW") -> str:
    def side(letters: str) -> str:
        rows = "".join(
            f'<simpleAssociableChoice identifier="{c}" matchMax="1">Side {c}</simpleAssociableChoice>' for c in letters
        )
        return f"<simpleMatchSet>{rows}</simpleMatchSet>"

    return f'<p>Match</p><matchInteraction responseIdentifier="RESPONSE">{side("ABC")}{side(rights)}</matchInteraction>'


PAIRS = "<value>A X</value><value>B Y</value><value>C Z</value>"


@pytest.mark.parametrize(
    ("more", "processing", "scoring"),
    [("", MATCH, "exact"), (mapping({"A X": "1", "B Y": "1", "C Z": "1"}), MAP, "per_pair")],
)
def test_pairs_with_a_distractor(more: str, processing: str, scoring: str) -> None:
    found = item(v2(declared(PAIRS, "multiple", "directedPair", more), match(), processing), Q)
    assert found["scoring"] == scoring
    assert [(row["left"], row["right"]) for row in found["pairs"]] == [
        ("Side A", "Side X"),
        ("Side B", "Side Y"),
        ("Side C", "Side Z"),
    ]
    assert found["distractors"] == ["Side W"]


ENTRY = '<p>How many? <textEntryInteraction responseIdentifier="RESPONSE" expectedLength="5"/> mg</p>'


def test_a_number_in_a_sentence_with_a_tolerance() -> None:
    told = rules(
        '<responseCondition><responseIf><equal toleranceMode="relative" tolerance="10 10">'
        '<correct identifier="RESPONSE"/><variable identifier="RESPONSE"/></equal>'
        '<setOutcomeValue identifier="SCORE"><baseValue baseType="float">1</baseValue></setOutcomeValue>'
        "</responseIf></responseCondition>"
    )
    found = item(v2(declared("<value>20</value>", base="float"), ENTRY, told), Q)
    assert (found["answer"], found["tolerance"]) == (20, {"kind": "nominal", "value": 2})
    assert found["prompt"] == r"How many? \_\_\_\_\_ mg"


def test_words_with_a_mapping_and_their_case() -> None:
    more = (
        '<mapping defaultValue="0"><mapEntry mapKey="York" mappedValue="1" caseSensitive="false"/>'
        '<mapEntry mapKey="Yorck" mappedValue="0.5" caseSensitive="false"/></mapping>'
    )
    entry = one(v2(declared("<value>York</value>", base="string", more=more), ENTRY, MAP), Q)
    assert entry.item is not None
    assert (entry.item["accepted"], entry.item["case_sensitive"]) == (["York"], False)
    assert "“Yorck” paid 50%; it pays nothing now." in entry.changes
    assert item(v2(declared("<value>York</value>", base="string"), ENTRY), Q)["case_sensitive"] is True


def test_a_list_in_a_sentence_is_a_single_choice() -> None:
    rows = "".join(f'<inlineChoice identifier="{c}">word {c}</inlineChoice>' for c in "ABC")
    body = f'<p>Take <inlineChoiceInteraction responseIdentifier="RESPONSE">{rows}</inlineChoiceInteraction> now.</p>'
    entry = one(v2(declared(), body), Q)
    assert entry.item is not None
    assert (entry.item["type"], entry.item["prompt"]) == ("single_choice", r"Take \_\_\_\_\_ now.")
    assert any("list in the text" in change for change in entry.changes)


def test_feedback_finds_its_option_and_what_all_read_is_the_explanation() -> None:
    outcome = '<outcomeDeclaration identifier="FEEDBACK" cardinality="single" baseType="identifier"/>'
    told = rules(
        '<setOutcomeValue identifier="SCORE"><mapResponse identifier="RESPONSE"/></setOutcomeValue>'
        '<setOutcomeValue identifier="FEEDBACK"><variable identifier="RESPONSE"/></setOutcomeValue>'
    )
    after = "".join(
        f'<modalFeedback outcomeIdentifier="FEEDBACK" identifier="{c}" showHide="show">About {c}</modalFeedback>'
        for c in "ABCDZ"
    )
    after += '<modalFeedback outcomeIdentifier="FEEDBACK" identifier="never" showHide="hide">For all.</modalFeedback>'
    entry = one(v2(declared(more=mapping({"A": "1"})) + outcome, choices(), told, after=after), Q)
    assert entry.item is not None
    assert [row["feedback"] for row in entry.item["options"]] == [f"About {c}" for c in "ABCD"]
    assert entry.item["explanation"] == "For all."
    assert entry.changes == ("Feedback without a place was left out: “About Z” (1 in all).",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (v2(declared(), "<p>Read.</p>"), "no interaction"),
        (v2(declared(), choices() + choices()), "2 answers at once"),
        (v2(declared(), choices().replace("choiceInteraction", "gapMatchInteraction")), "gap-match are not held"),
        (v2(declared(), choices().replace("choiceInteraction", "extendedTextInteraction")), "extended-text"),
        (v2("", choices()), "no response declaration"),
        (v2(declared("<value>Z</value>"), choices()), "none of its options"),
        (v2(declared(), choices("AABC")), "identifiers that differ"),
        (v2(declared(), choices(), "https://example.org/magic.xml"), "magic is not known"),
        (v2(declared(), choices(), MAP), "mapping of answers to marks, which is missing"),
        (v2(declared(), choices(), "<responseProcessing/>"), "empty"),
        (v2(declared(), choices(), ""), "no response processing"),
        (v2(declared(), choices(), rules("<lookupOutcomeValue/>")), "<lookup-outcome-value>"),
        (
            v2(declared(), choices(), rules('<setOutcomeValue identifier="SCORE"><random/></setOutcomeValue>')),
            "<random>",
        ),
        (
            v2(declared(), choices(), attributes=' adaptive2="x"').replace('adaptive="false"', 'adaptive="true"'),
            "adaptive",
        ),
        (v2('<templateDeclaration identifier="x"/>' + declared(), choices()), "at random"),
        (v2('<assessmentStimulusRef href="s.xml"/>' + declared(), choices()), "stimulus"),
        (v2(declared(AB, "multiple"), choices("ABC", 0)), "3 options"),
    ],
)
def test_what_cannot_be_held_is_refused_by_name(text: str, said: str) -> None:
    assert said in reason(text, Q)


@pytest.mark.parametrize(
    ("text", "said"),
    [("<questestinterop/>", "QTI 1.2"), (f'<assessmentTest xmlns="{V2}"/>', "begins with assessment-item")],
)
def test_other_files_are_a_fault(text: str, said: str) -> None:
    (fault,) = take(text, Q).faults
    assert said in fault.sentence


def package(files: dict[str, str | bytes], resources: str) -> bytes:
    manifest = (
        f'<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"><resources>{resources}</resources></manifest>'
    )
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, data in {"imsmanifest.xml": manifest, **files}.items():
            archive.writestr(name, data)
    return held.getvalue()


def resource(href: str, kind: str = "imsqti_item_xmlv2p1", tags: tuple[str, ...] = ()) -> str:
    words = "".join(f"<keyword><langstring>{tag}</langstring></keyword>" for tag in tags)
    lom = f"<metadata><lom><general>{words}</general></lom></metadata>"
    return f'<resource identifier="r" type="{kind}" href="{href}">{lom}</resource>'


def hotspot(picture: str = "../pics/lip.svg", shape: str = "circle") -> str:
    coords = {"circle": "{x},100,9", "rect": "{x},90,{x},110", "poly": "{x},90,{x},110,{x},100"}[shape]
    rows = "".join(
        f'<hotspotChoice identifier="{c}" shape="{shape}" coords="{coords.format(x=x)}" hotspotLabel="Spot {c}"/>'
        for c, x in zip("ABC", (40, 200, 300), strict=True)
    )
    return (
        f'<hotspotInteraction responseIdentifier="RESPONSE" maxChoices="1"><prompt>Where?</prompt>'
        f'<object data="{picture}" type="image/svg+xml" width="400" height="200">A lip</object>'
        f"{rows}</hotspotInteraction>"
    )


def packed(body: str, files: dict[str, str | bytes] | None = None) -> Report:
    held: dict[str, str | bytes] = {"items/a.xml": v2(declared(), body), **(files or {})}
    return take(package(held, resource("items/a.xml", tags=("step:numbing", "mine"))), Q, "mine = difficulty:2")


@pytest.mark.parametrize("shape", ["circle", "rect", "poly"])
def test_a_hotspot_on_a_drawing_of_the_package(shape: str) -> None:
    report = packed(hotspot(shape=shape), {"pics/lip.svg": SVG})
    (found,) = report.items
    assert (found["type"], found["step"], found["difficulty"]) == ("hotspot", "numbing", 2)
    assert (found["figure"], found["figure_alt"]) == ("figures/xx-lip.svg", "A lip")
    assert [(r["label"], r["x"], r["y"], r["text"], r["correct"]) for r in found["regions"]] == [
        ("A", 0.1, 0.5, "Spot A", True),
        ("B", 0.5, 0.5, "Spot B", False),
        ("C", 0.75, 0.5, "Spot C", False),
    ]
    assert report.figures == {"figures/xx-lip.svg": SVG}


@pytest.mark.parametrize(
    ("files", "picture", "said"),
    [
        ({}, "../pics/lip.svg", "not in the file"),
        ({"pics/lip.svg": "<svg onload='x()'/>"}, "../pics/lip.svg", "by our rules"),
        ({"pics/lip.svg": SVG}, "../../../etc/passwd", "not in the file"),
        ({"pics/lip.svg": SVG}, "https://example.org/lip.svg", "not in the file"),
    ],
)
def test_a_hotspot_without_a_usable_drawing_is_refused(files: dict[str, Any], picture: str, said: str) -> None:
    (entry,) = packed(hotspot(picture), files).entries
    assert entry.outcome is Outcome.REFUSED
    assert said in entry.reason


def test_a_package_names_what_it_does_not_use() -> None:
    held: dict[str, str | bytes] = {
        "a.xml": v2(declared(), choices()),
        "broken.xml": "<assessmentItem",
        "test.xml": "<assessmentTest/>",
        "film.mp4": b"x",
    }
    parts = (
        resource("a.xml") + resource("broken.xml") + resource("gone.xml") + resource("test.xml", "imsqti_test_xmlv2p1")
    )
    report = take(package(held, parts), Q)
    assert [entry.outcome for entry in report.entries] == [Outcome.CHANGED, Outcome.REFUSED, Outcome.REFUSED]
    assert "well-formed" in report.entries[1].reason
    assert "does not hold it" in report.entries[2].reason
    assert any("A test" in remark for remark in report.remarks)
    assert any(".mp4" in remark for remark in report.remarks)
