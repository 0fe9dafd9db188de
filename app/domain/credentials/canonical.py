"""From a JSON document to the exact bytes that are signed: RDFC-1.0 with PyLD, made safe for strangers' files.

PyLD is correct, but (credentials.md section 6) not thread-safe (T1), unbounded on poison graphs (T2), silent
about terms that no context defines (T3) and blind to members spelled by their full IRI (T4). So every call goes
through one lock, a screen that looks at the shape first, a work meter inside the canonicalization, and a round
trip through expansion and compaction that must give back the document.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any

from app.domain.credentials import contexts as bundled_contexts
from app.domain.credentials.contexts import Contexts
from app.domain.credentials.screen import UnsafeDocument, is_absolute_iri, screen

# Work allowed in one canonicalization. A seven-step credential needs about 20 steps and 5 ms.
MAX_STEPS = 4_000
MAX_CPU_SECONDS = 0.4

# One lock for every use of PyLD in this process: its caches are plain dictionaries shared by all threads.
_LOCK = threading.RLock()


def canonicalize(document: Mapping[str, Any], *, contexts: Contexts | None = None) -> bytes:
    """Return the canonical N-Quads (UTF-8) of a document whose every member is covered by them.

    `contexts` replaces the pinned ones (tests with published vectors only). Raises UnsafeDocument with the
    code "structure", "context", "terms" or "work".
    """
    known = bundled_contexts.bundled() if contexts is None else contexts
    screen(document, known)
    with _LOCK:
        expanded = _expand(document, known)
        _require_absolute(expanded)
        _require_same(document, _compact(expanded, document["@context"], known))
        return _canonicalize(expanded, known)


def canonicalize_proof_options(options: Mapping[str, Any], *, contexts: Contexts | None = None) -> bytes:
    """Return the canonical N-Quads of proof options, which carry the @context of their document.

    The caller has already refused every member that a proof may not have, so no round trip is needed.
    """
    known = bundled_contexts.bundled() if contexts is None else contexts
    with _LOCK:
        return _canonicalize(_expand(options, known), known)


@cache
def _pyld() -> SimpleNamespace:
    """PyLD, imported on first use (120 ms that a start must not pay)."""
    from cachetools import LRUCache
    from pyld import canon, context_resolver, identifier_issuer, jsonld

    return SimpleNamespace(
        jsonld=jsonld,
        URDNA2015=canon.URDNA2015,
        IdentifierIssuer=identifier_issuer.IdentifierIssuer,
        ContextResolver=context_resolver.ContextResolver,
        new_cache=lambda: LRUCache(maxsize=50),
    )


@cache
def _pinned_cache() -> Any:
    return _pyld().new_cache()


def _options(known: Contexts) -> dict[str, Any]:
    def load(address: str, _options: object = None) -> dict[str, Any]:
        if address not in known:
            raise UnsafeDocument("context", f"The context {address[:200]} is not one that we know.")
        return {
            "contextUrl": None,
            "documentUrl": address,
            "document": dict(known[address]),
            "contentType": "application/ld+json",
        }

    # PyLD's own cache is keyed by address alone: a context given by one caller would leak to the next.
    pinned = known is bundled_contexts.bundled()
    store = _pinned_cache() if pinned else _pyld().new_cache()
    return {
        "base": "",
        "documentLoader": load,
        "contextResolver": _pyld().ContextResolver(store, load),
        "processingMode": "json-ld-1.1",
    }


def _expand(document: Mapping[str, Any], known: Contexts) -> list[Any]:
    return _run(lambda: _pyld().jsonld.expand(dict(document), _options(known)))


def _compact(expanded: list[Any], context: Any, known: Contexts) -> Any:
    options = _options(known) | {"skipExpansion": True}
    return _run(lambda: _pyld().jsonld.compact(expanded, context, options))


def _canonicalize(expanded: list[Any], known: Contexts) -> bytes:
    dataset = _run(lambda: _pyld().jsonld.to_rdf(expanded, _options(known)))
    text = _run(lambda: _bounded_class()().main(dataset, {"format": "application/n-quads"}))
    return str(text).encode("utf-8")


def _run(work: Any) -> Any:
    try:
        return work()
    except UnsafeDocument:
        raise
    except Exception as error:
        # PyLD raises many kinds for documents that are not JSON-LD.
        raise UnsafeDocument("structure", "The document is not well-formed JSON-LD.") from error


def _require_absolute(expanded: list[dict[str, Any]]) -> None:
    """Refuse relative or blank names and JSON literals: the RDF form drops or re-reads them silently."""
    for node in expanded:
        for name in [node.get("@id", "urn:none"), *_listed(node.get("@type", []))]:
            if not is_absolute_iri(name):
                raise UnsafeDocument("terms", f"{name[:80]!r} is not defined by the contexts.")
        for key, value in node.items():
            if key in ("@list", "@graph") or not key.startswith("@"):
                _require_absolute(value)
            elif key not in ("@id", "@type", "@value"):
                raise UnsafeDocument("terms", f"The document uses {key}, which is not allowed here.")


def _require_same(document: Mapping[str, Any], compacted: Any) -> None:
    """Raise unless `compacted` says the same as the document, member for member."""
    ours = _folded({k: v for k, v in document.items() if k != "@context"})
    theirs = _folded({k: v for k, v in compacted.items() if k != "@context"})
    if ours != theirs:
        member = _first_difference(ours, theirs)
        raise UnsafeDocument("terms", f"The member {member!r} is not covered by the signature.")


def _folded(value: Any) -> Any:
    """One spelling for what JSON-LD treats alike: [x] and x; an object with only an id and that id (T8)."""
    if isinstance(value, Mapping):
        if set(value) == {"id"}:
            return _folded(value["id"])
        return {key: _folded(item) for key, item in value.items()}
    if isinstance(value, list):
        return _folded(value[0]) if len(value) == 1 else [_folded(item) for item in value]
    # True == 1 in Python, and "true" must not pass for true either.
    return (type(value).__name__, value)


def _first_difference(ours: Any, theirs: Any, path: str = "") -> str:
    """Return the path of the first member in which two unequal documents differ."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        key = next(key for key in [*ours, *theirs] if ours.get(key) != theirs.get(key))
        return _first_difference(ours.get(key), theirs.get(key), f"{path}.{key}" if path else key)
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        place = next(place for place, item in enumerate(ours) if item != theirs[place])
        return _first_difference(ours[place], theirs[place], f"{path}[{place}]")
    return path[:160]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


class _Meter:
    """Counts steps of the exponential part and this thread's CPU time; raises when either runs out."""

    def __init__(self) -> None:
        self.steps = 0
        self.stop_at = time.thread_time() + MAX_CPU_SECONDS

    def spend(self) -> None:
        self.steps += 1
        if self.steps > MAX_STEPS or time.thread_time() > self.stop_at:
            raise UnsafeDocument("work", "The document is built to be expensive to check.")


@cache
def _bounded_class() -> Any:
    """PyLD's URDNA2015, metered where its cost arises: each Hash N-Degree call and each permutation.

    The algorithm copies its identifier issuer once for every permutation that it tries, so an issuer whose copy
    is metered sees all of them without a change to PyLD.
    """

    class MeteredIssuer(_pyld().IdentifierIssuer):  # type: ignore[misc]
        def __init__(self, prefix: str, meter: _Meter) -> None:
            super().__init__(prefix)
            self.meter = meter

        def __deepcopy__(self, memo: object) -> MeteredIssuer:
            self.meter.spend()
            twin = MeteredIssuer(self.prefix, self.meter)
            twin.counter, twin.existing, twin.order = self.counter, dict(self.existing), list(self.order)
            return twin

    class Bounded(_pyld().URDNA2015):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.meter = _Meter()

        def hash_n_degree_quads(self, id_: str, issuer: Any) -> Any:
            self.meter.spend()
            if not isinstance(issuer, MeteredIssuer):
                plain, issuer = issuer, MeteredIssuer(issuer.prefix, self.meter)
                issuer.counter, issuer.existing, issuer.order = plain.counter, plain.existing, plain.order
            return super().hash_n_degree_quads(id_, issuer)

    return Bounded
