"""Items as a QTI 3.0 content package: one file per item, figures, and the fields of the house as LOM keywords."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

from app.domain.assessment.exact import to_fraction
from app.domain.assessment.interchange import unheld
from app.domain.assessment.interchange.cloze import unkept
from app.domain.assessment.interchange.markup import from_html
from app.domain.assessment.interchange.moodle_writing import STYLED, drawing
from app.domain.assessment.interchange.packages import make_package
from app.domain.assessment.interchange.qti import MANIFEST, reread
from app.domain.assessment.interchange.qti_cloze_writing import gaps
from app.domain.assessment.interchange.qti_parts import Parts, float_of, modal, number, outcome, set_to
from app.domain.assessment.interchange.report import Refused, Written
from app.domain.assessment.interchange.tags import tags_of
from app.domain.assessment.interchange.xml_writing import HEAD, Xml, tag, xhtml
from app.domain.assessment.scoring import tolerance_interval

QTI = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
PACKAGE = "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1"
LOM = "http://ltsc.ieee.org/xsd/LOM"
_WIDTH = 400
_RADIUS = 14


def write(items: Iterable[Mapping[str, Any]], title: str, render: Callable[[str], str]) -> Written:
    """Return the items as a package. `render` makes HTML of a prompt."""
    files: dict[str, bytes] = {MANIFEST: b""}
    resources: list[Xml] = []
    lost: dict[str, list[str]] = {}
    left_out: dict[str, str] = {}
    for item in items:
        try:
            text, gone = _file(item, render)
            tags, untagged = tags_of(item)
            gone += _unkept(item, text, tags)
            drawn = [item, *(item["options"] if item["type"] == "picture_choice" else ())]
            figure = {row["figure"]: drawing(row) for row in drawn if row.get("figure")}
        except Refused as refused:
            left_out[item["id"]] = refused.reason
            continue
        path = f"items/{item['id']}.xml"
        files |= {path: text, **figure}
        resources.append(_resource(item["id"], path, [path, *figure], tags))
        gone += [f"the {key} (its characters)" for key in untagged] + ([STYLED] if figure else [])
        if gone:
            lost[item["id"]] = list(dict.fromkeys(gone))
    files[MANIFEST] = _manifest(title, resources)
    return Written(make_package(files), len(resources), lost, left_out)


def _unkept(item: Mapping[str, Any], text: bytes, tags: list[str]) -> list[str]:
    """What of a text with gaps does not come back, found by reading what was written."""
    if item["type"] != "cloze":
        return []
    found = reread(text, tuple(tags))
    if found.body is None:
        raise Refused(f"QTI cannot hold its gaps: {found.refusal}")
    return unkept(item, found.body)


def _manifest(title: str, resources: list[Xml]) -> bytes:
    held = tag(
        "manifest",
        tag("metadata", tag("schema", "QTI Package"), tag("schemaversion", "3.0.0"), tag("title", title)),
        tag("organizations"),
        tag("resources", *resources),
        xmlns=PACKAGE,
        identifier="manifest",
    )
    return f"{HEAD}{held}\n".encode()


def _resource(item_id: str, path: str, files: list[str], tags: list[str]) -> Xml:
    words = [tag("keyword", tag("string", one, language="en")) for one in tags]
    lom = tag("lom", tag("general", *words), xmlns=LOM)
    held = [tag("file", href=one) for one in files]
    metadata = tag("metadata", lom)
    return tag("resource", metadata, *held, identifier=f"res-{item_id}", type="imsqti_item_xmlv3p0", href=path)


def _file(item: Mapping[str, Any], render: Callable[[str], str]) -> tuple[bytes, list[str]]:
    unheld.check(unheld.QTI, item, _WRITERS)
    parts = _WRITERS[item["type"]](item)
    prompt = xhtml(from_html(render(item["prompt"])))
    picture = Xml("")
    if item.get("figure") and item["type"] != "hotspot":
        picture = tag("p", tag("img", src=f"../{item['figure']}", alt=item["figure_alt"]))
    outcomes = [
        outcome("SCORE", "single", "float", "0"),
        outcome("MAXSCORE", "single", "float", str(item.get("points", 1))),
        outcome("EXPLANATION", "single", "identifier", "shown"),
        outcome("FEEDBACK", parts.cardinality, "identifier"),
        *parts.outcomes,
    ]
    told = [modal("FEEDBACK", key, words) for key, words in parts.told.items() if words] + parts.modals
    told.append(modal("EXPLANATION", "shown", item.get("explanation", "")))
    whole = tag(
        "qti-assessment-item",
        parts.declaration,
        *outcomes,
        tag("qti-item-body", tag("div", prompt), picture, parts.interaction),
        tag("qti-response-processing", *parts.rules),
        *told,
        xmlns=QTI,
        identifier=item["id"],
        title=item["id"],
        adaptive="false",
        time_dependent="false",
    )
    return f"{HEAD}{whole}\n".encode(), parts.lost


def _declared(cardinality: str, base: str, key: Iterable[str], mapping: Xml | None = None) -> Xml:
    correct = tag("qti-correct-response", *(tag("qti-value", value) for value in key))
    inside = [correct] if mapping is None else [correct, mapping]
    return tag("qti-response-declaration", *inside, identifier="RESPONSE", cardinality=cardinality, base_type=base)


def _marks(entries: Mapping[str, Fraction], *, lower: Fraction | None = None, upper: Fraction | None = None) -> Xml:
    rows = [tag("qti-map-entry", map_key=key, mapped_value=number(mark)) for key, mark in entries.items()]
    low, high = (None if bound is None else number(bound) for bound in (lower, upper))
    return tag("qti-mapping", *rows, default_value="0", lower_bound=low, upper_bound=high)


_RESPONSE = tag("qti-variable", identifier="RESPONSE")
_KEY = tag("qti-correct", identifier="RESPONSE")
_MAPPED = tag("qti-map-response", identifier="RESPONSE")
_TELL = tag("qti-set-outcome-value", _RESPONSE, identifier="FEEDBACK")


def _all_or_nothing(points: int) -> Xml:
    right = tag("qti-response-if", tag("qti-match", _RESPONSE, _KEY), set_to("SCORE", float_of(points)))
    return tag("qti-response-condition", right, tag("qti-response-else", set_to("SCORE", float_of(0))))


def _choices(rows: Iterable[tuple[str, str]], most: int, shuffle: bool) -> Xml:
    held = [tag("qti-simple-choice", text, identifier=key) for key, text in rows]
    return tag(
        "qti-choice-interaction",
        *held,
        response_identifier="RESPONSE",
        max_choices=most,
        shuffle="true" if shuffle else "false",
    )


def _single(item: Mapping[str, Any]) -> Parts:
    rows, points = item["options"], item.get("points", 1)
    key = [row["id"] for row in rows if row.get("correct")]
    told = {row["id"]: row["feedback"] for row in rows}
    interaction = _choices([(row["id"], row["text"]) for row in rows], 1, item.get("shuffle", True))
    if item.get("scoring") != "weights":
        declared = _declared("single", "identifier", key)
        return Parts(declared, interaction, [_all_or_nothing(points), _TELL], told)
    marks = {row["id"]: to_fraction(row["weight"]) * points for row in rows}
    lower = None if item.get("negative") else Fraction(0)
    declared = _declared("single", "identifier", key, _marks(marks, lower=lower, upper=Fraction(points)))
    return Parts(declared, interaction, [set_to("SCORE", _MAPPED), _TELL], told)


def _pictures(item: Mapping[str, Any]) -> Parts:
    rows = item["options"]
    held = [
        tag("qti-simple-choice", tag("img", src=f"../{row['figure']}", alt=row["figure_alt"]), identifier=row["id"])
        for row in rows
    ]
    shuffle = "false" if item.get("shuffle") is False else "true"
    interaction = tag("qti-choice-interaction", *held, response_identifier="RESPONSE", max_choices=1, shuffle=shuffle)
    declared = _declared("single", "identifier", [row["id"] for row in rows if row.get("correct")])
    told = {row["id"]: row["feedback"] for row in rows}
    return Parts(declared, interaction, [_all_or_nothing(item.get("points", 1)), _TELL], told)


def _truth(item: Mapping[str, Any]) -> Parts:
    words = item["feedback"]
    told = {"true": words["when_true"], "false": words["when_false"]}
    declared = _declared("single", "identifier", [str(item["answer"]).lower()])
    interaction = _choices([("true", "True"), ("false", "False")], 1, False)
    return Parts(declared, interaction, [_all_or_nothing(item.get("points", 1)), _TELL], told)


def _multiple(item: Mapping[str, Any]) -> Parts:
    rows, points, scoring = item["options"], item.get("points", 1), item["scoring"]
    key = [row["id"] for row in rows if row.get("correct")]
    told = {row["id"]: row["feedback"] for row in rows}
    interaction = _choices([(row["id"], row["text"]) for row in rows], 0, item.get("shuffle", True))
    count, right = len(rows), len(key)
    # Each rule as a sum over the ticked options and a constant; what no sum can say is told in words.
    unit, constant = {
        "right_minus_wrong_options": (Fraction(2, count), Fraction(count - 2 * right, count)),
        "per_decision": (Fraction(1, count), Fraction(count - right, count)),
    }.get(scoring, (Fraction(1, right), Fraction(0)))
    marks = {row["id"]: (unit if row.get("correct") else -unit) * points for row in rows}
    if scoring == "weights":
        marks = {row["id"]: to_fraction(row["weight"]) * points for row in rows}
    lost = []
    if scoring in ("exact", "proportional_correct", "halves"):
        if scoring != "exact":
            lost.append(f"the scoring {scoring} (all or nothing is written)")
        declared = _declared("multiple", "identifier", key)
        return Parts(declared, interaction, [_all_or_nothing(points), _TELL], told, "multiple", lost)
    floor = -points if item.get("negative") else 0
    total = tag("qti-sum", _MAPPED, float_of(constant * points))
    score = tag("qti-min", tag("qti-max", total, float_of(floor)), float_of(points))
    mapping = _marks(marks)
    declared = _declared("multiple", "identifier", key, mapping)
    nothing = tag("qti-response-if", tag("qti-is-null", _RESPONSE), set_to("SCORE", float_of(0)))
    rule = tag("qti-response-condition", nothing, tag("qti-response-else", set_to("SCORE", score)))
    return Parts(declared, interaction, [rule, _TELL], told, "multiple")


def _ordering(item: Mapping[str, Any]) -> Parts:
    rows = item["entries"]
    held = [tag("qti-simple-choice", row["text"], identifier=row["id"]) for row in rows]
    interaction = tag("qti-order-interaction", *held, response_identifier="RESPONSE", shuffle="true")
    lost = []
    if item["scoring"] != "all_or_nothing":
        lost.append(f"the scoring {item['scoring']} (all or nothing is written; a keyword names the rule)")
    rules = [_all_or_nothing(item.get("points", 1))]
    rules.append(set_to("FEEDBACK", tag("qti-base-value", "order", base_type="identifier")))
    declared = _declared("ordered", "identifier", [row["id"] for row in rows])
    return Parts(declared, interaction, rules, {"order": item["feedback"]}, lost=lost)


def _matching(item: Mapping[str, Any]) -> Parts:
    rows, points = item["pairs"], item.get("points", 1)
    lefts = [tag("qti-simple-associable-choice", r["left"], identifier=f"l-{r['id']}", match_max=1) for r in rows]
    texts = [(f"r-{row['id']}", row["right"]) for row in rows]
    texts += [(f"x-{index}", text) for index, text in enumerate(item.get("distractors") or (), 1)]
    rights = [tag("qti-simple-associable-choice", text, identifier=key, match_max=len(rows)) for key, text in texts]
    sets = [tag("qti-simple-match-set", *lefts), tag("qti-simple-match-set", *rights)]
    interaction = tag(
        "qti-match-interaction", *sets, response_identifier="RESPONSE", max_associations=len(rows), shuffle="true"
    )
    pairs = [f"l-{row['id']} r-{row['id']}" for row in rows]
    lost = ["the feedback of its pairs"]
    if item["scoring"] == "exact":
        declared = _declared("multiple", "directedPair", pairs)
        return Parts(declared, interaction, [_all_or_nothing(points)], lost=lost)
    mapping = _marks(dict.fromkeys(pairs, Fraction(points, len(pairs))), lower=Fraction(0), upper=Fraction(points))
    return Parts(
        _declared("multiple", "directedPair", pairs, mapping), interaction, [set_to("SCORE", _MAPPED)], lost=lost
    )


def _tell(identifier: str) -> Xml:
    return set_to("FEEDBACK", tag("qti-base-value", identifier, base_type="identifier"))


def _numeric(item: Mapping[str, Any]) -> Parts:
    answer, tolerance, words = to_fraction(item["answer"]), item["tolerance"], item["feedback"]
    low, high = tolerance_interval(answer, tolerance["kind"], to_fraction(tolerance["value"]))
    reach = (high - low) / 2
    told = {"right": words["correct"], "wrong": words["wrong"]}

    def within(centre: Xml, below: Fraction, above: Fraction) -> Xml:
        width = f"{number(below)} {number(above)}"
        return tag("qti-equal", centre, _RESPONSE, tolerance_mode="absolute", tolerance=width)

    right = within(_KEY, answer - low, high - answer)
    branches = [tag("qti-response-if", right, set_to("SCORE", float_of(item.get("points", 1))), _tell("right"))]
    for index, row in enumerate(item.get("common_errors") or (), 1):
        told[f"error-{index}"] = row["feedback"]
        value = float_of(to_fraction(row["value"]))
        branches.append(tag("qti-response-else-if", within(value, reach, reach), _tell(f"error-{index}")))
    branches.append(tag("qti-response-else", _tell("wrong")))
    lost = ["the unit (a keyword names it)"] if item.get("unit") else []
    interaction = tag("p", tag("qti-text-entry-interaction", response_identifier="RESPONSE", expected_length=12))
    declared = _declared("single", "float", [number(answer)])
    return Parts(declared, interaction, [tag("qti-response-condition", *branches)], told, lost=lost)


def _short(item: Mapping[str, Any]) -> Parts:
    words, case = item["feedback"], "true" if item.get("case_sensitive") else "false"
    told = {"right": words["correct"], "wrong": words["wrong"]}

    def is_text(text: str) -> Xml:
        value = tag("qti-base-value", text, base_type="string")
        return tag("qti-string-match", _RESPONSE, value, case_sensitive=case)

    anyone = tag("qti-or", *(is_text(text) for text in item["accepted"]))
    branches = [tag("qti-response-if", anyone, set_to("SCORE", float_of(item.get("points", 1))), _tell("right"))]
    lost = ["its patterns"] if item.get("patterns") else []
    for index, row in enumerate(item.get("common_errors") or (), 1):
        if row.get("text"):
            told[f"error-{index}"] = row["feedback"]
            branches.append(tag("qti-response-else-if", is_text(row["text"]), _tell(f"error-{index}")))
        else:
            lost.append("a wrong answer named by a pattern")
    branches.append(tag("qti-response-else", _tell("wrong")))
    interaction = tag("p", tag("qti-text-entry-interaction", response_identifier="RESPONSE", expected_length=30))
    declared = _declared("single", "string", [item["accepted"][0]])
    return Parts(declared, interaction, [tag("qti-response-condition", *branches)], told, lost=lost)


def _hotspot(item: Mapping[str, Any]) -> Parts:
    height = _height(item)
    rows = sorted(item["regions"], key=lambda row: str(row["label"]))
    held = []
    for row in rows:
        x, y = round(to_fraction(row["x"]) * _WIDTH), round(to_fraction(row["y"]) * height)
        held.append(
            tag(
                "qti-hotspot-choice",
                identifier=row["id"],
                shape="circle",
                coords=f"{x},{y},{_RADIUS}",
                hotspot_label=row["text"],
            )
        )
    picture = tag(
        "object",
        item["figure_alt"],
        data=f"../{item['figure']}",
        type="image/svg+xml",
        width=_WIDTH,
        height=height,
    )
    interaction = tag("qti-hotspot-interaction", picture, *held, response_identifier="RESPONSE", max_choices=1)
    declared = _declared("single", "identifier", [row["id"] for row in rows if row.get("correct")])
    told = {row["id"]: row["feedback"] for row in rows}
    return Parts(declared, interaction, [_all_or_nothing(item.get("points", 1)), _TELL], told)


def _height(item: Mapping[str, Any]) -> int:
    box = str(item.get("figure_svg") or "").partition('viewBox="')[2].partition('"')[0].replace(",", " ").split()
    try:
        return int(float(box[3]))
    except (IndexError, ValueError):
        raise Refused("Its figure is not at hand.") from None


_WRITERS: dict[str, Callable[[Mapping[str, Any]], Parts]] = {
    "single_choice": _single,
    "multiple_response": _multiple,
    "true_false": _truth,
    "matching": _matching,
    "numeric": _numeric,
    "short_text": _short,
    "ordering": _ordering,
    "hotspot": _hotspot,
    "cloze": gaps,
    "picture_choice": _pictures,
}
