"""QTI items with fields and lists in their text as texts with gaps: each gap is tried while all others stay the same.

The marks have to be a sum of what the gaps earn alone, as ours are. That is tried, not believed: every answer that the
file names is marked once with all other gaps right and once with all others empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from itertools import combinations
from typing import Any

from app.domain.assessment.exact import decimal_text
from app.domain.assessment.interchange import cloze, qti_entries
from app.domain.assessment.interchange.cloze import Body, Place, Words
from app.domain.assessment.interchange.qti_answers import CLOSE, Answers
from app.domain.assessment.interchange.qti_choices import one_of
from app.domain.assessment.interchange.qti_processing import Declaration, Processing, Value, declaration, marks_of
from app.domain.assessment.interchange.qti_texts import Texts, Told
from app.domain.assessment.interchange.report import Question, Refused
from app.domain.assessment.interchange.tags import gap_form, own
from app.domain.assessment.interchange.xml_tree import Node

KINDS = frozenset(["text-entry-interaction", "inline-choice-interaction"])
_RESPONSES = frozenset(["variable", "correct", "map-response"])


@dataclass
class _Alone:
    """The response processing as one gap sees it, with all other gaps right or all of them empty."""

    processing: Processing
    name: str
    key: Value
    others: Mapping[str, Value]
    below: list[Value] = field(default_factory=list)

    def __post_init__(self) -> None:
        # Each answer is asked for many times, and running a long processing is what takes time.
        self.known: dict[Any, dict[str, Value]] = {}
        self.scores: dict[Any, Fraction] = {}
        self.start = self.processing.score_all({}), self.processing.score_all(self.others)

    def run(self, answer: Value) -> dict[str, Value]:
        """The outcomes when nothing else is answered: what is told then is told about this gap."""
        if answer not in self.known:
            self.known[answer] = self.processing.run_all({self.name: answer})
        return self.known[answer]

    def score(self, answer: Value) -> Fraction:
        """What the answer adds to the marks; raises Refused when that depends on the other gaps."""
        if answer not in self.scores:
            self.scores[answer] = self._scored(answer)
        return self.scores[answer]

    def _scored(self, answer: Value) -> Fraction:
        alone = marks_of(self.run(answer))
        together = self.processing.score_all({**self.others, self.name: answer})
        added, first = together - self.start[1], alone - self.start[0]
        if alone < 0:
            self.below.append(answer)
        elif alone == 0 and (together == 0 or added < 0):
            added = first = self._beneath(answer, added)
        if abs(added - first) > CLOSE:
            raise Refused("What this gap pays depends on the other gaps; a gap has marks of its own.")
        return added

    def _beneath(self, answer: Value, added: Fraction) -> Fraction:
        """What an answer costs where the marks of the item are held at nothing: as an outcome of the gap tells it."""
        one, none = self.run(self.key), self.run(None)
        worth = marks_of(one)
        for name, value in self.run(answer).items():
            full, empty = one.get(name), none.get(name)
            if isinstance(value, Fraction) and isinstance(full, Fraction) and value < 0 < full and empty == 0:
                return min(value / full * worth, added)
        return added


@dataclass
class _GapAnswers(Answers):
    """The answers of one gap. What everybody reads is kept for the whole item, which tells what its explanation is."""

    always_told: list[Told] = field(default_factory=list)

    def explanation(self, always: Sequence[Told] | None = None) -> str:
        """Remember what everybody reads, whatever is in this gap."""
        self.always_told = list(always or ())
        return ""


def read(question: Question, item: Node, body: Node, found: Sequence[Node], texts: Texts) -> Body:
    """Return the body of an item whose interactions stand in its text; raises Refused with the line."""
    question.kind = "text with gaps"
    cloze.check_count([node.line for node in found])
    declared = _declared(item, found)
    processing = Processing(item, declared)
    keys: dict[str, Value] = {name: one.correct for name, one in declared.items()}
    form = own(question.tags).form
    places, bodies, readers = [], [], []
    for number, node in enumerate(found, 1):
        name = node.get("response-identifier")
        others = {other: key for other, key in keys.items() if other != name}
        written = {"id": name.removeprefix("gap-").lower(), **gap_form(form, number)}
        reader = _reader(item, node, declared[name], _Alone(processing, name, keys[name], others), texts, written)
        place = Place(number, node.line, Fraction(1), written)
        bodies.append(cloze.built(question, place, partial(_gap, reader=reader)))
        places.append(Place(number, node.line, reader.question.points or Fraction(0), written))
        readers.append(reader)
    total = _summed(question, processing, keys, places)
    gaps = cloze.whole(question, places, bodies, total)
    words = Words.for_text(body.text)
    texts.places = {id(node): words[number] for number, node in enumerate(found, 1)}
    markdown, figure = texts.prompt(body, None)
    parts = cloze.parted(markdown, words, texts.losses)
    made = cloze.finished(question, parts, words, gaps, body.line)
    return {**made, **figure, "explanation": _explanation(question, readers)}


def _declared(item: Node, found: Sequence[Node]) -> dict[str, Declaration]:
    declared = {one.identifier: one for one in (declaration(node) for node in item.all("response-declaration"))}
    names = [node.get("response-identifier") for node in found]
    for node in found:
        name = node.get("response-identifier")
        if name not in declared:
            raise Refused("An interaction has no response declaration.", node.line)
        if names.count(name) > 1:
            raise Refused(f"Two interactions ask for the same response ({name[:40]}).", node.line)
        if declared[name].cardinality != "single" or declared[name].correct is None:
            raise Refused(f"The gap {name[:40]} declares no right answer, or more than one value.", node.line)
    if set(declared) != set(names):
        raise Refused("It declares a response that no interaction asks for.", item.line)
    return {name: declared[name] for name in names}


def _reader(
    item: Node, node: Node, declared: Declaration, alone: _Alone, texts: Texts, form: dict[str, str]
) -> _GapAnswers:
    seen = Node(item.name, item.space, item.line, item.attributes, [_only(one, declared) for one in item.inside])
    reader = _GapAnswers(Question(0, node.line), seen, node, declared, alone, texts)
    reader.own = form
    return reader


def _only(node: Node | str, declared: Declaration) -> Node | str:
    """The response processing without the rules that do not look at this response: their values are not its values."""
    if isinstance(node, str) or node.name != "response-processing":
        return node
    rules: list[Node | str] = [rule for rule in node.children if _looks_at(rule, declared.identifier)]
    return Node(node.name, node.space, node.line, node.attributes, rules)


def _looks_at(rule: Node, name: str) -> bool:
    return any(node.name in _RESPONSES and node.get("identifier") == name for node in rule.walk())


def _gap(scratch: Question, reader: _GapAnswers) -> Body:
    reader.question = scratch
    node = reader.interaction
    if node.name == "text-entry-interaction":
        body = qti_entries.entry(reader)
    else:
        options = node.all("inline-choice")
        shuffle = node.get("shuffle") == "true"
        body = one_of(reader, options, [reader.texts.plain(option) for option in options], shuffle=shuffle)
    if isinstance(reader.processing, _Alone) and reader.processing.below:
        scratch.change("A wrong answer could bring the marks of the item below nothing; they end at nothing now.")
    return {key: value for key, value in body.items() if key != "explanation"}


def _summed(question: Question, processing: Processing, keys: Mapping[str, Value], places: Sequence[Place]) -> Fraction:
    """The marks of all gaps, which have to be the sum of theirs, also of every two of them."""
    names = list(keys)
    marks = {name: place.share for name, place in zip(names, places, strict=True)}
    start = processing.score_all({})
    if start > 0:
        question.change("No answer at all earned marks; it earns none now.")
    for some in (*combinations(names, 2), tuple(names)):
        found = processing.score_all({name: keys[name] for name in some}) - start
        expected = sum(marks[name] for name in some)
        if abs(found - expected) > CLOSE:
            said = f"{decimal_text(found, 2)} and not {decimal_text(Fraction(expected), 2)}"
            raise Refused(f"Its gaps do not add up: {', '.join(some)[:80]} together pay {said}.", question.line)
    total = sum(marks.values(), Fraction(0))
    return Fraction(round(total)) if abs(total - round(total)) <= CLOSE else total


def _explanation(question: Question, readers: Sequence[_GapAnswers]) -> str:
    """What everybody reads whatever the gaps hold; feedback that none of the gaps could place is named."""
    told = readers[0].told
    everywhere = [one for one in told if all(one in reader.always_told for reader in readers)]
    used = set(everywhere).union(*(reader.used for reader in readers))
    left = [one.text for one in told if one not in used and one.text]
    if left:
        question.change(f"Feedback without a place was left out: “{left[0][:80]}” ({len(left)} in all).")
    return " ".join(one.text for one in everywhere if one.text)
