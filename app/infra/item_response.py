"""Fits item response models with the library `girth`, where it is installed (requirements-stats.txt).

girth needs numpy and scipy, 170 MB that a site without hundreds of attempts has no use for: so it is an extra, and it
is loaded in a process of its own, which ends with the fit and gives the memory back.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from importlib.util import find_spec

from app.domain.assessment.statistics.scale import Fit, Model, Request

SECONDS = 600
_log = logging.getLogger(__name__)


def is_here() -> bool:
    """True when the library is installed."""
    return find_spec("girth") is not None


def fit(request: Request) -> Fit | None:
    """Slopes and difficulties by marginal maximum likelihood; None when the library is absent or finds no solution."""
    if not is_here():
        return None
    asked = json.dumps({"model": request.model, "rows": request.rows})
    try:
        answer = subprocess.run(
            [sys.executable, "-m", __name__], input=asked, capture_output=True, text=True, timeout=SECONDS, check=True
        )
    except (subprocess.SubprocessError, OSError) as error:
        _log.warning("Item parameters could not be fitted: %s", error)
        return None
    found = json.loads(answer.stdout)
    return Fit(tuple(found["slopes"]), tuple(found["difficulties"]))


def _main() -> None:
    import numpy
    from girth import onepl_mml, tag_missing_data, twopl_mml

    asked = json.load(sys.stdin)
    data = tag_missing_data(numpy.array(asked["rows"], dtype=int), [0, 1])
    found = (twopl_mml if asked["model"] == Model.TWO else onepl_mml)(data)
    difficulties = [float(each) for each in found["Difficulty"]]
    slopes = numpy.broadcast_to(found["Discrimination"], len(difficulties))
    json.dump({"slopes": [float(each) for each in slopes], "difficulties": difficulties}, sys.stdout)


if __name__ == "__main__":
    _main()
