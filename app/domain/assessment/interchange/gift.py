"""GIFT, Moodle's text format, read by the rules of Moodle's own importer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from app.domain.assessment.interchange import fitting
from app.domain.assessment.interchange.fitting import Accepted, Choice, Wording, number
from app.domain.assessment.interchange.report import Question, Reading, Refused
from app.domain.assessment.interchange.tags import own
from app.domain.assessment.interchange.text_forms import (
    Losses,
    markdown_as_it_is,
    markdown_from_html,
    markdown_from_plain,
    plain_from_html,
    plain_of_markdown,
    tidy,
)
from app.domain.assessment.scoring import ONE, ZERO

# The same order as the control characters that stand for them while the text is taken apart.
ESCAPES = ("\\\\", "\\:", "\\#", "\\=", "\\{", "\\}", "\\~", "\\n")
_PLAIN = dict(zip(map(chr, range(1, 9)), ("\\", ":", "#", "=", "{", "}", "~", "\n"), strict=True))
_ESCAPE = re.compile(r"\\[\\:#={}~n]")
_HELD = {escape: chr(index) for index, escape in enumerate(ESCAPES, 1)}
_CONTROLS = re.compile(r"[\x00-\x08]")
_ID = re.compile(r"\[id:((?:\\\]|[^\]\x00-\x1f])+)\]")
_TAG = re.compile(r"\[tag:((?:\\\]|[^\]<>`\x00-\x1f])+)\]")
_FORMAT = re.compile(r"\s*\[(html|moodle|plain|markdown)\]")
_WEIGHT = re.compile(r"%(-?\d{1,3}(?:\.\d{0,10})?)%")
_TRUTH = {"T": True, "TRUE": True, "F": False, "FALSE": False}
_FEWEST = 2


def read(text: str, reading: Reading) -> Reading:
    """Return the questions of a GIFT file."""
    if _CONTROLS.search(text):
        reading.remark("The file has control characters, which were left out.")
        text = _CONTROLS.sub("", text)
    category = ""
    for line, lines in _blocks(text):
        comments = [content.strip() for content in lines if content.strip().startswith("//")]
        rest = ["" if content.strip().startswith("//") else content for content in lines]
        said = "\n".join(rest)
        if any(not (_ID.search(c) or _TAG.search(c)) for c in comments):
            reading.remark("Comments (lines that begin with //) are not kept.")
        if said.strip().startswith("$CATEGORY:"):
            category, said, line, lines = _category(said, line)
        if not said.strip():
            continue
        skipped = len(said) - len(said.lstrip())
        line += said[:skipped].count("\n")
        question = Question(len(reading.questions) + 1, line, category=category)
        reading.add(question)
        _Parser(question, "\n".join(comments), said.strip()).run()
    if not reading.questions:
        reading.fault(1, "The file holds no question.")
    return reading


def _blocks(text: str) -> list[tuple[int, list[str]]]:
    blocks: list[tuple[int, list[str]]] = []
    inside = False
    for line, content in enumerate(text.split("\n"), 1):
        if not content.strip():
            inside = False
        elif inside:
            blocks[-1][1].append(content)
        else:
            blocks.append((line, [content]))
            inside = True
    return blocks


def _category(said: str, line: int) -> tuple[str, str, int, list[str]]:
    """A category is its whole line; a question that follows without an empty line is still read."""
    before, _, after = said.partition("$CATEGORY:")
    path, newline, rest = after.partition("\n")
    return path.strip(), rest, line + before.count("\n") + (1 if newline else 0), rest.split("\n")


@dataclass
class _Parser:
    question: Question
    comments: str
    said: str
    format: str = "moodle"

    def __post_init__(self) -> None:
        self.losses = Losses()
        found = _ID.search(self.comments)
        self.question.key = found[1].replace("\\]", "]").strip() if found else ""
        self.question.tags = tuple(tag.replace("\\]", "]").strip() for tag in _TAG.findall(self.comments))
        self.own = own(self.question.tags).form

    def run(self) -> None:
        try:
            self.question.body = self.body()
        except Refused as refused:
            self.question.refuse(refused)
            return
        if self.losses.sentence:
            self.question.change(self.losses.sentence)

    def body(self) -> dict[str, Any]:
        text = _ESCAPE.sub(lambda m: _HELD[m[0]], self.said)
        text = self.name(text)
        start, end = text.find("{"), text.find("}")
        if start < 0 and end < 0:
            self.question.kind = "description"
            raise Refused("It has no answers in braces: a description, which is no item.")
        if start < 0 or end < start:
            raise Refused("A brace is missing. Write \\{ and \\} for braces in a text; an empty line ends a question.")
        tail = text[end + 1 :]
        if "{" in tail or "}" in tail:
            raise Refused("There is more than one block in braces; the first } ends the answers.")
        if "{" in text[start + 1 : end]:
            raise Refused("There is a brace inside the answers. Write \\{ for a brace in a text.")
        answers, general = self.general(text[start + 1 : end].strip())
        stem = text[:start] + ("_____" + tail if tail.strip() else "")
        prompt = self.prompt(stem)
        if not prompt:
            raise Refused("There is no question before the answers.")
        explanation = self.line(general)
        return {**self.answer(answers), "prompt": prompt, "explanation": explanation}

    def name(self, text: str) -> str:
        if not text.startswith("::"):
            return text
        name, closed, rest = text[2:].partition("::")
        if not closed:
            raise Refused("The name is not closed with ::.")
        self.question.name = " ".join(_plain(name).split())
        return rest.strip()

    @staticmethod
    def general(answers: str) -> tuple[str, str]:
        before, mark, after = answers.rpartition("####")
        return (before.strip(), after) if mark else (answers, "")

    def prompt(self, stem: str) -> str:
        found = _FORMAT.match(stem)
        if found:
            self.format, stem = found[1], stem[found.end() :]
        if self.format == "markdown":
            return markdown_as_it_is(_plain(stem), self.losses)
        if self.format == "plain":
            return markdown_from_plain(_plain(stem), self.losses)
        flat = " ".join(part.strip() for part in stem.split("\n"))
        if self.format == "moodle":
            # Its own line breaks mean nothing; written ones (\n) do.
            flat = flat.replace(_HELD["\\n"], "<br>")
        return markdown_from_html(_plain(flat), self.losses)

    def line(self, text: str) -> str:
        """A text that is plain with us: an option, a feedback. It may name a format of its own."""
        found = _FORMAT.match(text)
        form = found[1] if found else self.format
        text = _plain(text[found.end() :] if found else text)
        if form == "plain":
            return tidy(text, self.losses)
        if form == "markdown":
            return plain_of_markdown(text, self.losses)
        return plain_from_html(text, self.losses)

    def answer(self, answers: str) -> dict[str, Any]:
        question = self.question
        if not answers:
            question.kind = "essay"
            raise Refused("An essay needs a rubric and a model answer, which GIFT does not have.")
        if answers.startswith("#"):
            question.kind = "numeric"
            return self.numeric(answers[1:])
        if answers.startswith(">"):
            question.kind = "ordering"
            raise Refused("The ordering extension of GIFT is not read; use Moodle XML for ordering questions.")
        if "~" in answers:
            return self.choices(answers)
        if "=" in answers and "->" in answers:
            question.kind = "matching"
            return self.matching(answers)
        truth = _TRUTH.get(answers.partition("#")[0].strip())
        if truth is not None:
            question.kind = "true_false"
            return self.truth(truth, answers)
        question.kind = "short text"
        return self.short(answers)

    def choices(self, answers: str) -> dict[str, Any]:
        single = "=" in answers
        self.question.kind = "single choice" if single else "multiple response"
        pieces = answers.replace("=", "~=").split("~")
        if not pieces[0].strip():
            pieces = pieces[1:]
        if len(pieces) < _FEWEST:
            raise Refused("It has fewer than two options.")
        choices = [self.choice(piece.strip()) for piece in pieces]
        shuffle = self.own.get("shuffle") != "false"
        only_one = not single and sum(c.share > 0 for c in choices) == 1 and any(c.share == ONE for c in choices)
        if only_one and not fitting.MULTIPLE[0] <= len(choices) <= fitting.MULTIPLE[1]:
            self.question.change("It let people tick several options but one is right; it is a single choice now.")
            single = True
        if single:
            return fitting.single_choice(self.question, choices, shuffle=shuffle)
        return fitting.multiple_response(
            self.question,
            choices,
            scoring=own_scoring(self.own),
            shuffle=shuffle,
            negative=self.own.get("negative") == "true",
        )

    def choice(self, piece: str) -> Choice:
        share, rest = (ONE, piece[1:].strip()) if piece.startswith("=") else (ZERO, piece)
        weight, rest = _weight(rest)
        if weight is not None:
            if share == ONE and weight != ONE:
                raise Refused("An option is marked right by = and has a weight too; say which of the two is meant.")
            share = weight
        text, _, feedback = rest.partition("#")
        return Choice(self.line(text), share, self.line(feedback))

    def truth(self, answer: bool, answers: str) -> dict[str, Any]:
        _, *feedback = answers.split("#")
        wrong, right = (self.line(feedback[i]) if i < len(feedback) else "" for i in (0, 1))
        if len(feedback) > 2:
            raise Refused("A true/false question has at most two feedbacks: for the wrong, then for the right answer.")
        when_true, when_false = (right, wrong) if answer else (wrong, right)
        return fitting.true_false(answer=answer, when_true=when_true, when_false=when_false)

    def matching(self, answers: str) -> dict[str, Any]:
        pairs: list[tuple[str, str]] = []
        distractors: list[str] = []
        first, *pieces = answers.split("=")
        if first.strip():
            raise Refused(f"“{_plain(first).strip()[:40]}” stands before the first pair.")
        for piece in pieces:
            left, arrow, right = piece.partition("->")
            if not arrow:
                raise Refused(f"“{_plain(piece).strip()[:40]}” has no -> and so no partner.")
            if "#" in piece:
                raise Refused("GIFT has no feedback for pairs. Write \\# for a # in a text.")
            sides = self.line(left), tidy(_plain(right), self.losses)
            if sides[0]:
                pairs.append(sides)
            else:
                distractors.append(sides[1])
        return fitting.matching(pairs, distractors, scoring=_match_scoring(self.own))

    def short(self, answers: str) -> dict[str, Any]:
        if answers.casefold().strip() in ("true", "false", "t", "f"):
            raise Refused("In GIFT only T, TRUE, F and FALSE in capitals are true or false.")
        wordings: list[Wording] = []
        wrong = ""
        for piece in answers.split("="):
            if not piece.strip():
                continue
            weight, rest = _weight(piece.strip())
            text, _, feedback = rest.partition("#")
            said = self.line(feedback)
            if text.strip() == "*" and weight == ZERO:
                wrong = said
                continue
            # A star that is meant as one is written \\* in Moodle.
            wild = "*" in _plain(text).replace("\\*", "")
            plain = tidy(_plain(text).replace("\\*", "*"), self.losses)
            wordings.append(Wording(plain, ONE if weight is None else weight, said, wild))
        case = self.own.get("case") == "sensitive"
        punctuation = "ignore" if self.own.get("punctuation") == "ignore" else "keep"
        return fitting.short_text(self.question, wordings, case_sensitive=case, punctuation=punctuation, wrong=wrong)

    def numeric(self, answers: str) -> dict[str, Any]:
        answers, tilde, wrong = answers.partition("~")
        wrong_text, _, wrong_feedback = wrong.partition("#")
        if tilde and wrong_text.strip():
            raise Refused("Behind ~ of a numeric question stands a feedback (#) only.")
        pieces = [piece.strip() for piece in answers.split("=")]
        accepted = [self.accepted(piece) for piece in pieces if piece]
        unit, tolerance = self.own.get("unit", ""), self.own.get("tolerance", "")
        return fitting.numeric(self.question, accepted, unit=unit, wrong=self.line(wrong_feedback), tolerance=tolerance)

    def accepted(self, piece: str) -> Accepted:
        weight, rest = _weight(piece)
        written, _, feedback = rest.partition("#")
        share = ONE if weight is None else weight
        if share < 0:
            raise Refused("A number with a negative weight is not held.")
        low, dots, high = written.partition("..")
        if dots:
            return Accepted(number(low), number(high), share, self.line(feedback))
        value, colon, width = written.partition(":")
        reach = abs(number(width)) if colon and width.strip() else ZERO
        middle = number(value)
        return Accepted(middle - reach, middle + reach, share, self.line(feedback))


def own_scoring(form: dict[str, str]) -> str:
    """The scoring rule that this house wrote beside weights that say something else; weights say it themselves."""
    written = form.get("scoring", "")
    return "" if written == "weights" else written


def _match_scoring(form: dict[str, str]) -> str:
    return "exact" if form.get("scoring") == "exact" else "per_pair"


def _plain(text: str) -> str:
    return "".join(_PLAIN.get(char, char) for char in text)


def _weight(text: str) -> tuple[Fraction | None, str]:
    found = _WEIGHT.match(text)
    if found is None:
        return None, text
    share = Fraction(found[1]) / 100
    if abs(share) > 1:
        raise Refused(f"The weight {found[0]} is above 100%.")
    return share, text[found.end() :].strip()
