"""Issuer keys in files: made on first start, rotated, withdrawn when compromised.

One folder (mode 700) with one PEM per private key (mode 600) and index.json with the public facts. Private keys
never leave this module: callers get a Signer. Several processes may share the folder; changes are made under a
lock file and written whole (temporary file, fsync, rename).
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from app.domain.credentials.instants import iso, parse_iso
from app.domain.credentials.keys import ANNOUNCEMENT, Algorithm, KeyRecord, Signer, active_key
from app.domain.credentials.multibase import base64url_decode, base64url_encode

INDEX = "index.json"
LOCK = ".lock"
_NAMES = {Algorithm.ED25519: "ed25519", Algorithm.ES256: "p256"}

PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey


class KeyProblem(Exception):
    """The key folder cannot be used; the message says what to do about it."""


@dataclass(frozen=True, slots=True)
class FileSigner:
    """A Signer (app.domain.credentials.keys) whose private key was read from a file."""

    kid: str
    algorithm: Algorithm
    _key: PrivateKey = field(repr=False)

    def sign(self, data: bytes) -> bytes:
        """Return the 64-byte signature of `data`."""
        if isinstance(self._key, ed25519.Ed25519PrivateKey):
            return self._key.sign(data)
        r, s = decode_dss_signature(self._key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class KeyStore:
    """The issuer's keys in a folder. Safe to share between threads and between processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._guard = threading.Lock()
        self._private: dict[str, PrivateKey] = {}
        self._read_at: tuple[int, int] | None = None
        self._records: tuple[KeyRecord, ...] = ()

    def public_keys(self) -> list[KeyRecord]:
        """Return the records of all keys ever made here, oldest first; public halves only.

        Raises KeyProblem when the folder or a file in it can be read by others.
        """
        with self._guard:
            return list(self._load())

    def ensure(self, now: datetime) -> bool:
        """Make the first Ed25519 and P-256 key, usable at once. True when any was missing and made."""
        with self._changing() as records:
            missing = [kind for kind in Algorithm if active_key(records, kind, now) is None]
            for kind in missing:
                records.append(self._make(kind, records, created=now, not_before=now))
        return bool(missing)

    def rotate(self, now: datetime) -> list[KeyRecord]:
        """Make a new key of each kind and return them.

        The new keys are published at once and first used 24 hours later, when the old ones retire. Retired keys
        stay published: what they signed must stay verifiable. Rotating again before that changes nothing and
        returns the keys that are waiting.
        """
        with self._changing() as records:
            waiting = [key for key in records if key.not_before > now and key.is_published]
            if waiting:
                return waiting
            made = []
            for kind in Algorithm:
                begin = now + ANNOUNCEMENT if active_key(records, kind, now) else now
                for place, key in enumerate(records):
                    if key.algorithm is kind and key.retired_at is None:
                        records[place] = replace(key, retired_at=begin)
                made.append(self._make(kind, records, created=now, not_before=begin))
                records.append(made[-1])
        return made

    def compromise(self, kid: str, now: datetime) -> KeyRecord | None:
        """Withdraw a key for good: it leaves the DID document at once and never signs again.

        Returns the key that replaces it at once, or None when another one is already in use. Everything that
        the key signed has to be signed anew. Raises KeyProblem for an unknown name.
        """
        with self._changing() as records:
            places = [place for place, key in enumerate(records) if key.kid == kid]
            if not places:
                raise KeyProblem(f"There is no key named {kid}. `flask keys list` shows the names.")
            lost = records[places[0]]
            records[places[0]] = replace(lost, compromised_at=lost.compromised_at or now)
            if active_key(records, lost.algorithm, now) is not None:
                return None
            records.append(self._make(lost.algorithm, records, created=now, not_before=now))
        return records[-1]

    def active_signer(self, now: datetime, algorithm: Algorithm = Algorithm.ED25519) -> Signer:
        """Return the signer to use at `now`; raises KeyProblem when there is none."""
        with self._guard:
            record = active_key(self._load(), algorithm, now)
            if record is None:
                raise KeyProblem("There is no usable issuer key. `flask keys init` makes one.")
            if record.kid not in self._private:
                self._private[record.kid] = self._read_private(record)
            return FileSigner(record.kid, algorithm, self._private[record.kid])

    def _load(self) -> tuple[KeyRecord, ...]:
        path = self.folder / INDEX
        try:
            facts = path.stat()
        except FileNotFoundError:
            return ()
        if (facts.st_mtime_ns, facts.st_ino) != self._read_at:
            _require_private(self.folder)
            _require_private(path)
            try:
                entries = json.loads(path.read_bytes())["keys"]
                self._records = tuple(_record(entry) for entry in entries)
            except (ValueError, KeyError, TypeError) as error:
                raise KeyProblem(f"{path} is damaged. Restore the key folder from its backup.") from error
            self._read_at = (facts.st_mtime_ns, facts.st_ino)
        return self._records

    @contextmanager
    def _changing(self) -> Iterator[list[KeyRecord]]:
        """Give the current records to change; they are written when the block ends without an error."""
        with self._guard:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _require_private(self.folder)
            with open(self.folder / LOCK, "ab", opener=_private_opener) as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                before = self._load()
                records = list(before)
                yield records
                if tuple(records) != before:
                    text = json.dumps({"keys": [_entry(key) for key in records]}, indent=1)
                    self._write(INDEX, text.encode("ascii"))
                    self._read_at = None

    def _make(self, kind: Algorithm, records: list[KeyRecord], *, created: datetime, not_before: datetime) -> KeyRecord:
        kid = _new_name(kind, {key.kid for key in records}, created)
        key: PrivateKey
        if kind is Algorithm.ED25519:
            key = ed25519.Ed25519PrivateKey.generate()
        else:
            key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        # The private half first: an index must never name a key that does not exist.
        self._write(f"{kid}.pem", pem)
        return KeyRecord(kid, kind, _public_bytes(key), _whole(created), _whole(not_before))

    def _read_private(self, record: KeyRecord) -> PrivateKey:
        path = self.folder / f"{record.kid}.pem"
        try:
            _require_private(path)
            key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        except FileNotFoundError as error:
            raise KeyProblem(f"{path} is missing. Restore the key folder from its backup.") from error
        except ValueError as error:
            raise KeyProblem(f"{path} is damaged. Restore the key folder from its backup.") from error
        wanted = ed25519.Ed25519PrivateKey if record.algorithm is Algorithm.ED25519 else ec.EllipticCurvePrivateKey
        if not isinstance(key, wanted) or _public_bytes(key) != record.public_key:
            raise KeyProblem(f"{path} is not the key that {INDEX} describes.")
        return key

    def _write(self, name: str, data: bytes) -> None:
        target, temporary = self.folder / name, self.folder / f".{name}.new"
        with open(temporary, "wb", opener=_private_opener) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _private_opener(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _require_private(path: Path) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        kind = "700" if path.is_dir() else "600"
        raise KeyProblem(f"{path} can be read by others (mode {mode:o}). Run: chmod {kind} '{path}'")


def _public_bytes(key: PrivateKey) -> bytes:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.public_key().public_bytes_raw()
    return key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)


def _new_name(kind: Algorithm, taken: set[str], created: datetime) -> str:
    # A name, never the key itself: some validators take a key from the fragment and ask nobody.
    first = f"key-{iso(created)[:10]}-{_NAMES[kind]}"
    names = [first, *(f"{first}-{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)


def _whole(moment: datetime) -> datetime:
    return parse_iso(iso(moment))


_TIMES: dict[str, Callable[[KeyRecord], datetime | None]] = {
    "created": lambda key: key.created,
    "not_before": lambda key: key.not_before,
    "retired_at": lambda key: key.retired_at,
    "compromised_at": lambda key: key.compromised_at,
}


def _entry(key: KeyRecord) -> dict[str, Any]:
    times = {name: read(key) for name, read in _TIMES.items()}
    return {
        "kid": key.kid,
        "alg": str(key.algorithm),
        "public": base64url_encode(key.public_key),
        **{name: iso(moment) if moment else None for name, moment in times.items()},
    }


def _record(entry: dict[str, Any]) -> KeyRecord:
    created, not_before, retired_at, compromised_at = (
        parse_iso(entry[name]) if entry[name] is not None else None for name in _TIMES
    )
    if created is None or not_before is None:
        raise ValueError("a key without dates")
    return KeyRecord(
        entry["kid"],
        Algorithm(entry["alg"]),
        base64url_decode(entry["public"]),
        created,
        not_before,
        retired_at,
        compromised_at,
    )
