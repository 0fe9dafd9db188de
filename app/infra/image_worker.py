"""`python -m app.infra.image_worker`: one photo per process, a JSON request in, a JSON answer out.

The process gives itself limits before it touches the file. When it breaks them the system ends it, and the only
thing lost is the answer: `app.infra.images.process_in_worker` turns that into a sentence for the student.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

from app.infra.image_pipeline import make_deep, process
from app.infra.images import ImageRefused, Limits, renditions_to_json, result_to_json


def limit_process(limits: Limits, file_bytes: int = 64 * 1024 * 1024) -> None:
    """Bound memory, CPU time, file size and open files of this process, and step behind the web server."""
    _lower(resource.RLIMIT_AS, limits.max_memory_bytes)
    # The hard limit is a second later: SIGXCPU ends the process first, which tells the parent why.
    _lower(resource.RLIMIT_CPU, limits.max_cpu_seconds, limits.max_cpu_seconds + 1)
    _lower(resource.RLIMIT_FSIZE, file_bytes)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_NOFILE, 64)
    os.nice(10)


def _lower(which: int, soft: int, hard: int | None = None) -> None:
    ceiling = resource.getrlimit(which)[1]
    wanted = soft if hard is None else hard
    if ceiling != resource.RLIM_INFINITY:
        wanted = min(wanted, ceiling)
    try:
        resource.setrlimit(which, (min(soft, wanted), wanted))
    except (ValueError, OSError):
        # macOS does not know RLIMIT_AS; the pixel limit still holds there.
        if sys.platform != "darwin":
            raise


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The answer to one request: a result, or a refusal with its sentence. OSError goes through: it is our fault."""
    try:
        return {"result": _do(request)}
    except ImageRefused as refused:
        return {"refused": {"code": refused.code, "sentence": refused.sentence}}


def _do(request: dict[str, Any]) -> dict[str, Any]:
    path, out_dir, limits = Path(request["path"]), Path(request["out_dir"]), Limits(**request["limits"])
    match request.get("work", "photo"):
        case "deep":
            return {"renditions": renditions_to_json(make_deep(path, out_dir, limits))}
        case "video":
            from app.infra.video import process_video  # a photo, the usual case, does not need it

            return process_video(path, out_dir, limits).as_json()
        case _:
            return result_to_json(process(path, out_dir, limits))


def main() -> None:
    """Read the request, set the limits, write the answer. Any exception ends the process with status 1."""
    request = json.load(sys.stdin)
    limits = Limits(**request["limits"])
    if request.get("work") == "video":  # its copy is as large as it is
        limit_process(limits, limits.max_video_bytes + 1024 * 1024)
    else:
        limit_process(limits)
    json.dump(answer(request), sys.stdout)


if __name__ == "__main__":
    main()
