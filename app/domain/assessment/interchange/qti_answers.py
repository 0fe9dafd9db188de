"""What the answers of a QTI item pay and tell, found by running its own response processing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from app.domain.assessment.exact import decimal_text
from app.domain.assessment.interchange.qti_processing import Declaration, Value
from app.domain.assessment.interchange.qti_texts import Texts, Told
from app.domain.assessment.interchange.report import Question, Refused
from app.domain.assessment.interchange.tags import own
from app.domain.assessment.interchange.xml_tree import Node
from app.domain.assessment.scoring import ONE, ZERO

CLOSE = Fraction(1, 1000)


class Pays(Protocol):
    """What runs the response processing for one response."""

    def run(self, answer: Value) -> dict[str, Value]:
        """Return the outcomes for an answer."""
        ...

    def score(self, answer: Value) -> Fraction:
        """Return the marks for an answer."""
        ...


@dataclass
class Answers:
    """The one interaction of an item, and what its answers pay and tell."""

    question: Question
    item: Node
    interaction: Node
    declared: Declaration
    processing: Pays
    texts: Texts

    def __post_init__(self) -> None:
        self.told = self.texts.told(self.item)
        self.used: set[Told] = set()
        self.own = own(self.question.tags).form

    def finish(self, body: dict[str, Any]) -> dict[str, Any]:
        """Add the explanation, and name feedback that found no place."""
        body.setdefault("explanation", self.explanation())
        left = [told.text for told in self.told if told not in self.used and told.text]
        if left:
            self.question.change(f"Feedback without a place was left out: “{left[0][:80]}” ({len(left)} in all).")
        return body

    # What an answer pays and tells

    def marks(self, answer: Value, best: Fraction) -> Fraction:
        """The share of the points that an answer earns, to the thousandth where the file rounds."""
        share = self.processing.score(answer) / best
        return next((near for near in (ZERO, ONE) if abs(share - near) <= CLOSE), share)

    def best(self, key: Value, others: Iterable[Value]) -> Fraction:
        """The marks of the key, which must be above nothing and above all others; they become the points."""
        mark = self.processing.score(key)
        if mark <= 0:
            raise Refused("Its declared key earns nothing by its own response processing.")
        for other in others:
            if self.processing.score(other) > mark:
                raise Refused(f"“{words_of(other)}” earns more than the declared key, so the key is in doubt.")
        if self.processing.score(None if not isinstance(key, list) else []) > 0:
            self.question.change("No answer at all earned marks; it earns none now.")
        self.question.points = Fraction(round(mark)) if abs(mark - round(mark)) <= CLOSE else mark
        return mark

    def appearing(self, answer: Value) -> list[Told]:
        """The feedback that somebody with this answer reads."""
        outcomes = self.processing.run(answer)
        return [told for told in self.told if told.appears(outcomes)]

    def said(self, answer: Value, without: Sequence[Told] = ()) -> str:
        """The feedback that somebody with this answer reads, as one text."""
        found = [told for told in self.appearing(answer) if told not in without]
        self.used |= set(found)
        return " ".join(told.text for told in found if told.text)

    def always(self, answers: Iterable[Value]) -> list[Told]:
        """The feedback that everybody reads."""
        shown = [self.appearing(answer) for answer in answers]
        return [told for told in self.told if all(told in found for found in shown)] if shown else []

    def explanation(self, always: Sequence[Told] | None = None) -> str:
        """What everybody reads is the explanation."""
        found = self.always([self.declared.correct]) if always is None else always
        self.used |= set(found)
        return " ".join(told.text for told in found if told.text)


def identifiers_of(nodes: Sequence[Node]) -> list[str]:
    """Return the identifiers of options; raises Refused unless they differ."""
    ids = [node.get("identifier") for node in nodes]
    if not ids or not all(ids) or len(set(ids)) != len(ids):
        raise Refused("Its options need identifiers that differ.")
    return ids


def words_of(answer: Value) -> str:
    """An answer for a sentence."""
    held = answer if isinstance(answer, list) else [answer]
    return ", ".join(decimal_text(one) if isinstance(one, Fraction) else str(one) for one in held)[:80]
