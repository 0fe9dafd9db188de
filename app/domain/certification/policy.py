"""What a certification asks for, as data: built from courses/certifications/*.yaml and pinned with each decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from app.domain.rubric.rubric import Mark


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """Another certification that must be held and active, for at least so many months."""

    certification: str
    months: int = 0


@dataclass(frozen=True, slots=True)
class QuizRequirement:
    """A quiz and the percentage that it must reach; `area_min` in every topic area; `safety`: no safety item wrong."""

    quiz: str
    mark: Fraction
    area_min: Fraction | None = None
    safety: bool = False


@dataclass(frozen=True, slots=True)
class PieceGroup:
    """So many pieces of any of these exercises; with `double_marked` only those that two people marked."""

    id: str
    title: str
    exercises: tuple[str, ...]
    count: int
    double_marked: bool = False


@dataclass(frozen=True, slots=True)
class PieceRequirement:
    """Approved pieces: in all, by exercise, by group, on 3D skins, on different skins, by skin type.

    `mark` is what makes a piece count: the score and the levels of the core criteria.
    """

    total: int = 0
    exercises: Mapping[str, int] = field(default_factory=dict)
    min_3d: int = 0
    min_skins: int = 0
    mark: Mark | None = None
    skins: Mapping[str, int] = field(default_factory=dict)
    groups: tuple[PieceGroup, ...] = ()


@dataclass(frozen=True, slots=True)
class ProofRequirement:
    """An external proof; `max_age_months` None means that only its own expiry counts.

    `answers` are the statuses that count where the proof is a status (hepatitis B: vaccinated, immune or declined).
    `suspends`: a certificate in force is suspended while this proof has lapsed.
    """

    kind: str
    title: str
    max_age_months: int | None = None
    answers: tuple[str, ...] = ()
    suspends: bool = True


@dataclass(frozen=True, slots=True)
class RenewalRule:
    """What renewal asks for: hours of education (some of hygiene, some of teaching), refresher pieces, the window.

    `most` is how often it may be renewed (0: as often as wanted). After the grace `late_quiz` must be passed again
    and a piece of `late_exercise` approved again ("" for neither). `approval`: a second person agrees.
    """

    window_days: int = 90
    ce_hours: int = 0
    ce_hygiene: int = 0
    ce_teaching: int = 0
    pieces: int = 0
    most: int = 0
    late_quiz: str = ""
    late_exercise: str = ""
    approval: bool = False


@dataclass(frozen=True, slots=True)
class RequirementSet:
    """All requirements of one certification at one version. Hours are by kind; `total` is the sum of all.

    With `since_prerequisite`, hours and pieces count only from the issue of the prerequisite on. With `approval`, a
    second person agrees before it is issued. `no_open_complaint`: nothing that somebody complained about the artist is
    still being looked into. `waivable` are the groups of requirements that staff may waive.
    """

    id: str
    title: str
    scope: str
    not_a_licence: str
    validity_months: int
    prerequisite: Prerequisite | None
    courses: tuple[str, ...]
    quizzes: tuple[QuizRequirement, ...]
    hours: Mapping[str, int]
    pieces: PieceRequirement
    proofs: tuple[ProofRequirement, ...]
    no_critical_in_last: int
    grace_days: int
    renewal: RenewalRule | None
    since_prerequisite: bool = False
    no_open_complaint: bool = False
    adult: bool = True
    approval: bool = False
    waivable: frozenset[str] = frozenset()


# Never the age, a tier below, a clean record or a proof: those protect people, not the academy.
WAIVABLE: frozenset[str] = frozenset({"course", "quiz", "hours", "pieces"})
_KNOWN = frozenset(
    {
        "id",
        "title",
        "scope",
        "not_a_licence",
        "validity_months",
        "prerequisite",
        "courses",
        "quizzes",
        "hours",
        "pieces",
        "proofs",
        "no_critical_in_last",
        "grace_days",
        "renewal",
        "since_prerequisite",
        "no_open_complaint",
        "adult",
        "approval",
        "waivable",
    }
)


def policy_from_dict(data: Mapping[str, Any], mark: Mark | None = None) -> RequirementSet:
    """Build the requirement set from the canonical dict; raises ValueError with a sentence on nonsense.

    `mark` is the rubric's mark for this tier: a piece approved for a lower tier counts only when it reaches it.
    """
    policy_id = str(data.get("id") or "")
    unknown = set(data) - _KNOWN
    if not policy_id or not data.get("title") or unknown:
        detail = f" It has the unknown keys {', '.join(sorted(unknown))}." if unknown else ""
        raise ValueError(f"A certification needs an id and a title.{detail}")
    courses = tuple(data.get("courses") or ())
    if len(set(courses)) != len(courses):
        raise ValueError(f"Certification {policy_id} names a course twice.")
    return RequirementSet(
        id=policy_id,
        title=str(data["title"]),
        scope=data.get("scope") or "",
        not_a_licence=data.get("not_a_licence") or "",
        validity_months=_count(data.get("validity_months"), f"The validity of {policy_id}", 1),
        prerequisite=_prerequisite(policy_id, data.get("prerequisite")),
        courses=courses,
        quizzes=_quizzes(policy_id, data.get("quizzes") or ()),
        hours={
            str(kind): _count(hours, f"The {kind} hours of {policy_id}", 0)
            for kind, hours in (data.get("hours") or {}).items()
        },
        pieces=_pieces(policy_id, data.get("pieces") or {}, mark),
        proofs=tuple(_proof(policy_id, row) for row in data.get("proofs") or ()),
        no_critical_in_last=_count(data.get("no_critical_in_last") or 0, f"The look-back of {policy_id}", 0),
        grace_days=_count(data.get("grace_days") or 0, f"The grace days of {policy_id}", 0),
        renewal=_renewal(policy_id, data.get("renewal")),
        since_prerequisite=_since(policy_id, data),
        no_open_complaint=bool(data.get("no_open_complaint", False)),
        adult=bool(data.get("adult", True)),
        approval=bool(data.get("approval", False)),
        waivable=_waivable(policy_id, data.get("waivable") or ()),
    )


def _waivable(policy_id: str, groups: Sequence[str]) -> frozenset[str]:
    unknown = set(groups) - WAIVABLE
    if unknown:
        raise ValueError(f"Certification {policy_id} lets nobody waive {', '.join(sorted(unknown))}.")
    return frozenset(groups)


def _prerequisite(policy_id: str, row: Mapping[str, Any] | None) -> Prerequisite | None:
    if not row:
        return None
    if not row.get("certification"):
        raise ValueError(f"The prerequisite of {policy_id} names no certification.")
    months = _count(row.get("months") or 0, f"The months of the prerequisite of {policy_id}", 0)
    return Prerequisite(str(row["certification"]), months)


def _quizzes(policy_id: str, rows: Sequence[Mapping[str, Any]]) -> tuple[QuizRequirement, ...]:
    quizzes = []
    for row in rows:
        mark = Fraction(str(row.get("mark")))
        if not row.get("quiz") or not 0 < mark <= 100:
            raise ValueError(f"Certification {policy_id} names a quiz without a mark from 1 to 100.")
        area = row.get("area_min")
        floor = None if area is None else Fraction(str(area))
        if floor is not None and not 0 < floor <= 100:
            raise ValueError(f"The areas of {row['quiz']} need a mark from 1 to 100.")
        quizzes.append(QuizRequirement(str(row["quiz"]), mark, floor, bool(row.get("safety", False))))
    if len({quiz.quiz for quiz in quizzes}) != len(quizzes):
        raise ValueError(f"Certification {policy_id} names a quiz twice.")
    return tuple(quizzes)


def _pieces(policy_id: str, row: Mapping[str, Any], mark: Mark | None) -> PieceRequirement:
    unknown = set(row) - {"total", "exercises", "min_3d", "min_skins", "skins", "groups"}
    if unknown:
        raise ValueError(f"The pieces of {policy_id} have the unknown keys {', '.join(sorted(unknown))}.")
    what = f"A number of pieces of {policy_id}"
    return PieceRequirement(
        total=_count(row.get("total") or 0, what, 0),
        exercises={str(e): _count(n, what, 1) for e, n in (row.get("exercises") or {}).items()},
        min_3d=_count(row.get("min_3d") or 0, what, 0),
        min_skins=_count(row.get("min_skins") or 0, what, 0),
        mark=mark,
        skins={str(skin): _count(n, what, 1) for skin, n in (row.get("skins") or {}).items()},
        groups=tuple(_group(policy_id, each) for each in row.get("groups") or ()),
    )


def _group(policy_id: str, row: Mapping[str, Any]) -> PieceGroup:
    if not row.get("id") or not row.get("title") or not row.get("exercises"):
        raise ValueError(f"A group of pieces of {policy_id} needs an id, a title and exercises.")
    count = _count(row.get("count"), f"The pieces of the group {row['id']}", 1)
    names = tuple(str(exercise) for exercise in row["exercises"])
    return PieceGroup(str(row["id"]), str(row["title"]), names, count, bool(row.get("double_marked", False)))


def _proof(policy_id: str, row: Mapping[str, Any]) -> ProofRequirement:
    if not row.get("kind") or not row.get("title"):
        raise ValueError(f"A proof of {policy_id} needs a kind and a title.")
    age = row.get("max_age_months")
    months = None if age is None else _count(age, f"The age of the proof {row['kind']}", 1)
    answers = tuple(str(answer) for answer in row.get("answers") or ())
    return ProofRequirement(str(row["kind"]), str(row["title"]), months, answers, bool(row.get("suspends", True)))


def _renewal(policy_id: str, row: Mapping[str, Any] | None) -> RenewalRule | None:
    if not row:
        return None
    counts = ("window_days", "ce_hours", "ce_hygiene", "ce_teaching", "pieces", "most")
    unknown = set(row) - {*counts, "late_quiz", "late_exercise", "approval"}
    if unknown:
        raise ValueError(f"The renewal of {policy_id} has the unknown keys {', '.join(sorted(unknown))}.")
    return RenewalRule(
        **{key: _count(row[key], f"The {key} of {policy_id}", 0) for key in counts if key in row},
        late_quiz=str(row.get("late_quiz") or ""),
        late_exercise=str(row.get("late_exercise") or ""),
        approval=bool(row.get("approval", False)),
    )


def _since(policy_id: str, data: Mapping[str, Any]) -> bool:
    since = bool(data.get("since_prerequisite", False))
    if since and not data.get("prerequisite"):
        raise ValueError(f"Certification {policy_id} counts from a prerequisite that it does not have.")
    return since


def _count(value: object, what: str, low: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < low:
        raise ValueError(f"{what} must be a whole number of at least {low}.")
    return value
