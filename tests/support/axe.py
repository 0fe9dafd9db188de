"""axe-core, the accessibility checker that browser tests inject into pages."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

from bootstrap import StepFailedError
from tests.support import registry

VARIABLE = "VERMILION_TEST_AXE"


def ensure() -> Path:
    """Return the path of axe.min.js, fetched from the npm registry when it is not there yet.

    Raises StepFailedError when it cannot be had.
    """
    given = os.environ.get(VARIABLE)
    if given:
        if not Path(given).is_file():
            raise StepFailedError(f"{VARIABLE} names {given}, which is not a file")
        return Path(given)
    tarball = registry.npm_tarball("axe-core")
    script = tarball.with_name("axe.min.js")
    if not script.is_file():
        with tarfile.open(tarball) as archive:
            member = archive.extractfile("package/axe.min.js")
            assert member is not None, "the pinned axe-core holds this file"
            unfinished = script.with_suffix(f".{os.getpid()}")
            unfinished.write_bytes(member.read())
            unfinished.replace(script)
    return script
