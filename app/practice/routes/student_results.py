"""What became of pieces: any two side by side, and the healed result beside the fresh one."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.access.permissions import Permission
from app.domain.errors import Conflict, FieldProblem, Invalid, NotFound
from app.domain.practice.healed import SLOT
from app.infra.images import ACCEPTED
from app.practice import queries, services
from app.practice.queries import FRONT, EntryLine, EntryPage
from app.web.access import current_actor, current_session, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.uploads import photo_in, takes_files

bp = AudienceBlueprint("practice_results", Audience.STUDENT)
MOST_COMPARED = 200


@bp.get("/practice/compare")
@requires(Permission.PRACTICE_LOG)
def compare() -> ResponseReturnValue:
    """Two pieces over each other with a slider, or side by side; the address names them by number."""
    lines = [
        line
        for line in queries.log(current_session(), current_actor().user_id, size=MOST_COMPARED)[:MOST_COMPARED]
        if line.photo_id is not None
    ]
    by_number = {line.number: line for line in lines}
    chosen = [by_number.get(request.args.get(side, 0, type=int)) for side in ("one", "other")]
    one, other = _pair(lines, *chosen)
    return render_template("practice/student_compare.html", lines=lines, one=one, other=other)


def _pair(
    lines: list[EntryLine], one: EntryLine | None, other: EntryLine | None
) -> tuple[EntryLine | None, EntryLine | None]:
    """What to show: what was chosen, or else the newest piece and the one of the same exercise furthest back."""
    if not lines or (one is not None and other is not None):
        return one, other
    newest = other or lines[0]
    if one is None:
        rest = [line for line in lines if line.id != newest.id]
        alike = [line for line in rest if line.exercise_key == newest.exercise_key]
        one = (alike or rest)[-1] if rest else None
    return one, newest


@bp.get("/practice/<uuid:entry_id>/healed")
@requires(Permission.PRACTICE_LOG)
def healed(entry_id: UUID) -> ResponseReturnValue:
    """The follow-up photo of a piece: when it is taken, and how it looks beside the fresh result."""
    return render_template("practice/student_healed.html", **_healed_page(_page(entry_id)))


@bp.post("/practice/<uuid:entry_id>/healed")
@requires(Permission.PRACTICE_LOG)
@takes_files(1)
def add_healed(entry_id: UUID) -> ResponseReturnValue:
    """Take the follow-up photo while its weeks last; a new one takes the place of the old one."""
    page = _page(entry_id)
    photo = photo_in("photo")
    if photo is None:
        text = _("No photo was chosen.")
        raise Invalid(text, [FieldProblem("photo", "missing", text)])
    old = next((shot.id for shot in page.photos if shot.slot == SLOT), None)
    stored = runtime().storage.put_file(services.ORIGINAL, photo.path, photo.extension)
    upload = services.Upload(stored, photo.name, SLOT, old, most=runtime().settings.max_photos)
    try:
        services.attach_photo(current_session(), current_actor(), entry_id, upload, now=request_now())
    except Conflict as conflict:
        return render_template("practice/student_healed.html", **_healed_page(page), problem=conflict), 409
    flash(_("The healed photo is stored. It is shown here as soon as it is prepared."), "success")
    return redirect(url_for(".healed", entry_id=entry_id), 303)


def _page(entry_id: UUID) -> EntryPage:
    """A piece of one's own whose exercise asks for a follow-up photo; raises NotFound for any other."""
    page = queries.entry_page(current_session(), current_actor().user_id, entry_id)
    if page.healed is None:
        raise NotFound(_("This exercise asks for no healed photo."))
    return page


def _healed_page(page: EntryPage) -> dict[str, object]:
    shots = {photo.slot: photo for photo in page.photos}
    assert page.healed is not None  # asked for above
    return {
        "page": page,
        "window": page.healed,
        "standing": page.healed.standing(request_now().date()),
        "fresh": shots.get(FRONT),
        "healed": shots.get(SLOT),
        "accepted": ACCEPTED,
    }
