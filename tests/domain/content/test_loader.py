"""Loading whole folders: everything is read, and every problem is told with its place."""

from __future__ import annotations

import time
from pathlib import Path

from app.domain.content.loader import load
from tests.domain.content.samples import (
    ACCEPTED_WARNINGS,
    BANK,
    COURSE,
    JOURNEY,
    LESSON_1,
    LESSON_2,
    QUIZ,
    Program,
    single_choice,
)


def test_the_journey_program_is_clean() -> None:
    loaded = load(JOURNEY / "courses", JOURNEY / "quizzes", complete=False)
    assert loaded.ok
    assert {p.code for p in loaded.problems} <= ACCEPTED_WARNINGS
    content = loaded.content
    assert list(content.courses["lip-blush-basics"].lessons) == ["clean-station", "map-to-last-look"]
    assert len(list(content.definitions())) == 18
    assert content.objectives()["obj-map-check"] == "map-to-last-look"
    assert {item.payload["type"] for item in content.items.values()} == {
        "single_choice", "multiple_response", "true_false", "ordering", "matching", "numeric", "hotspot",
    }  # fmt: skip


def test_all_problems_of_all_files_are_told_at_once_with_their_lines(program: Program) -> None:
    a = program.edit(LESSON_1, "minutes: 6", "minutes: six")
    b = program.edit(LESSON_2, "## A case", "# A case")
    c = program.edit(BANK, "answer: 225", "answer: many")
    d = program.edit(BANK, "prompt: Put the set-up", "promt: Put the set-up")
    e = program.edit(QUIZ, "attempts: 3", "attempts: often")
    assert program.found() == [
        ("01-a-station-that-stays-clean.md", a, "bad-value"),
        ("02-from-map-to-last-look.md", b, "md-h1"),
        ("lip-blush-basics.yaml", d - 9, "missing-key"),
        ("lip-blush-basics.yaml", d, "unknown-key"),
        ("lip-blush-basics.yaml", c, "bad-value"),
        ("quiz-lip-blush-basics.yaml", e, "bad-value"),
    ]


def test_the_digest_depends_on_content_alone(program: Program) -> None:
    before = {(d.kind, d.id): d.digest for d in program.load().content.definitions()}
    for file in program.root.rglob("*.md"):
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    bank = (program.root / BANK).read_text()
    start, end = bank.index("  - id: lb-002"), bank.index("  - id: lb-003")
    program.write(BANK, bank[:start] + bank[end:] + bank[start:end])
    program.edit(QUIZ, "attempts: 3\ncooldown_hours: 0\n", "cooldown_hours: 0\nattempts: 3\n")
    after = {(d.kind, d.id): d.digest for d in program.load().content.definitions()}
    assert after == before


def test_a_changed_figure_changes_the_lesson_that_shows_it_and_nothing_else(program: Program) -> None:
    before = {(d.kind, d.id): d.digest for d in program.load().content.definitions()}
    program.edit(f"{COURSE}/figures/station-zones.svg", "one direction only", "one way only")
    after = {(d.kind, d.id): d.digest for d in program.load().content.definitions()}
    assert [key for key in before if before[key] != after[key]] == [("lesson", "clean-station")]


def test_a_complete_program_needs_its_shared_files_and_every_section(program: Program) -> None:
    (program.root / "courses/glossary.yaml").unlink()
    found = [(Path(p.file).name, p.code) for p in program.problems(complete=True) if p.code != "objective-untested"]
    assert ("glossary.yaml", "file-missing") in found
    assert ("master.yaml", "file-missing") in found
    assert ("courses", "coverage") in found


def test_folders_that_are_not_there(tmp_path: Path) -> None:
    loaded = load(tmp_path / "c", tmp_path / "q", complete=False)
    assert [(Path(p.file).name, p.code) for p in loaded.problems] == [("c", "file-missing"), ("q", "file-missing")]
    assert not loaded.ok


def test_eight_hundred_items_are_read_in_seconds(program: Program) -> None:
    import yaml

    items = [
        single_choice(
            id=f"big-{n:03}",
            lesson="clean-station",
            objective="obj-clean-order",
            prompt=f"Case {n}: client {n * 7} asks for cream {n * 13} with {n % 9} percent. What now, on day {n * 3}?",
        )
        for n in range(800)
    ]
    for item in items:
        item.pop("bank")
    text = yaml.dump({"bank": "big", "title": "Big", "items": items}, sort_keys=False)
    program.write("quizzes/banks/big.yaml", text)
    started = time.process_time()
    loaded = program.load()
    assert time.process_time() - started < 5
    assert len(loaded.content.items) == 808
