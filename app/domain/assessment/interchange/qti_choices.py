"""Choices of QTI items: one of several, several of several, a list in the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import combinations, product
from typing import Any

from app.domain.assessment.interchange import fitting
from app.domain.assessment.interchange.fitting import CHOICE_SCORING, Choice
from app.domain.assessment.interchange.qti_answers import CLOSE, Answers, identifiers_of
from app.domain.assessment.interchange.qti_texts import Told
from app.domain.assessment.interchange.report import Refused
from app.domain.assessment.interchange.xml_tree import Node
from app.domain.assessment.scoring import ONE, ZERO, Ticks, choice_score, clamp

MOST_OPTIONS = 30


def choice(reader: Answers) -> dict[str, Any]:
    """Return the body of a single choice or a multiple response."""
    nodes = reader.interaction.all("simple-choice")
    if any(node.get("fixed") == "true" for node in nodes):
        reader.question.change("Some options were fixed in their place; now all are shuffled or none is.")
    shuffle = reader.interaction.get("shuffle") == "true"
    if reader.declared.cardinality == "single":
        reader.question.kind = "single choice"
        return one_of(reader, nodes, [reader.texts.plain(node) for node in nodes], shuffle=shuffle)
    reader.question.kind = "multiple response"
    return _several(reader, nodes, shuffle=shuffle)


def inline_choice(reader: Answers) -> dict[str, Any]:
    """Return a list in the text as a single choice."""
    reader.question.kind = "inline choice"
    nodes = reader.interaction.all("inline-choice")
    reader.question.change("The list in the text is a single choice below it now; a line marks its place.")
    texts = [reader.texts.plain(node) for node in nodes]
    return one_of(reader, nodes, texts, shuffle=reader.interaction.get("shuffle") == "true")


def one_of(reader: Answers, nodes: Sequence[Node], texts: Sequence[str], *, shuffle: bool) -> dict[str, Any]:
    """Return the body of a single choice among options with these texts."""
    choices, always = shares(reader, nodes, texts)
    if {node.get("identifier") for node in nodes} == {"true", "false"}:
        reader.question.kind = "true_false"
    body = fitting.single_choice(reader.question, choices, shuffle=shuffle)
    return {**body, "explanation": reader.explanation(always)}


def shares(reader: Answers, nodes: Sequence[Node], texts: Sequence[str]) -> tuple[list[Choice], list[Told]]:
    """Return the options with what each pays and tells, and the feedback that everybody reads."""
    ids = identifiers_of(nodes)
    if len(ids) > MOST_OPTIONS:
        raise Refused(f"It has {len(ids)} options.")
    key = reader.declared.correct
    if key is None:
        key = max(ids, key=reader.processing.score)
    if key not in ids:
        raise Refused("Its declared key is none of its options.")
    best = reader.best(key, ids)
    always = reader.always(ids)
    choices = []
    for node, text in zip(nodes, texts, strict=True):
        answer = node.get("identifier")
        inner = reader.texts.inner_feedback(node)
        said = " ".join(part for part in (inner, reader.said(answer, always)) if part)
        choices.append(Choice(text, reader.marks(answer, best), said))
    return choices, always


def _several(reader: Answers, nodes: Sequence[Node], *, shuffle: bool) -> dict[str, Any]:
    ids = identifiers_of(nodes)
    if not fitting.MULTIPLE[0] <= len(ids) <= fitting.MULTIPLE[1]:
        fitting.multiple_response(reader.question, [Choice(i, ZERO) for i in ids])  # raises the fitting reason
    written = reader.interaction.get("max-choices", "0")
    most = int(written) if written.isdigit() and 0 < int(written[:3]) < len(ids) else len(ids)
    ticked = [list(some) for count in range(1, most + 1) for some in combinations(ids, count)]
    key = reader.declared.correct
    declared = key if isinstance(key, list) else max(ticked, key=lambda some: reader.processing.score(list(some)))
    right = [i for i in ids if i in declared]
    if not right or len(right) > most or (isinstance(key, list) and len(right) != len(key)):
        raise Refused("Its declared key does not fit its options.")
    best = reader.best(list(right), [list(some) for some in ticked])
    if most < len(ids):
        reader.question.change(f"At most {most} options could be ticked; there is no such limit now.")
    paid = {tuple(some): reader.marks(list(some), best) for some in ticked}
    scoring, negative = _policy(reader, ids, right, paid)
    pays = _weights(reader, ids, best) if scoring == "weights" else {}
    always = reader.always([[i] for i in ids])
    even = Fraction(1, len(right))
    choices = []
    for node in nodes:
        answer = node.get("identifier")
        said = " ".join(p for p in (reader.texts.inner_feedback(node), reader.said([answer], always)) if p)
        share = pays.get(answer, even if answer in right else -even)
        choices.append(Choice(reader.texts.plain(node), share, said))
    body = fitting.multiple_response(
        reader.question, choices, scoring="" if pays else scoring, shuffle=shuffle, negative=negative
    )
    return {**body, "explanation": reader.explanation(always)}


def _policy(
    reader: Answers, ids: Sequence[str], right: Sequence[str], paid: Mapping[tuple[str, ...], Fraction]
) -> tuple[str, bool]:
    """The scoring rule that pays the same for every answer, and whether it goes below 0; else one of ours."""
    written = reader.own.get("scoring", "")
    names = [name for name in (written, *CHOICE_SCORING) if name in CHOICE_SCORING]
    for name, negative in product(names, (False, True)):
        if all(abs(_pays(name, len(ids), right, some, negative) - share) <= CLOSE for some, share in paid.items()):
            return name, negative
    weights = _weights(reader, ids, ONE)
    fits = sum((weights[i] for i in right), ZERO) == 1 and all(weights[i] < 0 for i in ids if i not in right)
    for low in (ZERO, -ONE):
        if fits and all(
            abs(clamp(sum((weights[i] for i in some), ZERO), low) - share) <= CLOSE for some, share in paid.items()
        ):
            return "weights", low < 0
    alone = ", ".join(f"{i} {fitting.percent(paid[i,])}" for i in ids)
    said = "right minus wrong, over the right options, counts now"
    reader.question.change(f"Its marks follow none of our rules (each option alone: {alone}); {said}.")
    return "right_minus_wrong_correct", False


def _pays(name: str, options: int, right: Sequence[str], some: Sequence[str], negative: bool) -> Fraction:
    hits = sum(i in right for i in some)
    return choice_score(name, Ticks(options, len(right), hits, len(some) - hits), negative=negative)


def _weights(reader: Answers, ids: Sequence[str], best: Fraction) -> dict[str, Fraction]:
    """What the mapping says of each option, as a share of the whole; nothing for each without a mapping."""
    mapping = reader.declared.mapping
    if mapping is None:
        return dict.fromkeys(ids, ZERO)
    marks = {key: mark for key, mark, _ in mapping.entries}
    whole = reader.question.points or best or ONE
    return {i: fitting.near(marks.get(i, mapping.default) / whole) for i in ids}
