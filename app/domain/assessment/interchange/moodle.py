"""Moodle XML: the questions of a Moodle question bank."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from app.domain.assessment.interchange import fitting, moodle_cloze
from app.domain.assessment.interchange.figures import Figures
from app.domain.assessment.interchange.fitting import Accepted, Choice, Wording, number
from app.domain.assessment.interchange.gift import own_scoring
from app.domain.assessment.interchange.markup import from_html
from app.domain.assessment.interchange.report import Question, Reading, Refused
from app.domain.assessment.interchange.tags import own
from app.domain.assessment.interchange.text_forms import (
    Losses,
    markdown_as_it_is,
    markdown_from_plain,
    markdown_from_tree,
    plain_from_html,
    tidy,
)
from app.domain.assessment.interchange.xml_tree import Node, parse
from app.domain.assessment.items.essay import MOST_WORDS
from app.domain.assessment.scoring import ONE, ZERO

_COMBINED = {
    "correctfeedback": "right",
    "partiallycorrectfeedback": "partly right",
    "incorrectfeedback": "wrong",
}
# The names in files, with the numbers that older versions wrote.
GRADING = {
    "all_or_nothing": ("ALL_OR_NOTHING", "-1"),
    "absolute_position": ("ABSOLUTE_POSITION", "0"),
    "next_exclude_last": ("RELATIVE_NEXT_EXCLUDE_LAST", "1"),
    "next_include_last": ("RELATIVE_NEXT_INCLUDE_LAST", "2"),
    "one_previous_next": ("RELATIVE_ONE_PREVIOUS_AND_NEXT", "3"),
    "all_previous_next": ("RELATIVE_ALL_PREVIOUS_AND_NEXT", "4"),
    "longest_ordered": ("LONGEST_ORDERED_SUBSET", "5"),
    "longest_contiguous": ("LONGEST_CONTIGUOUS_SUBSET", "6"),
    "distance": ("RELATIVE_TO_CORRECT", "7"),
}
_KINDS = {
    "multichoice": "choice",
    "truefalse": "true_false",
    "matching": "matching",
    "numerical": "numeric",
    "ordering": "ordering",
    "shortanswer": "short text",
    **dict.fromkeys(moodle_cloze.TYPES, "text with gaps"),
}
_PENALTY = "Penalties for further tries are not kept: an attempt answers each item once."
_NUMBERING = "How options are numbered (abc, 123) is not kept."


def read(data: bytes, figures: Figures, reading: Reading) -> Reading:
    """Return the questions of a Moodle XML file."""
    try:
        root = parse(data)
    except Refused as refused:
        reading.fault(refused.line or 1, refused.reason)
        return reading
    if root.name != "quiz":
        reading.fault(root.line, f"A Moodle XML file begins with <quiz>, this one with <{root.name[:40]}>.")
        return reading
    category = ""
    for node in root.children:
        if node.name != "question":
            reading.remark(f"<{node.name[:40]}> outside of questions is not read.")
        elif node.get("type") == "category":
            category = _words(node.first("category", "text"))
        else:
            reading.add(_question(node, len(reading.questions) + 1, category, figures, reading))
    if not reading.questions:
        reading.fault(root.line, "The file holds no question.")
    return reading


def _words(node: Node | None) -> str:
    return " ".join(node.text.split()) if node is not None else ""


def _question(node: Node, number_: int, category: str, figures: Figures, reading: Reading) -> Question:
    kind = node.get("type")
    question = Question(number_, node.line, _KINDS.get(kind, kind[:40]), category=category)
    question.name = _words(node.first("name", "text"))[:200]
    question.key = _words(node.first("idnumber"))
    tags = node.first("tags")
    question.tags = tuple(_words(tag.first("text")) for tag in tags.all("tag")) if tags else ()
    try:
        question.body = _Reader(question, node, figures).body(kind)
    except Refused as refused:
        question.refuse(refused)
        return question
    if _words(node.first("penalty")) not in ("", "0", "0.0", "0.0000000"):
        reading.remark(_PENALTY)
    if _words(node.first("answernumbering")) not in ("", "abc"):
        reading.remark(_NUMBERING)
    return question


class _Reader:
    def __init__(self, question: Question, node: Node, figures: Figures) -> None:
        self.question = question
        self.node = node
        self.figures = figures
        self.losses = Losses()
        self.own = own(question.tags).form

    def body(self, kind: str) -> dict[str, Any]:
        readers: dict[str, Callable[[], dict[str, Any]]] = {
            "multichoice": self.choices,
            "truefalse": self.truth,
            "matching": self.matching,
            "numerical": self.numeric,
            "ordering": self.ordering,
            "shortanswer": self.short,
            "essay": self.essay,
        }
        if kind in moodle_cloze.TYPES:
            return self.told(self.cloze())
        if kind not in readers:
            raise Refused(f"Questions of the type {kind[:40] or 'without a name'} are not held.")
        grade = _words(self.node.first("defaultgrade"))
        if grade:
            self.question.points = number(grade)
        prompt, figure = self.prompt()
        body = readers[kind]()
        if not prompt:
            raise Refused("The question has no text.")
        return self.told({**body, "prompt": prompt, **figure})

    def told(self, body: dict[str, Any]) -> dict[str, Any]:
        """Add the explanation, and name what did not come along."""
        explanation = self.line(self.node.first("generalfeedback"))
        self.aside()
        if self.losses.sentence:
            self.question.change(self.losses.sentence)
        return {**body, "explanation": explanation}

    def cloze(self) -> dict[str, Any]:
        holder = self.node.first("questiontext")
        text, form = self.raw(holder)
        node = holder.first("text") if holder is not None else None
        line = node.line if node is not None else self.node.line

        def marked(found: str) -> tuple[str, dict[str, str]]:
            return self.marked(found, form, holder)

        return moodle_cloze.read(self.question, text, line, marked, self.losses)

    def aside(self) -> None:
        """Name what Moodle has and we have not."""
        for name, when in _COMBINED.items():
            text = self.line(self.node.first(name))
            if text and (name, self.question.kind) != ("incorrectfeedback", "ordering"):
                self.question.change(f"The feedback for {when} answers was left out: “{text[:80]}”.")
        hints = [hint for hint in self.node.all("hint") if hint.text.strip()]
        if hints:
            self.question.change(f"{len(hints)} hints were left out.")
        if _words(self.node.first("hidden")) == "1":
            self.question.change("It was hidden in Moodle.")

    def prompt(self) -> tuple[str, dict[str, str]]:
        holder = self.node.first("questiontext")
        text, form = self.raw(holder)
        return self.marked(text, form, holder)

    def marked(self, text: str, form: str, holder: Node | None) -> tuple[str, dict[str, str]]:
        """A text of the question as Markdown, and the figure fields when it has one picture that is kept."""
        if form == "markdown":
            return markdown_as_it_is(text, self.losses), {}
        if form == "plain_text":
            return markdown_from_plain(text, self.losses), {}
        root = from_html(text)
        files = {file.get("name"): file for file in holder.all("file")} if holder else {}
        figure = self.figures.from_text(self.question, root, lambda source: _file(files, source))
        return markdown_from_tree(root, self.losses), figure

    @staticmethod
    def raw(holder: Node | None) -> tuple[str, str]:
        node = holder.first("text") if holder is not None else None
        form = holder.get("format", "html") if holder is not None else "html"
        return (node.text if node is not None else ""), form

    def line(self, holder: Node | None, form: str = "") -> str:
        text, given = self.raw(holder)
        form = form or given
        if form == "plain_text":
            return tidy(text, self.losses)
        if form == "markdown":
            return " ".join(markdown_as_it_is(text, self.losses).split())
        return plain_from_html(text, self.losses)

    def shuffle(self) -> bool:
        return _words(self.node.first("shuffleanswers")).lower() not in ("0", "false")

    def choices(self) -> dict[str, Any]:
        single = _words(self.node.first("single")).lower() not in ("false", "0")
        self.question.kind = "single choice" if single else "multiple response"
        choices = [Choice(self.line(a), _share(a), self.line(a.first("feedback"))) for a in self.node.all("answer")]
        if single:
            return fitting.single_choice(self.question, choices, shuffle=self.shuffle())
        return fitting.multiple_response(
            self.question,
            choices,
            scoring=own_scoring(self.own),
            shuffle=self.shuffle(),
            negative=self.own.get("negative") == "true",
        )

    def truth(self) -> dict[str, Any]:
        answers = {self.line(a).lower(): a for a in self.node.all("answer")}
        if set(answers) != {"true", "false"}:
            raise Refused("A true/false question needs the answers true and false.")
        yes, no = answers["true"], answers["false"]
        if {_share(yes), _share(no)} != {ONE, ZERO}:
            raise Refused("One of true and false must pay all, the other nothing.")
        feedback = [self.line(a.first("feedback")) for a in (yes, no)]
        return fitting.true_false(answer=_share(yes) == ONE, when_true=feedback[0], when_false=feedback[1])

    def matching(self) -> dict[str, Any]:
        pairs: list[tuple[str, str]] = []
        distractors: list[str] = []
        for sub in self.node.all("subquestion"):
            left, right = self.line(sub), self.line(sub.first("answer"), "plain_text")
            if left:
                pairs.append((left, right))
            else:
                distractors.append(right)
        if not self.shuffle():
            self.question.change("The right sides are always shuffled.")
        scoring = "exact" if self.own.get("scoring") == "exact" else "per_pair"
        return fitting.matching(pairs, distractors, scoring=scoring)

    def numeric(self) -> dict[str, Any]:
        accepted: list[Accepted] = []
        wrong = ""
        for node in self.node.all("answer"):
            written, feedback, share = self.line(node, "plain_text"), self.line(node.first("feedback")), _share(node)
            if written == "*":
                if share > 0:
                    raise Refused("Any number would be right (*).", node.line)
                wrong = feedback
                continue
            reach = abs(number(_words(node.first("tolerance")) or "0"))
            value = number(written)
            accepted.append(Accepted(value - reach, value + reach, share, feedback))
        tolerance = self.own.get("tolerance", "")
        return fitting.numeric(self.question, accepted, unit=self.unit(), wrong=wrong, tolerance=tolerance)

    def short(self) -> dict[str, Any]:
        wordings: list[Wording] = []
        wrong = ""
        for node in self.node.all("answer"):
            written, feedback, share = self.line(node, "plain_text"), self.line(node.first("feedback")), _share(node)
            if written == "*" and share == ZERO:
                wrong = feedback
                continue
            wild = "*" in written.replace("\\*", "")
            wordings.append(Wording(written.replace("\\*", "*"), share, feedback, wild))
        case = _words(self.node.first("usecase")) == "1"
        punctuation = "ignore" if self.own.get("punctuation") == "ignore" else "keep"
        return fitting.short_text(self.question, wordings, case_sensitive=case, punctuation=punctuation, wrong=wrong)

    def essay(self) -> dict[str, Any]:
        """A model answer is what the house cannot do without; a rubric can be made, and is to be bettered."""
        model = self.line(self.node.first("graderinfo"))
        if not model:
            raise Refused("An essay needs a model answer; Moodle has one only as information for graders.")
        count = len(model.split())
        words = [_words(self.node.first(name)) for name in ("minwordlimit", "maxwordlimit")]
        least, most = (int(word) if word.isdigit() and 0 < int(word[:6]) <= MOST_WORDS else 0 for word in words)
        limits = {"min": min(least or 1, count), "max": max(most or MOST_WORDS // 5, count)}
        if (least and least != limits["min"]) or (most and most != limits["max"]):
            self.question.change("The limits of words were widened, so that the model answer keeps to them.")
        self.question.change("Its rubric is one line (all or nothing); write a better one before it is used.")
        full = min(max(int(self.question.points or 1), 1), 20)
        levels = [
            {"points": full, "text": "Everything that is asked for is there and right."},
            {"points": 0, "text": "What is asked for is missing or wrong."},
        ]
        rubric = [{"id": "whole", "title": "The answer as a whole", "levels": levels}]
        return {"type": "essay", "words": limits, "rubric": rubric, "model": model}

    def unit(self) -> str:
        holder = self.node.first("units")
        units = holder.all("unit") if holder is not None else []
        names = [(_words(u.first("unit_name")), _words(u.first("multiplier")) or "1") for u in units]
        base = next((name for name, factor in names if number(factor) == ONE), "")
        others = [name for name, _ in names if name and name != base]
        if others:
            self.question.change(f"Only the unit {base or '(none)'} is taken, not {', '.join(others)}.")
        if _words(self.node.first("unitgradingtype")) not in ("", "0"):
            self.question.change("A missing or wrong unit no longer costs a part of the points.")
        return self.own.get("unit") or base

    def ordering(self) -> dict[str, Any]:
        answers = self.node.all("answer")
        places = [number(a.get("fraction", "0")) for a in answers]
        texts = [self.line(a) for a in answers]
        if len(set(places)) == len(places):
            texts = [text for _, text in sorted(zip(places, texts, strict=True), key=lambda pair: pair[0])]
        written = _words(self.node.first("gradingtype")) or "ABSOLUTE_POSITION"
        scoring = next((rule for rule, names in GRADING.items() if written.upper() in names), None)
        if scoring is None:
            raise Refused(f"The grading type {written[:40]} is not known.")
        selected = _words(self.node.first("selecttype")).upper()
        if selected not in ("", "ALL", "0"):
            self.question.change("All entries are shown; Moodle drew some of them.")
        return fitting.ordering(texts, scoring=scoring, feedback=self.line(self.node.first("incorrectfeedback")))


def _share(answer: Node) -> Fraction:
    share = number(answer.get("fraction", "0")) / 100
    if abs(share) > 1:
        raise Refused("An answer pays more than 100%.", answer.line)
    return share


def _file(files: dict[str, Node], source: str) -> bytes | None:
    name = source.removeprefix("@@PLUGINFILE@@/").replace("%20", " ")
    node = files.get(name)
    if node is None or node.get("encoding") != "base64":
        return None
    try:
        return base64.b64decode(node.text, validate=False)
    except (binascii.Error, ValueError):
        return None
