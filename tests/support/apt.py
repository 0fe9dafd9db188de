"""Debian's packages, for whoever may install them."""

from __future__ import annotations

import os
import platform
import shutil
from functools import cache

from bootstrap import step
from tests.support.registry import environment


def may_install() -> bool:
    """Tell whether this is Debian and we are root. Ubuntu's chromium is a snap, which containers cannot run."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    try:
        return platform.freedesktop_os_release().get("ID") == "debian"
    except OSError:
        return False


def install(*packages: str) -> None:
    """Install packages without their recommendations; refreshes the lists once per session.

    Raises StepFailedError with apt's message.
    """
    _update()
    command = ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages]
    step(f"installing {' '.join(packages)} with apt-get", command, _environment())


@cache
def _update() -> None:
    step("refreshing the package lists with apt-get", ["apt-get", "update", "-q"], _environment())


def _environment() -> dict[str, str]:
    """Return the variables for apt-get: no questions, and the sbin folders that dpkg's programs live in."""
    path = f"{environment()['PATH']}:/usr/local/sbin:/usr/sbin:/sbin"
    return environment() | {"PATH": path, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
