"""Practice pieces: complete drafts, photos in every state, submissions, made by the services that the pages use."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from PIL import Image
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.practice.exercise import Exercise
from app.domain.procedure import Step
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from app.infra.sample_photos import Piece, Slot, draw_photo
from app.infra.storage.base import Storage
from app.practice import queries, services
from app.practice.models import Photo, PracticeEntry, Submission
from app.practice.services import Upload

Raw = dict[str, list[str]]
SCENES: dict[str, Slot] = {
    "f0": "setup", "f1": "blank", "f2": "map", "f3": "pass-1", "f4": "pass-2", "f8": "final-front",
    "f9": "final-45", "f10": "macro", "f11": "teardown",
}  # fmt: skip
FIELDS: dict[Step, Raw] = {
    Step.CONSULTATION: {
        "client_card": ["Practice brief C"],
        "phototype": ["iv"],
        "decision": ["proceed"],
        "decision_reason": ["No history in the brief."],
    },
    Step.COLOR_SELECTION: {
        "natural_tone": ["Cool plum"],
        "undertone": ["cool"],
        "target": ["Rosewood"],
        "formula": ["Brick 07 3, warm modifier 1"],
        "formula_reason": ["Warm against a cool lip."],
    },
    Step.LIP_MAPPING: {
        "method": ["thread"],
        "points": ["10"],
        "symmetry_mm": ["0,5"],
        "border": ["inside"],
        "approval": ["yes"],
    },
    Step.NUMBING: {
        "product": ["Lidocaine cream (simulated)"],
        "lidocaine_percent": ["4"],
        "weight_kg": ["60"],
        "planned_g": ["1"],
        "contact_minutes": ["20"],
        "toxicity_signs": ["Metallic taste, tingling tongue, dizziness."],
    },
    Step.PIGMENT_APPLICATION: {
        "machine": ["Rotary 3"],
        "needle": ["1rl-030"],
        "pigment": ["Brick 07"],
        "pigment_lot": ["2418"],
        "diluent": ["none"],
        "movements": ["pendulum", "ovals"],
    },
    Step.BUILDING_LAYERS: {"passes": ["3"], "passes_note": ["Placement, evenness, border."]},
    Step.FINAL_TOUCH: {"checks": ["edge", "symmetry", "sharps"]},
    Step.AFTERCARE: {"aftercare_text": ["Blot, thin film, do not pick."], "touch_up_weeks": ["6"]},
}


def raw_fields(exercise: Exercise, *, now: datetime, **changes: str) -> Raw:
    """A complete form for an exercise; `changes` name fields with "__" for the dot: `numbing__planned_g="9"`."""
    raw: Raw = {
        "piece.skin_type": [exercise.skins[0]],
        "piece.skin_tone": [(exercise.skin_tones or ("medium",))[0]],
        "piece.minutes": ["105"],
        "piece.question": ["Is the left corner even?"],
    }
    for step in exercise.steps:
        raw |= {f"{step.value}.{name}": list(values) for name, values in FIELDS[step].items()}
    if Step.PIGMENT_APPLICATION in exercise.steps:
        raw["pigment-application.pigment_expiry"] = [f"{now.year + 1}-03"]
    for name, value in changes.items():
        part, _, field = name.partition("__")
        raw[f"{part.replace('_', '-')}.{field}"] = [value]
    return raw


def draft_piece(
    session: Session, actor: Actor, exercise_key: str = "e08", *, now: datetime, **changes: str
) -> PracticeEntry:
    """A draft with every card filled in and no photo."""
    entry = services.start_entry(session, actor, exercise_key, now=now)
    exercise = queries.exercise_at(session, entry.exercise_version_id)
    return services.save_entry(session, actor, entry.id, raw_fields(exercise, now=now, **changes), now=now)


@cache
def tiny_webp(width: int, height: int) -> bytes:
    """A small picture as a rendition would be."""
    output = io.BytesIO()
    Image.new("RGB", (width, height), (181, 58, 38)).save(output, "WEBP")
    return output.getvalue()


def ready_photo(
    session: Session,
    entry: PracticeEntry,
    slot: str,
    *,
    now: datetime,
    storage: Storage | None = None,
    original: bytes | None = None,
) -> Photo:
    """A processed photo without running the worker; with a store its renditions have bytes."""
    original = original if original is not None else f"{entry.id}/{slot}/{now}".encode()
    key = storage.put_bytes(services.ORIGINAL, original, "jpg").key if storage else f"original/00/{'0' * 64}.jpg"
    renditions: dict[str, Any] = {}
    for name, width, height in (("large", 2016, 1512), ("medium", 1008, 756), ("small", 320, 240)):
        data = tiny_webp(width, height)
        stored = storage.put_bytes(services.RENDITION, data, "webp").key if storage else f"rendition/00/{'0' * 64}.webp"
        renditions[name] = {"key": stored, "mime": "image/webp", "width": width, "height": height, "size": len(data)}
    photo = Photo(
        entry_id=entry.id,
        slot=slot,
        state="ready",
        original_key=key,
        original_name=f"IMG_{slot}.jpg",
        size=len(original),
        width=4032,
        height=3024,
        renditions=renditions,
        uploaded_at=now,
        processed_at=now,
    )
    session.add(photo)
    session.flush()
    return photo


def complete_piece(
    session: Session,
    actor: Actor,
    exercise_key: str = "e08",
    *,
    now: datetime,
    storage: Storage | None = None,
    slots: Iterable[str] = (),
) -> PracticeEntry:
    """A draft that can be sent: every card, and a ready photo in each required slot (or in `slots`)."""
    entry = draft_piece(session, actor, exercise_key, now=now)
    exercise = queries.exercise_at(session, entry.exercise_version_id)
    for number, slot in enumerate(slots or [slot.id for slot in exercise.slots if slot.required]):
        ready_photo(session, entry, slot, now=now + timedelta(seconds=number), storage=storage)
    return entry


def submitted_piece(
    session: Session, actor: Actor, exercise_key: str = "e08", *, now: datetime, storage: Storage | None = None
) -> Submission:
    """A piece in the review queue, without running the worker."""
    entry = complete_piece(session, actor, exercise_key, now=now, storage=storage)
    return services.submit_entry(session, actor, entry.id, now=now)


def decide(session: Session, submission: Submission, outcome: str, *, now: datetime) -> None:
    """Decide on a submission as a review does: it is held first."""
    services.mark_in_review(session, submission, held=True)
    session.flush()
    services.mark_decided(session, submission, outcome, now=now)
    session.flush()


def attach_bytes(
    session: Session, storage: Storage, actor: Actor, entry_id: UUID, slot: str, data: bytes, *, now: datetime,
    name: str = "IMG_1.jpg", extension: str = "jpg",
) -> Photo:  # fmt: skip
    """Upload `data` into a slot as the pages do; its processing is queued."""
    stored = storage.put_bytes(services.ORIGINAL, data, extension)
    return services.attach_photo(session, actor, entry_id, Upload(stored, name, slot), now=now)


def real_piece(runtime: Runtime, actor: Actor, exercise_key: str = "e08", *, now: datetime, seed: int = 3) -> UUID:
    """A complete draft with drawn photos (with GPS) that went through the worker; returns the entry's id."""
    with runtime.transaction() as session:
        entry = draft_piece(session, actor, exercise_key, now=now)
        exercise = queries.exercise_at(session, entry.exercise_version_id)
        for slot in [slot.id for slot in exercise.slots if slot.required]:
            drawn = draw_photo(SCENES[slot], Piece(seed, entry.piece_code), taken_at=now, gps=True)
            attach_bytes(session, runtime.storage, actor, entry.id, slot, drawn, now=now, name=f"IMG_{slot}.jpg")
        entry_id = entry.id
    work_off(runtime)
    return entry_id
