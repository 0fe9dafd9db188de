"""Zip packages from strangers: read in memory, bounded in files, bytes and ratio; nothing is ever unpacked to disk."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from app.domain.assessment.interchange.report import Refused

MOST_FILES = 2_000
MOST_BYTES = 64 * 1024 * 1024
FILE_BYTES = 8 * 1024 * 1024
MOST_RATIO = 100
RATIO_FROM = 1024 * 1024
LONGEST_NAME = 300
# What zipfile raises for archives that are damaged or made to confuse it.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass
class Package:
    """The files of a package by their path, read one at a time: what is not asked for costs nothing."""

    _archive: zipfile.ZipFile
    _files: dict[str, zipfile.ZipInfo]
    _taken: int = 0
    read_paths: set[str] = field(default_factory=set)

    @property
    def names(self) -> list[str]:
        """The paths of all files, in the order of the package."""
        return list(self._files)

    def __contains__(self, name: object) -> bool:
        return name in self._files

    def read(self, name: str) -> bytes:
        """Return a file's bytes; raises Refused for one that lies about its size or is damaged, KeyError for none."""
        info = self._files[name]
        try:
            with self._archive.open(info) as file:
                data = file.read(FILE_BYTES + 1)
        except _DAMAGE as error:
            raise Refused(f"{name} in the package is damaged or packed in a way that is not read.") from error
        self._taken += len(data)
        if len(data) > FILE_BYTES or self._taken > MOST_BYTES:
            raise Refused(f"{name} in the package is larger than the package says.")
        self.read_paths.add(name)
        return data


def open_package(data: bytes) -> Package:
    """Look at the list of a zip and refuse what is unsafe, before a byte of content is unpacked."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        listed = archive.infolist()
    except _DAMAGE as error:
        raise Refused("The package is not a zip file that can be read.") from error
    if len(listed) > MOST_FILES:
        raise Refused(f"The package holds more than {MOST_FILES} files.")
    files: dict[str, zipfile.ZipInfo] = {}
    for info in listed:
        if info.is_dir():
            continue
        name = info.filename
        _check(info)
        if name in files:
            raise Refused(f"The package holds {_shown(name)} twice.")
        files[name] = info
    if sum(info.file_size for info in files.values()) > MOST_BYTES:
        raise Refused(f"The package unpacks to more than {MOST_BYTES // (1024 * 1024)} MB.")
    return Package(archive, files)


def _check(info: zipfile.ZipInfo) -> None:
    name = info.filename
    path = PurePosixPath(name)
    outside = path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or len(name) > LONGEST_NAME
    if outside or any(ord(c) < 32 for c in name):
        raise Refused(f"The package holds a file with an unsafe path: {_shown(name)}.")
    mode = info.external_attr >> 16
    if mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode):
        raise Refused(f"{_shown(name)} in the package is a link or a device, not a file.")
    if info.flag_bits & 0x1:
        raise Refused(f"{_shown(name)} in the package is encrypted.")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused(f"{_shown(name)} in the package is packed in a way that is not read.")
    if info.file_size > FILE_BYTES:
        raise Refused(f"{_shown(name)} in the package has more than {FILE_BYTES // (1024 * 1024)} MB.")
    if info.file_size > RATIO_FROM and info.file_size > MOST_RATIO * max(info.compress_size, 1):
        raise Refused(f"{_shown(name)} in the package unpacks to more than {MOST_RATIO} times its size.")


def _shown(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name[:80])


def resolve(base: str, href: str) -> str:
    """Return the path of `href` seen from the file `base`; empty when it leads outside or to the network."""
    target = href.split("#")[0].split("?")[0].replace("%20", " ")
    if not target or ":" in target or target.startswith("/") or "\\" in target:
        return ""
    parts: list[str] = list(PurePosixPath(base).parent.parts)
    for part in PurePosixPath(target).parts:
        if part == "..":
            if not parts:
                return ""
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def make_package(files: Mapping[str, bytes]) -> bytes:
    """Return a zip of the files in their order; the same files give the same bytes."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return held.getvalue()
