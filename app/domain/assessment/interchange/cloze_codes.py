r"""The codes that stand for gaps in Moodle's cloze questions: {2:SHORTANSWER:=right#why~%50%nearly~*#no}.

Read by the rules of Moodle's own reader (`qtype_multianswer_extract_question`): an answer ends at the next ~ # or }
without a backslash or an ampersand before it, a feedback at the next ~ or } without a backslash before it; then
entities are decoded and \} and \# undone. Its manual also names \~ \" and \/, which are undone where they are written.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from app.domain.assessment.exact import decimal_text, to_fraction
from app.domain.assessment.interchange.cloze import Words
from app.domain.assessment.interchange.fitting import number
from app.domain.assessment.interchange.report import Refused
from app.domain.assessment.scoring import ONE, ZERO, tolerance_interval

_PLACES = 12
_NUMERICAL = ("NUMERICAL", "NM")
_SHORT = {"SHORTANSWER": False, "SA": False, "MW": False, "SHORTANSWER_C": True, "SAC": True, "MWC": True}
# The kinds of a list, with whether it is shuffled; how it is laid out is nothing that we keep.
_LISTS = {
    **dict.fromkeys(("MULTICHOICE", "MC", "MULTICHOICE_V", "MCV", "MULTICHOICE_H", "MCH"), False),
    **dict.fromkeys(("MULTICHOICE_S", "MCS", "MULTICHOICE_VS", "MCVS", "MULTICHOICE_HS", "MCHS"), True),
}
_LAID_OUT = re.compile(r"MULTICHOICE_[VH]S?|MC[VH]S?")
_SEVERAL = re.compile(r"MULTIRESPONSE(?:_H|_S|_HS)?|MRH?S?|MRVS?|MULTIRESPONSE_VS?")
_START = re.compile(r"\{([0-9]*):([A-Za-z]+(?:_[A-Za-z]+)?):")
_WRITTEN_BACK = re.compile(r"\{#[0-9]+\}")
_SHARE = re.compile(r"%(-?[0-9]+(?:[.,][0-9]*)?)%")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_LONGEST = 8_000
_MARKS = str.maketrans({c: f"&#{ord(c)};" for c in '\\~#{}&"\n'})


@dataclass(frozen=True, slots=True)
class Alternative:
    """One answer of a code: what is written, the share that it pays (-1 to 1), and its feedback."""

    text: str
    share: Fraction
    feedback: str


@dataclass(frozen=True, slots=True)
class Code:
    """A code as read: its number and line, what it asks for, its weight, and its answers."""

    number: int
    line: int
    kind: str
    weight: Fraction
    answers: tuple[Alternative, ...]
    case_sensitive: bool = False
    shuffle: bool = False
    laid_out: bool = False


def taken(text: str, line: int) -> tuple[str, list[Code], Words]:
    """Return the text with a word in the place of each code, the codes, and the words.

    `line` is the line of the file on which the text begins. Raises Refused with the line for what only looks like a
    code, and for kinds that are not held.
    """
    words = Words.for_text(text)
    pieces: list[str] = []
    codes: list[Code] = []
    place = 0
    while (start := _START.search(text, place)) is not None:
        at = line + text.count("\n", 0, start.start())
        code, end = _code(text, start, len(codes) + 1, at)
        codes.append(code)
        pieces += [text[place : start.start()], words[code.number]]
        place = end
    rest = text[place:]
    if _WRITTEN_BACK.search(rest):
        raise Refused("It holds {#1}, which Moodle writes in the place of a gap; the gap itself is missing.", line)
    return "".join([*pieces, rest]), codes, words


def holds_code(text: str) -> bool:
    """Return whether Moodle, or we, would take something in a text for a gap."""
    return bool(_START.search(text) or _WRITTEN_BACK.search(text))


def _code(text: str, start: re.Match[str], number_: int, line: int) -> tuple[Code, int]:
    kind, weight = start[2], Fraction(start[1] or 1)
    if _SEVERAL.fullmatch(kind):
        raise Refused(f"Gap {number_} (line {line}) asks for several options ({kind}); a gap here asks for one.", line)
    if kind not in _LISTS and kind not in _SHORT and kind not in _NUMERICAL:
        raise Refused(f"Gap {number_} (line {line}) is of the kind {kind[:40]}, which Moodle does not have.", line)
    answers, end = _answers(text, start.end(), number_, line)
    name = "numeric" if kind in _NUMERICAL else "short text" if kind in _SHORT else "list"
    return Code(
        number_,
        line,
        name,
        weight,
        tuple(answers),
        case_sensitive=_SHORT.get(kind, False),
        shuffle=_LISTS.get(kind, False),
        laid_out=bool(_LAID_OUT.fullmatch(kind)),
    ), end


def _answers(text: str, place: int, number_: int, line: int) -> tuple[list[Alternative], int]:
    """Read the answers from a place on; the place behind the brace that ends them is returned too."""
    answers: list[Alternative] = []
    limit = min(len(text), place + _LONGEST)
    while True:
        share, begin = _share(text, place, number_, line)
        end = _until(text, begin + 1, limit, "~#}", ("\\", "&", "&amp;"))
        answer, feedback = text[begin:end], ""
        if end < limit and text[end] == "#":
            close = _until(text, end + 1, limit, "~}", ("\\",))
            feedback, end = text[end + 1 : close], close
        if end >= limit:
            raise Refused(f"Gap {number_} (line {line}) is never closed with a brace that counts (}}).", line)
        if not answer.strip():
            raise Refused(f"Gap {number_} (line {line}) has an empty answer.", line)
        answers.append(Alternative(_plain(answer), share, _plain(feedback)))
        place = end + 1
        if text[end] == "}":
            return answers, place


def _share(text: str, place: int, number_: int, line: int) -> tuple[Fraction, int]:
    if text.startswith("=", place):
        return ONE, place + 1
    found = _SHARE.match(text, place)
    if found is None:
        return ZERO, place
    share = number(found[1].rstrip(".,")) / 100
    if abs(share) > 1:
        raise Refused(f"Gap {number_} (line {line}) has an answer that pays more than 100%.", line)
    return share, found.end()


def _until(text: str, place: int, limit: int, marks: str, guards: tuple[str, ...]) -> int:
    """The first mark from a place on that nothing before it makes a letter; `limit` when there is none."""
    while place < limit:
        if text[place] in marks and not text.endswith(guards, 0, place):
            return place
        place += 1
    return limit


def _plain(written: str) -> str:
    told = re.sub(r'\\([~"/])', r"\1", written)
    decoded = _ENTITY.sub(lambda found: html.unescape(found[0]), told)
    return " ".join(decoded.replace("\\}", "}").replace("\\#", "#").split())


# Writing


def written(gap: Mapping[str, Any], lost: list[str]) -> str:
    """Return the code of a gap; what it cannot say is added to `lost`."""
    writers = {"single_choice": _list, "short_text": _short, "numeric": _number}
    kind, answers = writers[gap["type"]](gap, lost)
    told = "~".join(f"{share}{text}#{feedback}" for share, text, feedback in answers)
    return f"{{{gap.get('share', 1)}:{kind}:{told}}}"


def _escaped(text: str) -> str:
    """A text that is decoded to itself: as entities, and with the backslashes that are undone after them."""
    marked = text.replace("}", "\\}").replace("#", "\\#").translate(_MARKS)
    return f"&#{ord(marked[0])};{marked[1:]}" if marked[:1] in ("=", "%") else marked


def _shown(text: str) -> str:
    """A text that Moodle shows as HTML."""
    return _escaped(html.escape(text, quote=False))


Row = tuple[str, str, str]


def _list(gap: Mapping[str, Any], lost: list[str]) -> tuple[str, list[Row]]:
    weighted = gap.get("scoring") == "weights"
    rows = []
    for option in gap["options"]:
        share = to_fraction(option["weight"]) if weighted else ONE if option.get("correct") else ZERO
        rows.append((_paid(share), _shown(option["text"]), _shown(option["feedback"])))
    return ("MULTICHOICE" if gap.get("shuffle") is False else "MULTICHOICE_S"), rows


def _paid(share: Fraction) -> str:
    if share in (ZERO, ONE):
        return "=" if share else ""
    return f"%{decimal_text(round(share * 100, 5), 5)}%"


def _short(gap: Mapping[str, Any], lost: list[str]) -> tuple[str, list[Row]]:
    words = gap["feedback"]
    right, wrong = _shown(words["correct"]), _shown(words["wrong"])
    rows = [("=", _escaped(_starred(text)), right) for text in gap["accepted"]]
    for source in gap.get("patterns") or ():
        text = stars(source)
        if text is None:
            lost.append(f"the pattern {source} of the gap {gap['id']}")
        else:
            rows.append(("=", _escaped(text), right))
    for row in gap.get("common_errors") or ():
        text = _starred(row["text"]) if row.get("text") else stars(row["pattern"])
        if text is None:
            lost.append(f"the wrong answer {row['pattern']} of the gap {gap['id']}")
        else:
            rows.append(("", _escaped(text), _shown(row["feedback"])))
    return ("SHORTANSWER_C" if gap.get("case_sensitive") else "SHORTANSWER"), [*rows, ("", "*", wrong)]


def _starred(text: str) -> str:
    return text.replace("*", "\\*")


def stars(source: str) -> str | None:
    """Return a pattern of ours as a text in which * stands for anything; None when it says more than that."""
    text, place = "", 0
    while place < len(source):
        if source.startswith(".*", place):
            text, place = text + "*", place + 2
        elif source[place] == "\\" and source[place + 1 : place + 2] not in ("", "*", "\\"):
            if source[place + 1].isalnum():
                return None
            text, place = text + source[place + 1], place + 2
        elif source[place] in "\\.*[](){}|?+^$":
            return None
        else:
            text, place = text + source[place], place + 1
    return text if "*" in text else None


def _number(gap: Mapping[str, Any], lost: list[str]) -> tuple[str, list[Row]]:
    tolerance, words = gap["tolerance"], gap["feedback"]
    low, high = tolerance_interval(to_fraction(gap["answer"]), tolerance["kind"], to_fraction(tolerance["value"]))
    if tolerance["kind"] != "nominal":
        lost.append(f"the tolerance of the gap {gap['id']} as {tolerance['kind']} (its bounds stand; a tag names it)")
    reach = decimal_text((high - low) / 2, _PLACES)
    rows = [("=", f"{decimal_text((low + high) / 2, _PLACES)}:{reach}", _shown(words["correct"]))]
    for row in gap.get("common_errors") or ():
        value = decimal_text(to_fraction(row["value"]), _PLACES)
        rows.append(("", f"{value}:{reach}", _shown(row["feedback"])))
    return "NUMERICAL", [*rows, ("", "*", _shown(words["wrong"]))]
