"""Budgets that are no ratios: start, memory, content sync, weight of pages, photos, the password hash."""

from __future__ import annotations

import gzip
import io
import re
import resource
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pillow_heif
from PIL import Image, ImageChops

from app.config import settings_from
from app.content import services as content
from app.domain.access.actor import SYSTEM
from app.factory import make_runtime
from app.infra import migrate
from app.infra.images import process_in_worker
from app.infra.sample_photos import Piece, draw_photo
from bench import bench_credentials, bench_hashes, bench_reviews, bench_statistics, exam
from bench.bench_sign_in import hash_seconds
from bench.measure import Server, Visitor, memory_mb
from bench.seed import World

MIXED = 2_500
"""Rounds of four pages: ten thousand requests."""
ASSET = re.compile(r'(?:href|src)="(/static/[^"]+\.(?:css|js))"')
"""Files of a page's own; modules name those that they import."""
IMPORT = re.compile(r'from\s*"([^"]+\.js)"|import\s*"([^"]+\.js)"')
WEIGHED = ("/learn/", "/learn/practice", "/learn/path", "/verify", "/teach/reviews")


def measure(world: World, site: Server, started_in: float, say: Callable[[str], None]) -> dict[str, float]:
    """Every figure by the name that `budgets.toml` gives it."""
    found = {"start_s": started_in, "password_cpu_ms": hash_seconds(world.runtime.settings) * 1000}
    say("Weighing pages")
    found["page_kb"] = max(_weights(world))
    say("Ten thousand mixed requests, twice")
    _mixed(world)
    found["memory_mb"] = memory_mb(site.pid)
    _mixed(world)
    found["growth_mb"] = max(memory_mb(site.pid) - found["memory_mb"], 0.0)
    say("An exam of a hundred items")
    found |= exam.figures(world)
    say("From one piece to the next in a browser")
    found |= bench_reviews.figures(world)
    say("Statistics of ten thousand attempts at a hundred items")
    found |= bench_statistics.figures()
    say("Signing a certificate; numbers among a million")
    found |= bench_credentials.issue_figure(world.runtime, world.student) | bench_credentials.figures()
    say("Syncing the curriculum into an empty database")
    found |= _syncs()
    say("Searching a million hashes")
    found |= {"hash_search_ms": bench_hashes.figures()["hash_search_ms"]}
    say("Photos of twelve megapixels")
    return found | _photos()


def _mixed(world: World) -> None:
    reader, other = world.visit(3), world.visit(5)
    for turn in range(MIXED):
        reader.get(f"/learn/lessons/{world.lessons[turn % len(world.lessons)]}")
        other.get("/learn/")
        other.get("/learn/practice")
        if turn % 50 == 0:
            stranger = world.stranger()
        stranger.get(f"/credentials/{world.numbers[turn % len(world.numbers)]}")


def _weights(world: World) -> Iterator[float]:
    """Kilobytes of page, style and script, compressed as a browser gets them."""
    for path in (*WEIGHED, f"/learn/lessons/{world.lessons[0]}"):
        visitor = world.teach() if path.startswith("/teach") else world.visit(7)
        page = visitor.get(path).body
        yield (len(gzip.compress(page, 6)) + sum(_assets(visitor, page.decode()).values())) / 1024


def _assets(visitor: Visitor, page: str) -> dict[str, int]:
    waiting, sizes = set(ASSET.findall(page)), dict[str, int]()
    while waiting:
        path = waiting.pop()
        reply = visitor.get(path, accept="*/*")
        sizes[path] = len(gzip.compress(reply.body, 6))
        found = (a or b for a, b in IMPORT.findall(reply.body.decode()) if path.endswith(".js"))
        waiting |= {name if name.startswith("/") else _beside(path, name) for name in found} - set(sizes)
    return sizes


def _beside(path: str, name: str) -> str:
    return "/" + "/".join(part for part in (Path(path).parent / name).as_posix().split("/") if part not in (".", ""))


def _syncs() -> dict[str, float]:
    """Seconds to read, check and publish the whole curriculum, and to do it again when nothing changed."""
    with TemporaryDirectory() as folder:
        runtime = make_runtime(settings_from({"VERMILION_INSTANCE": folder, "VERMILION_LOG_LEVEL": "error"}))
        migrate.upgrade(runtime.db)
        taken = []
        for _ in range(2):
            began = time.perf_counter()
            files = content.read_files(runtime.settings.courses, runtime.settings.quizzes)
            with runtime.transaction() as session:
                content.sync_content(session, files, actor=SYSTEM, now=runtime.now(), note="bench")
            taken.append(time.perf_counter() - began)
        runtime.db.dispose()
    return dict(zip(("sync_s", "sync_unchanged_s"), taken, strict=True))


def _photos() -> dict[str, float]:
    """CPU milliseconds from a photo of 4032 x 3024 to its renditions and hashes, the worker's own start included."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        found = {}
        for kind, path in _pictures(folder).items():
            taken = []
            for turn in range(3):
                out = folder / f"{kind}-{turn}"
                out.mkdir()
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                process_in_worker(path, out)
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                taken.append((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000)
            found[f"{kind}_cpu_ms"] = min(taken)
    return found


def _pictures(folder: Path) -> dict[str, Path]:
    pillow_heif.register_heif_opener()
    taken_at = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    paths = {"jpeg": folder / "photo.jpg", "heic": folder / "photo.heic"}
    with Image.open(io.BytesIO(draw_photo("final-front", Piece(seed=4), taken_at=taken_at))) as drawn:
        large = drawn.convert("RGB").resize((4032, 3024), Image.Resampling.BICUBIC)
    # A sensor's noise, without which a drawing is far cheaper to decode than a photo.
    noise = Image.effect_noise(large.size, 12).convert("RGB")
    photo = ImageChops.add(large, noise, scale=1, offset=-128)
    photo.save(paths["jpeg"], "JPEG", quality=90)
    photo.save(paths["heic"], "HEIF", quality=70)
    return paths
