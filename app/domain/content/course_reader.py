"""Read courses/: courses with their lessons, exercises, rubric, defects, glossary, clients, certifications."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from app.domain.content import front_matter, lesson_body
from app.domain.content.problems import Place
from app.domain.content.reading import Reading
from app.domain.content.schema import TIERS
from app.domain.content.schema_certification import Certification
from app.domain.content.schema_clients import ClientBank
from app.domain.content.schema_lessons import Course, CourseFront, Glossary, Lesson, LessonFront
from app.domain.content.schema_practice import Defects, Exercise, Rubric
from app.domain.content.validation import build

_FOLDER = re.compile(r"^(?P<number>\d{2})-(?P<id>[a-z0-9-]+)$")
_LESSON = re.compile(r"^\d{2}-[a-z0-9-]+\.md$")
_SHARED = frozenset(["README.md", "exercises.yaml", "rubric.yaml", "defects.yaml", "glossary.yaml", "clients.yaml"])
_FOLDERS = frozenset(["certifications", "figures"])


def read_courses(reading: Reading, root: Path, *, complete: bool) -> None:
    """Read everything below `root` into the reading; a complete program needs each of the shared files."""
    if not root.is_dir():
        reading.report.error(Place(root, line=1), "file-missing", "This folder is missing.")
        return
    for entry in sorted(root.iterdir()):
        match = _FOLDER.match(entry.name)
        if entry.is_dir() and match:
            _read_course(reading, entry, int(match["number"]), match["id"])
        elif entry.name not in _SHARED | _FOLDERS and not entry.name.startswith("."):
            reading.report.error(Place(entry, line=1), "file-unknown", "This is not part of the format.")
    _read_exercises(reading, root, complete)
    _read_single(reading, root, complete)
    _read_certifications(reading, root / "certifications", complete)
    reading.unused_figures(root)


def _read_course(reading: Reading, folder: Path, number: int, name: str) -> None:
    file = folder / "course.yaml"
    data = reading.yaml_file(file)
    lessons = []
    for entry in sorted(folder.iterdir()):
        if _LESSON.match(entry.name):
            lesson = _read_lesson(reading, entry, name)
            lessons += [lesson] if lesson else []
        elif entry.name not in ("course.yaml", "figures") and not entry.name.startswith("."):
            sentence = "This is not part of the format; a lesson is called 01-its-name.md."
            reading.report.error(Place(entry, line=1), "file-unknown", sentence)
    front = build(CourseFront, data, Place(file), reading.report) if data is not None else None
    if front is None:
        reading.register.broken.add(("course", name))
        return
    if front.id != name:
        reading.report.error(Place(file, ("id",)), "id-folder", f"The id must be {name}, like the folder.")
    if not lessons:
        reading.report.error(Place(file), "course-empty", "The course has no lesson.")
    ids = tuple(lesson.id for lesson in lessons)
    course = Course(**dict(front), position=number, lessons=ids)
    reading.add(reading.content.courses, course, Place(file))
    for lesson in lessons:
        reading.content.lessons[lesson.id] = lesson


def _read_lesson(reading: Reading, file: Path, course: str) -> Lesson | None:
    text = reading.text(file)
    if text is None:
        return None
    try:
        parts = front_matter.split(text)
    except front_matter.NoFrontMatter as error:
        reading.report.error(Place(file, line=error.line), "front-matter", str(error))
        return None
    data = reading.yaml_block(file, parts.front, parts.front_line)
    figures = _read_body(reading, file, parts, data)
    front = build(LessonFront, data, Place(file), reading.report) if data is not None else None
    if front is None:
        _mark_broken(reading, data)
        return None
    lesson = Lesson(**dict(front), course=course, body=parts.body, figures=figures)
    if not reading.claim("lesson", lesson.id, Place(file)):
        return None
    for index, objective in enumerate(lesson.objectives):
        reading.claim("objective", objective.id, Place(file, ("objectives", index)))
    return lesson


def _mark_broken(reading: Reading, data: dict[str, Any] | None) -> None:
    reading.mark_broken("lesson", data)
    objectives = (data or {}).get("objectives")
    for objective in objectives if isinstance(objectives, list) else []:
        reading.mark_broken("objective", objective)


def _read_body(reading: Reading, file: Path, parts: front_matter.Parts, data: dict[str, Any] | None) -> dict[str, str]:
    """Report what the scan of the body finds and return its figures as checked SVG by path."""
    body = lesson_body.scan(parts.body)
    shift = parts.body_line - 1
    for note in body.notes:
        say = reading.report.error if note.error else reading.report.warn
        say(Place(file, line=note.line + shift), note.code, note.sentence)
    for target, line in body.links:
        if target.startswith("lesson:"):
            reading.lesson_links.append((target.removeprefix("lesson:"), Place(file, line=line + shift)))
    lesson_id = str((data or {}).get("id", "lesson"))
    figures = {}
    for figure in body.figures:
        prefix = f"{lesson_id}-{Path(figure.path).stem}"
        markup = reading.figure(file.parent, figure.path, Place(file, line=figure.line + shift), prefix)
        if markup is not None:
            figures[figure.path] = markup
    return figures


def _read_exercises(reading: Reading, root: Path, complete: bool) -> None:
    file = root / "exercises.yaml"
    data = reading.yaml_file(file) if complete or file.is_file() else None
    if data is None:
        return
    reading.only_keys(file, data, ("exercises",))
    codes: set[str] = set()
    for index, raw in enumerate(reading.listed(file, data, "exercises")):
        place = Place(file, ("exercises", index))
        exercise = build(Exercise, raw, place, reading.report)
        if exercise is None:
            reading.mark_broken("exercise", raw)
            continue
        if exercise.code in codes:
            reading.report.error(place.at("code"), "id-taken", f"The code {exercise.code} is already used.")
        codes.add(exercise.code)
        reading.add(reading.content.exercises, exercise, place)


def _read_single(reading: Reading, root: Path, complete: bool) -> None:
    content = reading.content
    for name in ("rubric", "defects", "glossary", "clients"):
        file = root / f"{name}.yaml"
        data = reading.yaml_file(file) if complete or file.is_file() else None
        if data is None:
            continue
        place = Place(file)
        if name == "rubric":
            content.rubric = build(Rubric, data, place, reading.report)
        elif name == "glossary":
            content.glossary = build(Glossary, data, place, reading.report)
        elif name == "clients":
            content.clients = build(ClientBank, data, place, reading.report)
        else:
            content.defects = _with_figures(reading, root, build(Defects, data, place, reading.report), place)
        found = getattr(content, name)
        if found is not None:
            reading.claim(name, found.id, place)
            for index, client in enumerate(found.clients if isinstance(found, ClientBank) else ()):
                reading.claim("client", client.id, place.at("clients", index))
        else:
            reading.register.broken.add((name, name))


def _with_figures(reading: Reading, root: Path, defects: Defects | None, place: Place) -> Defects | None:
    if defects is None:
        return None
    figures = {}
    for index, defect in enumerate(defects.defects):
        if defect.figure is not None:
            spot = place.at("defects", index, "figure")
            markup = reading.figure(root, defect.figure, spot, f"defect-{defect.code.lower()}")
            figures.update({defect.figure: markup} if markup is not None else {})
    return defects.model_copy(update={"figures": figures})


def _read_certifications(reading: Reading, folder: Path, complete: bool) -> None:
    expected = [folder / f"{tier}.yaml" for tier in TIERS] if complete else []
    present = sorted(folder.glob("*.yaml")) if folder.is_dir() else []
    for file in sorted({*expected, *present}):
        data = reading.yaml_file(file)
        if data is None:
            continue
        certification = build(Certification, data, Place(file), reading.report)
        if certification is None:
            reading.register.broken.add(("certification", file.stem))
            continue
        if certification.id != file.stem:
            reading.report.error(Place(file, ("id",)), "id-file", f"The id must be {file.stem}, like the file.")
        reading.add(reading.content.certifications, certification, Place(file))
