"""How well the reviewers of an academy agree: by criterion, by pair, by reviewer, and as a whole.

Figures stand with their intervals and with what may be said of them; where fewer than twenty pieces were marked twice
there is no figure at all. Criteria compare the first two marks of a piece; pairs and reviewers compare all marks that
two people gave. Shares over several criteria of a piece take the piece as one observation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from statistics import fmean, variance

from app.domain.agreement.alpha import Alpha, alpha, clustered_alpha
from app.domain.agreement.drift import Trend, trends
from app.domain.agreement.kappa import Kappa, adjacent_count, clustered_kappa, exact_count, kappa, table_of
from app.domain.agreement.marks import ENOUGH, Mark, marked_twice
from app.domain.agreement.severity import Severity, groups, severities
from app.domain.agreement.verdicts import Firmness, Leaning, firmness, leaning
from app.domain.assessment.statistics.intervals import Interval, Sample, clopper_pearson, facility_interval


@dataclass(frozen=True, slots=True)
class Share:
    """A share from 0 to 1 with its interval."""

    value: float
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Figures:
    """How well two marks of the same thing agree. `kappa` is None where the levels do not vary."""

    exact: Share
    adjacent: Share
    kappa: Kappa | None


@dataclass(frozen=True, slots=True)
class CriterionLine:
    """One criterion: `pieces` marked twice; figures and alpha are None when these are too few."""

    criterion: str
    pieces: int
    figures: Figures | None
    alpha: Alpha | None
    firmness: Firmness


@dataclass(frozen=True, slots=True)
class PairLine:
    """Two reviewers over all criteria of the pieces that both marked."""

    reviewers: tuple[str, str]
    pieces: int
    figures: Figures | None
    firmness: Firmness


@dataclass(frozen=True, slots=True)
class ReviewerLine:
    """One reviewer against all colleagues. `severity` is None for too few pieces or nobody to compare with."""

    reviewer: str
    pieces: int
    figures: Figures | None
    firmness: Firmness
    severity: Severity | None
    leaning: Leaning
    trend: Trend | None


@dataclass(frozen=True, slots=True)
class Whole:
    """The academy: how often two reviewers come to the same result, and how near their levels are.

    None of it when too few pieces were marked twice.
    """

    same_result: Share
    exact: Share
    adjacent: Share
    alpha: Alpha | None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything, over the pieces marked twice between `since` and `until` (the first and the last mark)."""

    pieces: int
    since: datetime | None
    until: datetime | None
    whole: Whole | None
    criteria: tuple[CriterionLine, ...]
    pairs: tuple[PairLine, ...]
    reviewers: tuple[ReviewerLine, ...]
    groups: int


Pairs = list[tuple[int, int]]


def report(marks: Iterable[Mark], criteria: Sequence[str]) -> Report:
    """Report on marks; `criteria` are the criteria in the order of the rubric (others follow by name)."""
    pieces = marked_twice(marks)
    seen = {name for piece in pieces for mark in piece for name in mark.levels}
    ordered = [name for name in criteria if name in seen] + sorted(seen - set(criteria))
    times = [mark.at for piece in pieces for mark in piece]
    return Report(
        pieces=len(pieces),
        since=min(times, default=None),
        until=max(times, default=None),
        whole=_whole(pieces) if len(pieces) >= ENOUGH else None,
        criteria=tuple(_criterion(name, pieces) for name in ordered),
        pairs=_pairs(pieces),
        reviewers=_reviewers(pieces),
        groups=len(groups(pieces)),
    )


def _whole(pieces: Sequence[tuple[Mark, ...]]) -> Whole:
    same = sum(piece[0].result == piece[1].result for piece in pieces)
    firsts = [found for piece in pieces if (found := _shared(piece[0], piece[1]))]
    values = (
        [[mark.levels[name] for mark in piece if name in mark.levels] for name in _names(piece)] for piece in pieces
    )
    return Whole(
        same_result=Share(same / len(pieces), clopper_pearson(same, len(pieces))),
        exact=_of_pieces([_exact(pairs) for pairs in firsts]),
        adjacent=_of_pieces([_adjacent(pairs) for pairs in firsts]),
        alpha=clustered_alpha(values),
    )


def _names(piece: Sequence[Mark]) -> list[str]:
    return sorted({name for mark in piece for name in mark.levels})


def _criterion(name: str, pieces: Sequence[tuple[Mark, ...]]) -> CriterionLine:
    used = [piece for piece in pieces if name in piece[0].levels and name in piece[1].levels]
    if len(used) < ENOUGH:
        return CriterionLine(name, len(used), None, None, Firmness.TOO_FEW)
    table = table_of((piece[0].levels[name], piece[1].levels[name]) for piece in used)
    exact, adjacent = int(exact_count(table)), int(adjacent_count(table))
    figures = Figures(
        Share(exact / len(used), clopper_pearson(exact, len(used))),
        Share(adjacent / len(used), clopper_pearson(adjacent, len(used))),
        kappa(table),
    )
    all_marks = alpha([[mark.levels[name] for mark in piece if name in mark.levels] for piece in used])
    return CriterionLine(name, len(used), figures, all_marks, firmness(figures.kappa))


def _pairs(pieces: Sequence[tuple[Mark, ...]]) -> tuple[PairLine, ...]:
    found: dict[tuple[str, str], list[Pairs]] = {}
    for piece in pieces:
        for one, other in combinations(sorted(piece, key=lambda mark: mark.reviewer), 2):
            if shared := _shared(one, other):
                found.setdefault((one.reviewer, other.reviewer), []).append(shared)
    lines = []
    for reviewers, levels in found.items():
        figures = _figures(levels)
        lines.append(PairLine(reviewers, len(levels), figures, _firmness(figures)))
    return tuple(sorted(lines, key=lambda line: (-line.pieces, line.reviewers)))


def _reviewers(pieces: Sequence[tuple[Mark, ...]]) -> tuple[ReviewerLine, ...]:
    found: dict[str, list[Pairs]] = {}
    for piece in pieces:
        for mark in piece:
            shared = [pair for other in piece if other is not mark for pair in _shared(mark, other)]
            if shared:
                found.setdefault(mark.reviewer, []).append(shared)
    strict = severities(pieces)
    over_time = trends(pieces, strict)
    lines = []
    for reviewer, levels in sorted(found.items()):
        figures, severity = _figures(levels), strict.get(reviewer)
        lines.append(
            ReviewerLine(
                reviewer=reviewer,
                pieces=len(levels),
                figures=figures,
                firmness=_firmness(figures),
                severity=severity,
                leaning=leaning(severity),
                trend=over_time.get(reviewer),
            )
        )
    return tuple(lines)


def _shared(one: Mark, other: Mark) -> Pairs:
    return [(level, other.levels[name]) for name, level in one.levels.items() if name in other.levels]


def _figures(levels: Sequence[Pairs]) -> Figures | None:
    if len(levels) < ENOUGH:
        return None
    exact = _of_pieces([_exact(pairs) for pairs in levels])
    adjacent = _of_pieces([_adjacent(pairs) for pairs in levels])
    return Figures(exact, adjacent, clustered_kappa(levels))


def _firmness(figures: Figures | None) -> Firmness:
    return firmness(figures.kappa) if figures else Firmness.TOO_FEW


def _exact(pairs: Pairs) -> float:
    return sum(first == second for first, second in pairs) / len(pairs)


def _adjacent(pairs: Pairs) -> float:
    return sum(abs(first - second) <= 1 for first, second in pairs) / len(pairs)


def _of_pieces(shares: Sequence[float]) -> Share:
    """The mean of what each piece comes to, with the interval of Student's t over pieces.

    Where every piece agrees wholly there is no spread to take it from; then the exact interval of a share stands in.
    """
    mean, n = fmean(shares), len(shares)
    if all(share == 1 for share in shares):
        return Share(1.0, clopper_pearson(n, n))
    spread = variance(shares, mean) if n > 1 else None
    return Share(mean, facility_interval(Sample(n=n, mean=mean, variance=spread)))
