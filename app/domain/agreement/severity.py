"""How strict each reviewer is against colleagues, in levels, by an additive many-facet model.

level = (what this criterion of this piece deserves) - (severity of the reviewer) + error. The first part is free for
every criterion of every piece, so only pieces that several reviewers marked count, and it does not matter who was
given the better work (least squares with fixed effects; Braun 1988, Journal of Educational Statistics 13, 1-18). It
treats the four levels as equally far apart and knows no ceiling; it is not the many-facet Rasch model (Linacre 1989),
whose logits few could read. Severities can be compared only among reviewers whom shared pieces connect.

Errors take each piece as one observation, however many criteria it has (cluster-robust, Liang and Zeger 1986), and
intervals use Student's t with the pieces of the reviewer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt

from app.domain.agreement.marks import ENOUGH, Mark
from app.domain.assessment.statistics.distributions import t_quantile
from app.domain.assessment.statistics.intervals import CONFIDENCE, Interval


@dataclass(frozen=True, slots=True)
class Severity:
    """How many levels lower (positive) or higher a reviewer marks than the mean of the colleagues in `group`.

    `own` is the same against the mean of all in the group, the reviewer among them. `pieces` were shared with others.
    """

    reviewer: str
    value: float
    own: float
    error: float
    pieces: int
    group: int

    @property
    def interval(self) -> Interval:
        """The interval of 95 percent."""
        reach = t_quantile(0.5 + CONFIDENCE / 2, max(1, self.pieces - 1)) * self.error
        return Interval(self.value - reach, self.value + reach)


def groups(pieces: Sequence[Sequence[Mark]]) -> list[list[str]]:
    """The reviewers whom shared pieces connect, directly or through others; the largest group first."""
    parent: dict[str, str] = {}

    def root(of: str) -> str:
        while parent.setdefault(of, of) != of:
            parent[of] = parent[parent[of]]
            of = parent[of]
        return of

    for piece in pieces:
        for one, other in combinations(piece, 2):
            if one.levels.keys() & other.levels.keys():
                parent[root(other.reviewer)] = root(one.reviewer)
    found: dict[str, list[str]] = {}
    for reviewer in sorted(parent):
        found.setdefault(root(reviewer), []).append(reviewer)
    return sorted(found.values(), key=lambda group: (-len(group), group))


@dataclass(frozen=True, slots=True)
class _Piece:
    """What a piece adds: how often which reviewers met on a criterion, and their levels less the mean of these."""

    meetings: Counter[tuple[str, ...]]
    leads: Mapping[str, float]


def severities(pieces: Sequence[Sequence[Mark]], enough: int = ENOUGH) -> dict[str, Severity]:
    """The severity of each reviewer with at least `enough` shared pieces, by reviewer.

    The model is fitted to everybody who shares a piece. A group whose other members are all too new still counts as
    colleagues; a reviewer without any shared piece is not there.
    """
    compared = [_compare(piece) for piece in pieces]
    found: dict[str, Severity] = {}
    for number, group in enumerate(groups(pieces)):
        members = set(group)
        mine = [piece for piece in compared if members & piece.leads.keys()]
        found |= {s.reviewer: s for s in _fit(group, mine, number) if s.pieces >= enough}
    return found


def _compare(piece: Sequence[Mark]) -> _Piece:
    if len(piece) == 2:  # nearly all are, and there are many
        one, other = piece
        shared = one.levels.keys() & other.levels.keys()
        lead = sum(one.levels[name] - other.levels[name] for name in shared) / 2
        met_by = (one.reviewer, other.reviewer)
        return _Piece(Counter({met_by: len(shared)}), {one.reviewer: lead, other.reviewer: -lead} if shared else {})
    meetings: Counter[tuple[str, ...]] = Counter()
    leads: dict[str, float] = {}
    for criterion in {name for mark in piece for name in mark.levels}:
        met = [(mark.reviewer, mark.levels[criterion]) for mark in piece if criterion in mark.levels]
        if len(met) > 1:
            mean = sum(level for _reviewer, level in met) / len(met)
            meetings[tuple(reviewer for reviewer, _level in met)] += 1
            for reviewer, level in met:
                leads[reviewer] = leads.get(reviewer, 0.0) + level - mean
    return _Piece(meetings, leads)


def _fit(group: Sequence[str], pieces: Sequence[_Piece], number: int) -> list[Severity]:
    place = {reviewer: at for at, reviewer in enumerate(group)}
    size = len(group)
    # Ones everywhere fix the mean at zero; they vanish from every comparison of reviewers.
    normal = [[1.0] * size for _ in group]
    lead = [0.0] * size
    for piece in pieces:
        for reviewers, times in piece.meetings.items():
            _add_meeting(normal, [place[r] for r in reviewers], times)
        for reviewer, value in piece.leads.items():
            lead[place[reviewer]] += value
    inverse = inverted(normal)
    strict = [-sum(a * b for a, b in zip(row, lead, strict=True)) for row in inverse]
    middle = _products(pieces, place, strict)
    shared = Counter(reviewer for piece in pieces for reviewer in piece.leads)
    scale = len(pieces) / (len(pieces) - 1) if len(pieces) > 1 else 1.0
    found = []
    for reviewer in group:
        # Against the mean of the others: one for the reviewer, an equal share off for each colleague.
        contrast = [1.0 if other == reviewer else -1 / (size - 1) for other in group]
        weights = [sum(c * inverse[at][to] for at, c in enumerate(contrast)) for to in range(size)]
        variance = scale * sum(weights[one] * weights[other] * value for (one, other), value in middle.items())
        value = sum(c * s for c, s in zip(contrast, strict, strict=True))
        found.append(
            Severity(reviewer, value, strict[place[reviewer]], sqrt(max(0.0, variance)), shared[reviewer], number)
        )
    return found


def _add_meeting(normal: list[list[float]], places: Sequence[int], times: int) -> None:
    share = times / len(places)
    for one in places:
        normal[one][one] += times
        for other in places:
            normal[one][other] -= share


def _products(
    pieces: Sequence[_Piece], place: Mapping[str, int], strict: Sequence[float]
) -> dict[tuple[int, int], float]:
    """What is left of each piece for its reviewers when the severities are taken out, multiplied in pairs and summed.

    This is the middle of the cluster-robust variance.
    """
    found: dict[tuple[int, int], float] = {}
    for piece in pieces:
        score = {place[reviewer]: lead for reviewer, lead in piece.leads.items()}
        for reviewers, times in piece.meetings.items():
            mean = sum(strict[place[r]] for r in reviewers) / len(reviewers)
            for reviewer in reviewers:
                score[place[reviewer]] += times * (strict[place[reviewer]] - mean)
        for one, left in score.items():
            for other, right in score.items():
                found[one, other] = found.get((one, other), 0.0) + left * right
    return found


def inverted(matrix: Sequence[Sequence[float]]) -> list[list[float]]:
    """The inverse of a square matrix (Gauss and Jordan, with the largest pivot); ZeroDivisionError when singular."""
    size = len(matrix)
    rows = [[*row, *(float(at == to) for to in range(size))] for at, row in enumerate(matrix)]
    for at in range(size):
        best = max(range(at, size), key=lambda candidate: abs(rows[candidate][at]))
        rows[at], rows[best] = rows[best], rows[at]
        pivot = rows[at][at]
        rows[at] = [value / pivot for value in rows[at]]
        for other in range(size):
            factor = rows[other][at]
            if other != at and factor:
                rows[other] = [a - factor * b for a, b in zip(rows[other], rows[at], strict=True)]
    return [row[size:] for row in rows]
