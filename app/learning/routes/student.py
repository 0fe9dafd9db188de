"""The catalog, a course, a lesson, the glossary."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from app.domain import progress
from app.domain.access.permissions import Permission
from app.domain.errors import NotFound
from app.learning import queries, services
from app.learning.services import Completion, Locks
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("learning", Audience.STUDENT)


def _lesson_url(key: str) -> str:
    return url_for("learning_student.lesson", lesson_key=key)


def _term_url(slug: str) -> str:
    return url_for("learning_student.glossary", _anchor=slug)


@bp.get("/courses")
@requires(Permission.LEARN)
def catalog() -> ResponseReturnValue:
    """Every course by tier, with one's own progress; people who teach just read."""
    actor = current_actor()
    cards = queries.catalog(current_session(), actor.user_id)
    reader = progress.reads_ahead(actor)
    following = None if reader else queries.next_up(current_session(), cards, actor.user_id)
    return render_template("learning/student_catalog.html", cards=cards, following=following, reader=reader)


@bp.get("/courses/<course_key>")
@requires(Permission.LEARN)
def course(course_key: str) -> ResponseReturnValue:
    """What a course is about, its lessons and where one stands."""
    outline = queries.course_outline(current_session(), current_actor().user_id, course_key)
    if outline is None:
        raise NotFound
    reader = progress.reads_ahead(current_actor())
    facts = {"outline": outline, "locked": bool(outline.missing) and not reader, "reader": reader}
    return render_template("learning/student_course.html", **facts)


@bp.post("/courses/<course_key>/enroll")
@requires(Permission.LEARN)
def enroll(course_key: str) -> ResponseReturnValue:
    """Take a course; go to its first lesson when that is open."""
    services.enroll(current_session(), current_actor(), course_key, now=request_now())
    outline = queries.course_outline(current_session(), current_actor().user_id, course_key)
    if outline is None or outline.missing or outline.next_line is None:
        flash(_("You are enrolled. The lessons open when what comes before is finished."), "success")
        return redirect(url_for(".course", course_key=course_key), 303)
    return redirect(_lesson_url(outline.next_line.key), 303)


@bp.get("/lessons/<lesson_key>")
@requires(Permission.LEARN)
def lesson(lesson_key: str) -> ResponseReturnValue:
    """Read a lesson. Reading writes nothing; the reader says when it is done."""
    session, actor = current_session(), current_actor()
    outline = queries.outline_around(session, actor.user_id, lesson_key)
    if outline is None:
        raise NotFound
    place = outline.place(lesson_key)
    text = services.lesson_text(
        session, place.line.version_id, outline.glossary_id, lesson_url=_lesson_url, glossary_url=_term_url
    )
    reader = progress.reads_ahead(actor)
    locks = Locks() if reader else services.locks_of(session, actor, outline, text.requires)
    # The body went through the sanitizer in app/infra/markdown.py and is safe as it is.
    body = None if locks else Markup(text.html)
    facts = {"outline": outline, "place": place, "text": text, "body": body, "locks": locks, "reader": reader}
    return render_template("learning/student_lesson.html", **facts)


@bp.post("/lessons/<lesson_key>/done")
@requires(Permission.LEARN)
def done(lesson_key: str) -> ResponseReturnValue:
    """The lesson is done: on to the next one, or back to the course after the last."""
    completion = services.complete_lesson(current_session(), current_actor(), lesson_key, now=request_now())
    if completion.finished_course:
        flash(_("You finished the course %(title)s.", title=completion.course_title), "success")
    elif completion.following is None and completion.left:
        flash(_left_words(completion), "info")
    if completion.following is not None and not completion.finished_course:
        return redirect(_lesson_url(completion.following), 303)
    return redirect(url_for(".course", course_key=completion.course_key), 303)


def _left_words(completion: Completion) -> str:
    return ngettext(
        "Lesson done. %(num)d lesson of this course is still open.",
        "Lesson done. %(num)d lessons of this course are still open.",
        completion.left,
    )


@bp.get("/glossary")
@requires(Permission.LEARN)
def glossary() -> ResponseReturnValue:
    """The words of the trade; lessons link to each by its fragment."""
    return render_template("learning/student_glossary.html", groups=queries.glossary_by_letter(current_session()))
