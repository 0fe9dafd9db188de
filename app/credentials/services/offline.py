"""What a studio without a network needs to check certificates: our keys, every list with its age, the contexts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.credentials import queries
from app.credentials.services.issuer import issuer_of, status_token
from app.credentials.services.looking_up import Reading
from app.domain.credentials.build import to_bytes
from app.domain.credentials.contexts import PINNED, bundled
from app.domain.credentials.did import did_document, did_for
from app.infra.cache import Lru
from app.infra.offline_kit import packed
from app.infra.signing import KeyStore

_kits: Lru[tuple[str, ...], bytes] = Lru(4)


@dataclass(frozen=True, slots=True)
class Supplies:
    """What goes into a kit: public keys, and the signed lists as tokens by their address; `made` is when the newest
    list was signed."""

    did: Mapping[str, Any]
    lists: Mapping[str, str]
    made: datetime

    @property
    def digest(self) -> str:
        """What tells these supplies from any others."""
        return hashlib.sha256(to_bytes({"did": dict(self.did), "lists": dict(self.lists)})).hexdigest()


def supplies(reading: Reading, keys: KeyStore, *, name: str, url: str, now: datetime) -> Supplies:
    """Gather what a kit needs. The lists are signed anew twice a day and at every change, so a kit is as fresh."""
    with reading() as session:
        found = {one: queries.status_document(session, one) for one in queries.status_list_ids(session)}
    documents = {one: pair for one, pair in found.items() if pair is not None}
    did = did_document(did_for(url), keys.public_keys())
    if not documents:
        return Supplies(did, {}, now)
    issuer = issuer_of(keys, name=name, url=url, now=now)
    lists = {issuer.status_url(one): status_token(document, issuer) for one, (document, _at) in documents.items()}
    return Supplies(did, lists, max(at for _document, at in documents.values()))


def offline_kit(found: Supplies, page: Callable[[], str], readme: str, *, version: str) -> bytes:
    """The kit as a ZIP, made once for the same supplies; `version` tells one form of the page from another."""

    def make() -> bytes:
        files = {"verify.html": page().encode(), "README.txt": readme.encode(), "did.json": to_bytes(dict(found.did))}
        for address, token in found.lists.items():
            files[f"status/{address.rpartition('/')[2]}.jwt"] = token.encode("ascii")
        for address, document in bundled().items():
            files[f"contexts/{PINNED[address][0]}"] = to_bytes(dict(document))
        return packed(files, found.made)

    return _kits.get((found.digest, version, readme), make)
