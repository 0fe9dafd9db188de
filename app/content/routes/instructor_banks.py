"""Banks of questions: what there is, and the way to one question."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.content import queries
from app.content.queries import ItemFilter, ItemLine
from app.domain.access.permissions import Permission
from app.domain.assessment.statistics.verdicts import Finding, Verdict
from app.domain.errors import NotFound
from app.web.access import current_session, requires
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("content_banks", Audience.INSTRUCTOR)
PAGE = 40
LONGEST_SEARCH = 120


@bp.get("/banks")
@requires(Permission.CONTENT_READ)
def index() -> ResponseReturnValue:
    """All banks and quizzes; `?id=` leads to one question."""
    session, wanted = current_session(), request.args.get("id", "").strip().lower()[:LONGEST_SEARCH]
    if wanted and queries.bank_of_item(session, wanted) is not None:
        return redirect(url_for("content_items_instructor.item", item_key=wanted), 303)
    if wanted:
        flash(_("No live question has the id %(id)s.", id=wanted), "warning")
    return render_template(
        "content/instructor_banks.html",
        banks=queries.banks(session),
        quizzes=queries.quiz_faces(session),
        wanted=wanted,
    )


@bp.get("/banks/<bank_key>")
@requires(Permission.CONTENT_READ)
def bank(bank_key: str) -> ResponseReturnValue:
    """The live questions of a bank, in the order of its file."""
    session = current_session()
    facets = queries.facets(session, bank_key)
    if facets is None:
        raise NotFound
    health = queries.health_of(session, bank_key)
    verdict = request.args.get("health", "")
    asked = _asked(health, verdict)
    after = _after()
    rows = queries.bank_items(session, bank_key, asked, after=after, size=PAGE)
    facts = {"bank": bank_key, "facets": facets, "asked": asked, "health": health, "verdict": verdict}
    return render_template(
        "content/instructor_bank.html",
        **facts,
        title=queries.bank_title(bank_key),
        findings={key: Verdict(Finding(found)) for key, found in health.items()},
        kinds=[one for one in Finding if one.value in health.values()],
        rows=rows[:PAGE],
        cursor=_cursor(rows[PAGE - 1]) if len(rows) > PAGE else "",
        is_first=after is None,
    )


def _asked(health: dict[str, str], verdict: str) -> ItemFilter:
    """The filters of the address; what makes no sense asks for nothing."""
    args = request.args
    level = args.get("difficulty", type=int)
    safety = {"yes": True, "no": False}.get(args.get("safety", ""))
    return ItemFilter(
        words=args.get("q", "")[:LONGEST_SEARCH],
        step=args.get("step", ""),
        topic=args.get("topic", ""),
        type=args.get("type", ""),
        difficulty=level,
        safety=safety,
        keys=frozenset(key for key, found in health.items() if found == verdict) if verdict else None,
    )


def _cursor(line: ItemLine) -> str:
    return f"{line.position}.{line.key}"


def _after() -> tuple[int, str] | None:
    """The last place seen; None for the beginning, or for what is not a place."""
    place, dot, key = request.args.get("after", "")[:200].partition(".")
    return (int(place), key) if dot and place.isascii() and place.isdigit() and len(place) < 9 else None
