"""Content for tests: the journey's files in a folder that a test may break, and small valid pieces."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.content.content_set import Loaded
from app.domain.content.loader import load
from app.domain.content.problems import Problem

JOURNEY = Path(__file__).parents[2] / "journey_content"
COURSE = "courses/01-lip-blush-basics"
LESSON_1 = f"{COURSE}/01-a-station-that-stays-clean.md"
LESSON_2 = f"{COURSE}/02-from-map-to-last-look.md"
FIGURE = f"{COURSE}/figures/lip-points.svg"
BANK = "quizzes/banks/lip-blush-basics.yaml"
QUIZ = "quizzes/quizzes/quiz-lip-blush-basics.yaml"
ACCEPTED_WARNINGS = frozenset(["lesson-length", "draw-thin"])


@dataclass
class Program:
    """A copy of the journey's program; `edit` changes a file, `problems` loads it again."""

    root: Path

    def edit(self, name: str, old: str, new: str) -> int:
        """Replace the only occurrence of `old`; return the 1-based line on which it began."""
        file = self.root / name
        text = file.read_text()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        file.write_text(text.replace(old, new))
        return text[: text.index(old)].count("\n") + 1

    def write(self, name: str, text: str) -> None:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def load(self, *, complete: bool = False) -> Loaded:
        return load(self.root / "courses", self.root / "quizzes", complete=complete)

    def problems(self, *, complete: bool = False) -> list[Problem]:
        """Every problem but the warnings that so small a program cannot avoid."""
        return [p for p in self.load(complete=complete).problems if p.code not in ACCEPTED_WARNINGS]

    def found(self) -> list[tuple[str, int, str]]:
        """The problems as (file name, line, code)."""
        return [(Path(p.file).name, p.line, p.code) for p in self.problems()]

    def sentences(self) -> list[str]:
        return [p.sentence for p in self.problems()]


def copy_program(target: Path) -> Program:
    """Copy the journey's program to `target`."""
    shutil.copytree(JOURNEY, target)
    return Program(target)


def single_choice(**changes: Any) -> dict[str, Any]:
    """A valid single-choice item as data, with changes."""
    return {
        "id": "x-001",
        "type": "single_choice",
        "bank": "x",
        "step": "numbing",
        "topic": "technique",
        "objective": "obj-x",
        "difficulty": 1,
        "lesson": "les-x",
        "source": "P1",
        "prompt": "Which cream may be used on intact skin before work?",
        "explanation": "The label says so.",
        "options": [
            {"id": "a", "text": "The labeled one", "correct": True, "feedback": "Yes."},
            {"id": "b", "text": "A stronger unlabeled one", "feedback": "No."},
            {"id": "c", "text": "Any that is at hand today", "feedback": "No."},
        ],
        **changes,
    }


def client(**changes: Any) -> dict[str, Any]:
    """A valid client card as data: nothing found, proceed. Changes of the key are given as `key={...}`."""
    key = {
        "decision": "proceed",
        "reasons": ["No finding in any row."],
        "lip_undertone": "warm",
        "color": "Soft rose.",
        "numbing": "Thin film.",
        "aftercare": "Five windows.",
        **changes.pop("key", {}),
    }
    card = {
        "id": "ada-t",
        "number": 1,
        "name": "Ada T.",
        "age": 30,
        "phototype": "ii",
        "undertone": "warm",
        "weight_kg": 50,
        "portrait": {"skin": "#f0d3bd", "lip": "#d9927c", "shape": "balanced"},
    }
    rows = ("work", "skin", "lips", "history", "medication", "allergies", "timing", "wishes")
    return {**card, **{row: f"Something about {row}." for row in rows}, **changes, "key": key}


def svg(inner: str = "", *, root: str = "", box: str = "0 0 400 200", head: str | None = None) -> str:
    """A figure with the given inner markup, attributes of the root, viewBox and first children."""
    first = "<title>T</title><desc>D</desc>" if head is None else head
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" role="img"{root}>{first}{inner}</svg>'
