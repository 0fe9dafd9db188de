"""Short videos of set-up and tear-down: checked, cleaned of everything but pictures, with a poster.

Meant for the worker process, like `image_pipeline`. Nothing is re-encoded: that would take a codec of a hundred
megabytes. What is served is a copy in which only the picture track is left (`video_boxes`); sound goes, too, because
nobody needs the voices of whoever else was in the room.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageDraw

from app.infra.image_pipeline import process
from app.infra.images import (
    ImageRefused,
    Limits,
    Rendition,
    ask_worker,
    renditions_from_json,
    renditions_to_json,
    sense_in,
)
from app.infra.video_boxes import BadVideo, read_movie, write_clean

_POSTER_SIZE: Final = (1008, 567)
_POSTER_SECONDS: Final = 8


@dataclass(frozen=True, slots=True)
class VideoResult:
    """What is known of a video, and its renditions: the cleaned copy, and a poster in the sizes of a photo.

    `width` and `height` are those of the upright picture. `is_drawn` says that the poster is a placeholder.
    """

    codec: str
    width: int
    height: int
    seconds: float
    taken_at: datetime | None
    has_gps: bool
    is_drawn: bool
    renditions: tuple[Rendition, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain data that `result_from_json` reads back."""
        taken_at = self.taken_at.isoformat() if self.taken_at else None
        return {**asdict(self), "taken_at": taken_at, "renditions": renditions_to_json(self.renditions)}


def video_in_worker(path: Path, out_dir: Path, limits: Limits | None = None, timeout: float = 90.0) -> VideoResult:
    """Read the video at `path` in a process of its own; otherwise as `images.process_in_worker`."""
    answer = ask_worker("video", path, out_dir, limits, timeout)
    with sense_in():
        taken_at = datetime.fromisoformat(answer["taken_at"]) if answer["taken_at"] else None
        return VideoResult(**{**answer, "taken_at": taken_at, "renditions": renditions_from_json(answer)})


def process_video(path: Path, out_dir: Path, limits: Limits) -> VideoResult:
    """Facts and renditions of the video at `path`. Raises ImageRefused for one that is not taken."""
    size = path.stat().st_size
    if size > limits.max_video_bytes:
        raise ImageRefused(
            "too_many_bytes",
            f"This video has {size / 2**20:.1f} MB; the limit is {limits.max_video_bytes / 2**20:g} MB. "
            "Record a shorter one, or choose a lower resolution in the camera.",
        )
    clean = out_dir / "video.mp4"
    try:
        with path.open("rb") as source, clean.open("wb") as target:
            movie = read_movie(source, size)
            if movie.track.seconds > limits.max_video_seconds:
                raise BadVideo(
                    "too_long",
                    f"This video is {movie.track.seconds:.0f} seconds long; the limit is "
                    f"{limits.max_video_seconds} seconds. Cut it on the phone, or record a shorter one.",
                )
            write_clean(source, movie, target)
    except BadVideo as bad:
        raise ImageRefused(str(bad.args[0]), str(bad.args[1])) from bad
    track = movie.track
    width, height = (track.height, track.width) if track.turned else (track.width, track.height)
    poster = out_dir / "poster.jpg"
    is_drawn = not _take_poster(clean, poster)
    if is_drawn:
        _draw_poster(poster)
    video = Rendition("video", "video/mp4", width, height, clean.stat().st_size, clean)
    pictures = process(poster, out_dir, limits).renditions
    return VideoResult(
        track.codec,
        width,
        height,
        round(track.seconds, 2),
        movie.created_at,
        movie.has_place,
        is_drawn,
        (video, *pictures),
    )


def _take_poster(video: Path, poster: Path) -> bool:
    """Have a frame taken out of the video, where the system has ffmpeg; false when it has not, or could not."""
    program = shutil.which("ffmpeg")
    if program is None:
        return False
    command = (
        program, "-nostdin", "-v", "error", "-protocol_whitelist", "file", "-f", "mov", "-threads", "1",
        "-i", str(video), "-an", "-frames:v", "1", "-vf", "scale='min(2016,iw)':-2",
        "-f", "image2", "-c:v", "mjpeg", "-q:v", "3", "-map_metadata", "-1", "-y", str(poster),
    )  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, timeout=_POSTER_SECONDS, check=False)
    except (subprocess.TimeoutExpired, OSError):
        return False
    return done.returncode == 0 and poster.is_file() and poster.stat().st_size > 0


def _draw_poster(poster: Path) -> None:
    """A quiet dark panel with a sign to play: no picture is better than a wrong one."""
    width, height = _POSTER_SIZE
    image = Image.new("RGB", _POSTER_SIZE, (58, 44, 50))
    draw = ImageDraw.Draw(image)
    x, y, radius = width / 2, height / 2, 70
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(120, 88, 98))
    draw.polygon(((x - 22, y - 34), (x - 22, y + 34), (x + 38, y)), fill=(250, 244, 241))
    image.save(poster, "JPEG", quality=90)
