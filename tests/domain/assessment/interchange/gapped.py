"""Texts with gaps, drawn at random, for the tests of export and import."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from app.domain.assessment.items.cloze import gap_ids
from tests.domain.assessment.interchange import items
from tests.domain.assessment.interchange.items import TYPES, fronts, lines

_FRONT = frozenset(
    [
        *("id", "step", "topic", "objective", "difficulty", "safety", "points", "lesson", "source"),
        *("prompt", "explanation"),
    ]
)
_IDS = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,4})?", fullmatch=True)
_pieces = lines.filter(lambda text: not gap_ids(text) and "{{" not in text and "}}" not in text)


@st.composite
def gaps(draw: st.DrawFn, gap_id: str, wild: bool) -> dict[str, Any]:
    kind = draw(st.sampled_from(["single_choice", "short_text", "numeric"]))
    drawn = draw(TYPES[kind] if kind != "single_choice" else items.single_choices())
    body = {key: value for key, value in drawn.items() if key not in _FRONT}
    if kind == "short_text" and wild and draw(st.booleans()):
        body["patterns"] = [draw(st.sampled_from(["grow.*", "a\\.b.*c", ".*pigment"]))]
    return {"id": gap_id, "share": draw(st.integers(1, 4)), **body}


@st.composite
def clozes(draw: st.DrawFn, wild: bool = True) -> dict[str, Any]:
    """A text with one to four gaps on one to three lines; `wild` lets short texts have patterns with .* in them."""
    ids = draw(st.lists(_IDS, min_size=1, max_size=4, unique=True))
    body = [draw(gaps(gap_id, wild)) for gap_id in ids]
    written = draw(st.sampled_from(["", "Note: "]))
    for gap_id in ids:
        before, after = draw(st.sampled_from([" ", "", "\n", ", "])), draw(st.sampled_from([" ", ". ", "\n"]))
        written += f"{draw(_pieces)}{before}{{{{{gap_id}}}}}{after}"
    text = "\n".join(" ".join(line.split()) for line in f"{written}{draw(_pieces)}".split("\n") if line.strip())
    return {**draw(fronts("cloze")), "text": text, "gaps": body}
