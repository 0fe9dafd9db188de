"""What a passphrase protects in a backup: the keys and secrets are encrypted, the manifest carries a MAC.

Scrypt makes one secret of passphrase and salt; HKDF makes two keys of it, one for each purpose. Every backup has a
salt of its own, so each key encrypts one message only.
"""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

SHORTEST_PASSPHRASE = 12
_NONCE_BYTES = 12


class BackupProblem(Exception):
    """A backup cannot be made, trusted or restored; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess of the passphrase costs: 128 * n * r bytes of memory, 128 MiB as it stands here."""

    n: int = 2**17
    r: int = 8
    p: int = 1

    def check(self) -> None:
        """Raise BackupProblem for a cost that nobody of us wrote: it would take all memory, or protect nothing."""
        if not (2**4 <= self.n <= 2**20 and self.n & (self.n - 1) == 0 and 1 <= self.r <= 16 and 1 <= self.p <= 4):
            raise BackupProblem("The manifest asks for a key derivation that no backup of ours uses.")


@dataclass(frozen=True, slots=True)
class Vault:
    """The two keys of one backup."""

    _encrypting: bytes
    _sealing: bytes

    def encrypt(self, data: bytes, name: str) -> bytes:
        """Encrypt `data`, bound to the name of the backup."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + ChaCha20Poly1305(self._encrypting).encrypt(nonce, data, name.encode())

    def decrypt(self, data: bytes, name: str) -> bytes:
        """Undo `encrypt`. Raises BackupProblem for another passphrase, name, or changed bytes."""
        try:
            return ChaCha20Poly1305(self._encrypting).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], name.encode())
        except (InvalidTag, ValueError) as error:
            raise BackupProblem("The keys in the backup cannot be decrypted: they were changed.") from error

    def mac(self, manifest: bytes) -> str:
        """The MAC of a manifest, hexadecimal."""
        return hmac.new(self._sealing, manifest, "sha256").hexdigest()

    def check(self, manifest: bytes, mac: str) -> None:
        """Raise BackupProblem when the MAC is not of this manifest and passphrase."""
        if not hmac.compare_digest(self.mac(manifest).encode(), mac.strip().encode()):
            raise BackupProblem("The passphrase is not the one of this backup, or its manifest was changed.")


def open_vault(passphrase: str, salt: bytes, cost: Cost) -> Vault:
    """Derive the keys. Raises BackupProblem for a passphrase that is too short or a cost out of bounds."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise BackupProblem(f"The passphrase is too short; use at least {SHORTEST_PASSPHRASE} characters.")
    cost.check()
    secret = Scrypt(salt=salt, length=32, n=cost.n, r=cost.r, p=cost.p).derive(passphrase.encode())
    keys = HKDF(algorithm=SHA256(), length=64, salt=None, info=b"vermilion backup 1").derive(secret)
    return Vault(keys[:32], keys[32:])
