"""Items of every type that a format can hold, drawn at random, for the tests of export and import."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from app.domain.assessment.interchange.text_forms import markdown_from_plain
from app.domain.assessment.wording import tidy

_ANY = st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"])
_TELLING = st.sampled_from(
    [*":#={}~%\\*_[]<>&\"'|-/`^+.,()$!?", "->", "&amp;", "<b>", "A. ", "%50%", "//", "::", "1. ", "# "]
)


def _line(pieces: list[str]) -> str:
    return " ".join("".join(pieces).split())


lines = (
    st.lists(st.one_of(_ANY, _TELLING, st.sampled_from(["lip", " glove ", " "])), min_size=1, max_size=12)
    .map(_line)
    .filter(bool)
)
plain_prompts = lines.map(markdown_from_plain).filter(bool)
marked_prompts = st.sampled_from(
    [
        "One **bold** and one *slanted* word.",
        "First line  \nsecond line\n\nA paragraph.",
        "Look:\n\n- one\n- two\n\nThen?",
        "Steps:\n\n1. wash\n2. dry",
        "> A quote\n\nWhat of it?",
        "Use `code` here.",
        "| a | b |\n| --- | --- |\n| 1 | 2 |",
    ]
)
prompts = st.one_of(plain_prompts, marked_prompts)


def differing(count: int) -> st.SearchStrategy[list[str]]:
    """So many lines that differ also without case."""
    return st.lists(lines, min_size=count, max_size=count, unique_by=str.casefold)


@st.composite
def fronts(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """The fields that all types have."""
    return {
        "id": draw(st.from_regex(r"[a-z]{1,4}-[0-9]{1,3}", fullmatch=True)),
        "type": kind,
        "step": draw(st.sampled_from(["hygiene", "numbing", "lip-mapping"])),
        "topic": draw(st.sampled_from(["hygiene", "color", "technique"])),
        "objective": "obj-own",
        "difficulty": draw(st.integers(1, 3)),
        "safety": draw(st.booleans()),
        "points": draw(st.integers(1, 20)),
        "lesson": "own-lesson",
        "source": draw(st.sampled_from(["P14", "NEHA 8.2 [R22]; p. 3", "A & B: “c”"])),
        "prompt": draw(prompts),
        "explanation": draw(lines),
    }


def _rows(texts: list[str], says: list[str], right: set[int]) -> list[dict[str, Any]]:
    return [
        {"id": chr(ord("a") + i), "text": text, "correct": i in right, "feedback": said}
        for i, (text, said) in enumerate(zip(texts, says, strict=True))
    ]


@st.composite
def single_choices(draw: st.DrawFn) -> dict[str, Any]:
    count = draw(st.integers(3, 5))
    right = draw(st.integers(0, count - 1))
    says = draw(st.lists(lines, min_size=count, max_size=count))
    rows = _rows(draw(differing(count)), says, {right})
    item = {**draw(fronts("single_choice")), "shuffle": draw(st.booleans()), "options": rows}
    if draw(st.booleans()):
        weights = draw(st.lists(st.sampled_from([0.5, 0.25, 0.0, "1/3", -0.5]), min_size=count, max_size=count))
        if set(weights) != {0.0}:
            for index, row in enumerate(rows):
                row["weight"] = 1.0 if index == right else weights[index]
            if any(row["weight"] != 0.0 for row in rows if not row["correct"]):
                negative = {"negative": True} if any(row["weight"] == -0.5 for row in rows) else {}
                return {**item, "scoring": "weights", **negative}
            for row in rows:
                del row["weight"]
    return item


@st.composite
def multiple_responses(draw: st.DrawFn) -> dict[str, Any]:
    count = draw(st.integers(4, 6))
    right = draw(st.integers(1, count - 1))
    says = draw(st.lists(lines, min_size=count, max_size=count))
    scoring = draw(
        st.sampled_from(["exact", "right_minus_wrong_correct", "right_minus_wrong_options", "per_decision", "weights"])
    )
    rows = _rows(draw(differing(count)), says, set(range(right)))
    if scoring == "weights":
        for index, row in enumerate(rows):
            row["weight"] = _weight(index, right)
    return {**draw(fronts("multiple_response")), "scoring": scoring, "shuffle": draw(st.booleans()), "options": rows}


def _weight(index: int, right: int) -> float | str:
    if index >= right:
        return -0.75 if index == right else -0.4
    return 1.0 if right == 1 else {2: 0.5, 3: "1/3", 4: 0.25, 5: 0.2}[right]


@st.composite
def true_falses(draw: st.DrawFn) -> dict[str, Any]:
    feedback = {"when_true": draw(lines), "when_false": draw(lines)}
    return {**draw(fronts("true_false")), "answer": draw(st.booleans()), "feedback": feedback}


@st.composite
def matchings(draw: st.DrawFn) -> dict[str, Any]:
    count, spare = draw(st.integers(3, 6)), draw(st.integers(0, 2))
    lefts, rights = draw(differing(count)), draw(differing(count + spare))
    # No format holds feedback for pairs: it comes back as the default.
    pairs = [
        {"id": chr(ord("a") + i), "left": lefts[i], "right": rights[i], "feedback": "This is right."}
        for i in range(count)
    ]
    item = {**draw(fronts("matching")), "scoring": draw(st.sampled_from(["per_pair", "exact"])), "pairs": pairs}
    return {**item, "distractors": rights[count:]} if spare else item


@st.composite
def orderings(draw: st.DrawFn) -> dict[str, Any]:
    texts = draw(differing(draw(st.integers(3, 8))))
    entries = [{"id": chr(ord("a") + i), "text": text} for i, text in enumerate(texts)]
    scoring = draw(st.sampled_from(["all_or_nothing", "distance", "longest_ordered", "absolute_position"]))
    return {**draw(fronts("ordering")), "scoring": scoring, "entries": entries, "feedback": draw(lines)}


@st.composite
def numerics(draw: st.DrawFn) -> dict[str, Any]:
    answer = draw(st.integers(1, 10_000)) / draw(st.sampled_from([1, 2, 10, 100]))
    kind = draw(st.sampled_from(["nominal", "relative", "geometric"]))
    width = draw(st.sampled_from([0.0, 0.5, 2.0] if kind == "nominal" else [0.01, 0.05, 0.2]))
    words = {"correct": draw(lines), "wrong": draw(lines)}
    item = {**draw(fronts("numeric")), "answer": answer, "tolerance": {"kind": kind, "value": width}}
    if draw(st.booleans()):
        item["unit"] = draw(st.sampled_from(["mg", "%", "m²"]))
    item["feedback"] = words
    says = draw(st.lists(lines.filter(lambda said: said != words["wrong"]), max_size=2, unique=True))
    if says:
        reach = 2 * answer + 10
        item["common_errors"] = [{"value": answer + (i + 1) * reach, "feedback": said} for i, said in enumerate(says)]
    return item


@st.composite
def short_texts(draw: st.DrawFn) -> dict[str, Any]:
    case = draw(st.booleans())

    def form(text: str) -> str:
        return tidy(text).casefold()

    usable = lines.filter(lambda text: bool(form(text)) and not text.startswith("%") and "*" not in text)
    texts = draw(st.lists(usable, min_size=1, max_size=4, unique_by=form))
    cut = draw(st.integers(1, len(texts)))
    words = {"correct": draw(lines), "wrong": draw(lines)}
    item = {
        **draw(fronts("short_text")),
        "accepted": texts[:cut],
        "case_sensitive": case,
        "punctuation": draw(st.sampled_from(["keep", "ignore"])),
        "feedback": words,
    }
    says = lines.filter(lambda said: said != words["wrong"])
    errors = [{"text": text, "feedback": draw(says)} for text in texts[cut:]]
    return {**item, "common_errors": errors} if errors else item


TYPES: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "single_choice": single_choices(),
    "multiple_response": multiple_responses(),
    "true_false": true_falses(),
    "matching": matchings(),
    "ordering": orderings(),
    "numeric": numerics(),
    "short_text": short_texts(),
}
