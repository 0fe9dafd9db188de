"""Items as Moodle XML. What Moodle has no field for stands in tags, which our reader understands."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from app.domain.assessment.exact import decimal_text, to_fraction
from app.domain.assessment.interchange import moodle, moodle_cloze, unheld
from app.domain.assessment.interchange.cloze import unkept
from app.domain.assessment.interchange.figures import Figures
from app.domain.assessment.interchange.gift_writing import rule_lost, shares_of
from app.domain.assessment.interchange.moodle import GRADING
from app.domain.assessment.interchange.report import Reading, Refused, Written
from app.domain.assessment.interchange.tags import tags_of
from app.domain.assessment.interchange.xml_writing import HEAD, Xml, tag
from app.domain.assessment.scoring import tolerance_interval

SVG = "http://www.w3.org/2000/svg"
_PLACES = 12
STYLED = "the colors of its figure (they come from our style sheet)"


def write(items: Iterable[Mapping[str, Any]], category: str, render: Callable[[str], str]) -> Written:
    """Return the items as Moodle XML. `render` makes HTML of a prompt where a figure stands with it."""
    questions: list[Xml] = []
    lost: dict[str, list[str]] = {}
    left_out: dict[str, str] = {}
    if category:
        questions.append(tag("question", tag("category", tag("text", f"$course$/{category}")), type="category"))
    exported = 0
    for item in items:
        try:
            question, gone = _question(item, render)
        except Refused as refused:
            left_out[item["id"]] = refused.reason
            continue
        exported += 1
        questions.append(question)
        if gone:
            lost[item["id"]] = gone
    body = Xml("".join(f"\n{question}" for question in questions) + "\n")
    return Written(f"{HEAD}{tag('quiz', body)}\n".encode(), exported, lost, left_out)


def drawing(item: Mapping[str, Any]) -> bytes:
    """Return the figure of an item as a file; raises Refused when the item does not carry it."""
    markup = str(item.get("figure_svg") or "")
    if not markup.startswith("<svg"):
        raise Refused("Its figure is not at hand.")
    return markup.replace("<svg", f'<svg xmlns="{SVG}"', 1).encode()


def _plain(name: str, words: str, **attributes: str) -> Xml:
    return tag(name, tag("text", words), format="plain_text", **attributes)


def _question(item: Mapping[str, Any], render: Callable[[str], str]) -> tuple[Xml, list[str]]:
    unheld.check(unheld.MOODLE, item, _WRITERS)
    kind, writer = _WRITERS[item["type"]]
    tags, gone = tags_of(item)
    gone = [f"the {key} (a tag cannot hold its characters)" for key in gone]
    if item.get("figure"):
        gone.append(STYLED)
    prompt = _prompt(item, render, gone)
    parts = [
        tag("name", tag("text", item["id"])),
        prompt,
        _plain("generalfeedback", item.get("explanation", "")),
        *([] if kind == "cloze" else [tag("defaultgrade", str(item.get("points", 1)))]),
        tag("penalty", "0"),
        tag("hidden", "0"),
        tag("idnumber", item["id"]),
        *writer(item, gone),
        tag("tags", *(tag("tag", tag("text", one)) for one in tags)),
    ]
    whole = tag("question", *parts, type=kind)
    return whole, list(dict.fromkeys([*gone, *(_unkept(item, whole) if kind == "cloze" else [])]))


def _unkept(item: Mapping[str, Any], question: Xml) -> list[str]:
    """What of a text with gaps does not come back, found by reading what was written."""
    figures = Figures(lambda _svg: [], "x")
    reading = moodle.read(f"{HEAD}{tag('quiz', question)}".encode(), figures, Reading())
    (found,) = reading.questions
    if found.body is None:
        raise Refused(f"Moodle XML cannot hold its gaps: {found.refusal}")
    return unkept(item, found.body)


def _prompt(item: Mapping[str, Any], render: Callable[[str], str], gone: list[str]) -> Xml:
    """The text of the question: our Markdown, and HTML where a figure stands with it."""
    shown = render if item.get("figure") else None
    if item["type"] == "cloze":
        text = moodle_cloze.text_of(item, gone, shown)
    else:
        text = shown(item["prompt"]) if shown else item["prompt"]
    return _with_figure(item, text) if shown else tag("questiontext", tag("text", text), format="markdown")


def _with_figure(item: Mapping[str, Any], text: str) -> Xml:
    name = item["figure"].rpartition("/")[2]
    picture = tag("img", src=f"@@PLUGINFILE@@/{name}", alt=item["figure_alt"])
    held = base64.b64encode(drawing(item)).decode()
    file = tag("file", held, name=name, path="/", encoding="base64")
    return tag("questiontext", tag("text", f"{text}<p>{picture}</p>"), file, format="html")


def _answer(row: Mapping[str, Any], fraction: str) -> Xml:
    return tag(
        "answer",
        tag("text", row["text"]),
        _plain("feedback", row["feedback"]),
        fraction=fraction,
        format="plain_text",
    )


def _shuffle(item: Mapping[str, Any]) -> Xml:
    return tag("shuffleanswers", "false" if item.get("shuffle") is False else "true")


def _single(item: Mapping[str, Any], gone: list[str]) -> list[Xml]:
    weighted = item.get("scoring") == "weights"
    shares = shares_of(item) if weighted else {}
    rows = [_answer(row, shares.get(row["id"], "100" if row.get("correct") else "0")) for row in item["options"]]
    return [tag("single", "true"), _shuffle(item), *rows]


def _multiple(item: Mapping[str, Any], gone: list[str]) -> list[Xml]:
    gone += rule_lost(item)
    shares = shares_of(item)
    return [tag("single", "false"), _shuffle(item), *(_answer(row, shares[row["id"]]) for row in item["options"])]


def _short(item: Mapping[str, Any], gone: list[str]) -> list[Xml]:
    words = item["feedback"]
    rows = [(text, "100", words["correct"]) for text in item["accepted"]]
    for error in item.get("common_errors") or ():
        if error.get("text"):
            rows.append((error["text"], "0", error["feedback"]))
        else:
            gone.append("a wrong answer named by a pattern")
    if item.get("patterns"):
        gone.append("its patterns")
    answers = [_answer({"text": text.replace("*", "\\*"), "feedback": said}, share) for text, share, said in rows]
    other = _answer({"text": "*", "feedback": words["wrong"]}, "0")
    return [tag("usecase", "1" if item.get("case_sensitive") else "0"), *answers, other]


def _essay(item: Mapping[str, Any], gone: list[str]) -> list[Xml]:
    gone.append("its rubric")
    limits = item["words"]
    return [
        tag("responseformat", "plain"),
        tag("responserequired", "1"),
        tag("minwordlimit", str(limits["min"])),
        tag("maxwordlimit", str(limits["max"])),
        _plain("graderinfo", item["model"]),
    ]


def _truth(item: Mapping[str, Any], gone: list[str]) -> list[Xml]:
    words = item["feedback"]
    rows = (("true", item["answer"], words["when_true"]), ("false", not item["answer"], words["when_false"]))
    return [_answer({"text": text, "feedback": said}, "100" if right else "0") for text, right, said in rows]


def _matching(item: Mapping[str, Any], gone: list[str]) -> list[Xml]:
    gone.append("the feedback of its pairs")
    rows = [(row["left"], row["right"]) for row in item["pairs"]]
    rows += [("", text) for text in item.get("distractors") or ()]
    subs = [
        tag("subquestion", tag("text", left), tag("answer", tag("text", right)), format="plain_text")
        for left, right in rows
    ]
    return [tag("shuffleanswers", "true"), *subs]


def _numeric(item: Mapping[str, Any], gone: list[str]) -> list[Xml]:
    answer, tolerance = to_fraction(item["answer"]), item["tolerance"]
    low, high = tolerance_interval(answer, tolerance["kind"], to_fraction(tolerance["value"]))
    if tolerance["kind"] != "nominal":
        gone.append(f"the tolerance as {tolerance['kind']} (its bounds are written; a tag names the rule)")
    reach = _number((high - low) / 2)
    words = item["feedback"]
    rows = [(_number((low + high) / 2), "100", words["correct"])]
    rows += [(_number(to_fraction(row["value"])), "0", row["feedback"]) for row in item.get("common_errors") or ()]
    rows.append(("*", "0", words["wrong"]))
    answers = [
        tag(
            "answer",
            tag("text", value),
            _plain("feedback", said),
            tag("tolerance", "0" if value == "*" else reach),
            fraction=fraction,
            format="plain_text",
        )
        for value, fraction, said in rows
    ]
    if not item.get("unit"):
        return answers
    unit = tag("unit", tag("multiplier", "1"), tag("unit_name", item["unit"]))
    return [*answers, tag("units", unit), tag("unitgradingtype", "0"), tag("showunits", "3")]


def _number(value: Any) -> str:
    return decimal_text(value, _PLACES)


def _ordering(item: Mapping[str, Any], gone: list[str]) -> list[Xml]:
    rows = [
        tag("answer", tag("text", row["text"]), fraction=f"{place}.0000000", format="plain_text")
        for place, row in enumerate(item["entries"], 1)
    ]
    head = [tag("layouttype", "VERTICAL"), tag("selecttype", "ALL"), tag("selectcount", str(len(rows)))]
    head.append(_plain("incorrectfeedback", item["feedback"]))
    return [*head, tag("gradingtype", GRADING[item["scoring"]][0]), tag("showgrading", "SHOW"), *rows]


_WRITERS: dict[str, tuple[str, Callable[[Mapping[str, Any], list[str]], list[Xml]]]] = {
    "single_choice": ("multichoice", _single),
    "multiple_response": ("multichoice", _multiple),
    "true_false": ("truefalse", _truth),
    "matching": ("matching", _matching),
    "numeric": ("numerical", _numeric),
    "ordering": ("ordering", _ordering),
    "short_text": ("shortanswer", _short),
    "essay": ("essay", _essay),
    "cloze": ("cloze", lambda _item, _gone: []),
}
