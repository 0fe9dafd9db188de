"""Ask a process of its own what a picture shows of a color card, or which colors an area has."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from app.domain.color.reading import Reading, reading_from_json
from app.domain.color.report import Sample
from app.infra.images import Limits

TIMEOUT: Final = 30.0
_ROOT: Final = Path(__file__).resolve().parents[2]


class ColorReadingError(RuntimeError):
    """The process gave no answer: a broken file, a limit, or a fault of ours."""


@dataclass(frozen=True, slots=True)
class Area:
    """A part of a photo in fractions (0 to 1) of its width and height: a rectangle, or the ellipse in it."""

    x: float
    y: float
    width: float
    height: float
    round: bool = True


@dataclass(frozen=True, slots=True)
class AreaColors:
    """The colors of an area in small pieces, and the share of it at the limit of the camera."""

    samples: tuple[Sample, ...]
    clipped: float


def read_card_in_worker(path: Path) -> Reading:
    """What the picture at `path` (a rendition of ours) shows of a card. Raises ColorReadingError."""
    answer = _ask({"work": "card", "path": str(path.resolve())})
    try:
        return reading_from_json(answer["reading"])
    except (KeyError, TypeError, ValueError) as error:
        raise ColorReadingError(f"The answer makes no sense: {error}") from error


def area_in_worker(path: Path, area: Area) -> AreaColors:
    """The colors of an area of the picture at `path` (a rendition of ours). Raises ColorReadingError."""
    answer = _ask({"work": "area", "path": str(path.resolve()), "area": asdict(area)})
    try:
        samples = tuple(Sample((r, g, b), x, y) for r, g, b, x, y in answer["samples"])
        return AreaColors(samples, float(answer["clipped"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ColorReadingError(f"The answer makes no sense: {error}") from error


def _ask(request: Mapping[str, Any]) -> dict[str, Any]:
    asked = json.dumps({**request, "limits": asdict(Limits())})
    # None of our settings: a codec with a hole must not find secrets in its environment.
    passed = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "app.infra.color_reading_worker"], input=asked.encode(), capture_output=True,
            timeout=TIMEOUT, check=False, cwd=_ROOT, start_new_session=True,
            env={**passed, "LANG": "C.UTF-8", "PYTHONUTF8": "1", "MALLOC_ARENA_MAX": "1"},
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise ColorReadingError(f"No answer within {TIMEOUT:g} seconds.") from error
    if done.returncode != 0:
        raise ColorReadingError(done.stderr.decode(errors="replace")[-2000:])
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError as error:
        raise ColorReadingError("The answer is not JSON.") from error
    return answer
