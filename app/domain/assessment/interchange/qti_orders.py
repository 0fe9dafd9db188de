"""Orders and pairs of QTI items."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations, permutations
from typing import Any

from app.domain.assessment.interchange import fitting
from app.domain.assessment.interchange.qti_answers import CLOSE, Answers, identifiers_of
from app.domain.assessment.interchange.qti_processing import Value
from app.domain.assessment.interchange.report import Refused
from app.domain.assessment.scoring import ONE, ORDERING_RULES, ZERO, order_score

_ALL_ORDERS = 5
_MOST_RIGHTS = 20


def order(reader: Answers) -> dict[str, Any]:
    """Return the body of an ordering item."""
    reader.question.kind = "ordering"
    nodes = reader.interaction.all("simple-choice")
    ids, key = identifiers_of(nodes), reader.declared.correct
    if not isinstance(key, list) or sorted(map(str, key)) != sorted(ids):
        raise Refused("Its declared key does not put every entry in its place.")
    if not fitting.ENTRIES[0] <= len(ids) <= fitting.ENTRIES[1]:
        fitting.ordering(ids)  # raises the fitting reason
    right = [str(one) for one in key]
    orders = [list(one) for one in _orders(right)]
    best = reader.best(list(right), [list(one) for one in orders])
    shares = [(one, reader.marks(list(one), best)) for one in orders]
    scoring = _order_rule(reader, right, shares)
    if any(node.get("fixed") == "true" for node in nodes):
        reader.question.change("Some entries were fixed in their place; now all are to be ordered.")
    always = reader.always([list(one) for one in orders])
    explains = [told for told in always if told.outcome == "EXPLANATION"] or always
    feedback = reader.said(list(right), explains)
    texts = {node.get("identifier"): reader.texts.plain(node) for node in nodes}
    body = fitting.ordering([texts[one] for one in right], scoring=scoring, feedback=feedback)
    return {**body, "explanation": reader.explanation(explains)}


def _order_rule(reader: Answers, right: list[str], shares: list[tuple[list[str], Fraction]]) -> str:
    wanted = reader.own.get("scoring", "")
    fits = [
        rule
        for rule in ORDERING_RULES
        if all(abs(order_score(rule, right, given) - share) <= CLOSE for given, share in shares)
    ]
    if "all_or_nothing" in fits and wanted in ORDERING_RULES:
        return wanted  # QTI has no words for our other rules: the export writes all or nothing and a tag
    if not fits:
        reader.question.change("Its marks follow none of our ordering rules; all or nothing counts now.")
    return fits[0] if fits else "all_or_nothing"


def match(reader: Answers) -> dict[str, Any]:
    """Return the body of a matching item: the first set stands on the left."""
    reader.question.kind = "matching"
    sets = reader.interaction.all("simple-match-set")
    key = reader.declared.correct
    if len(sets) != 2 or not isinstance(key, list):
        raise Refused("It needs two sets and a declared key of pairs.")
    lefts, rights = (dict(zip(identifiers_of(n := s.all("simple-associable-choice")), n, strict=True)) for s in sets)
    if not fitting.PAIRS[0] <= len(lefts) <= fitting.PAIRS[1] or len(rights) > _MOST_RIGHTS:
        raise Refused(f"It has {len(lefts)} and {len(rights)} sides; items have 3 to 6 pairs.")
    pairs = [str(pair).split(" ") for pair in key]
    if any(len(p) != 2 or p[0] not in lefts or p[1] not in rights for p in pairs):
        raise Refused("Its declared key names a side that does not exist.")
    if sorted(p[0] for p in pairs) != sorted(lefts):
        raise Refused("Each entry of the first set needs exactly one partner.")
    best = reader.best([str(p) for p in key], _wrong_matches(pairs, list(rights)))
    scoring = _match_rule(reader, [str(p) for p in key], pairs, list(rights), best)
    partner = dict(pairs)
    rows = [(reader.texts.plain(node), reader.texts.plain(rights[partner[i]])) for i, node in lefts.items()]
    spare = [reader.texts.plain(node) for i, node in rights.items() if i not in partner.values()]
    return fitting.matching(rows, spare, scoring=scoring)


def _wrong_matches(pairs: Sequence[Sequence[str]], rights: Sequence[str]) -> list[Value]:
    """Some answers with wrong pairs: each row alone given every other partner."""
    found: list[Value] = []
    for index, (left, _) in enumerate(pairs):
        for other in rights:
            found.append([f"{left} {other}" if i == index else " ".join(p) for i, p in enumerate(pairs)])
    return found


def _match_rule(
    reader: Answers, key: list[str], pairs: Sequence[Sequence[str]], rights: Sequence[str], best: Fraction
) -> str:
    exact = per_pair = True
    answers: list[list[str]] = [list(some) for n in range(1, len(key)) for some in combinations(key, n)]
    tests = [(answer, Fraction(len(answer), len(key))) for answer in answers]
    for answer in _wrong_matches(pairs, rights):
        assert isinstance(answer, list)
        tests.append(([str(a) for a in answer], Fraction(sum(a in key for a in answer), len(key))))
    for some, share in tests:
        paid = reader.marks(list(some), best)
        per_pair = per_pair and abs(paid - share) <= CLOSE
        exact = exact and paid == (ONE if share == ONE else ZERO)
    if not exact and not per_pair:
        reader.question.change("Its marks follow none of our rules; each right pair counts the same now.")
    return "exact" if exact and not per_pair else "per_pair"


def _orders(right: list[str]) -> Iterator[Sequence[str]]:
    """All orders of a few entries; of many the telling ones: swaps, moves and the reverse."""
    if len(right) <= _ALL_ORDERS:
        yield from permutations(right)
        return
    yield list(reversed(right))
    for i, j in combinations(range(len(right)), 2):
        swapped = list(right)
        swapped[i], swapped[j] = swapped[j], swapped[i]
        yield swapped
        moved = [one for one in right if one != right[i]]
        moved.insert(j, right[i])
        yield moved
