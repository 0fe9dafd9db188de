"""The first look at a file: which shapes are refused before any work is done on them."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.credentials.build import to_bytes
from app.domain.credentials.contexts import VC_V2
from app.domain.credentials.screen import MAX_BYTES, UnsafeDocument, is_absolute_iri, parse_json, screen

KNOWN = {VC_V2: {}}
BASE = {"@context": VC_V2, "id": "urn:uuid:1", "type": "VerifiableCredential"}


def nested(depth: int) -> dict[str, Any]:
    value: Any = "x"
    for _ in range(depth):
        value = {"name": value}
    return {"name": value}


def test_an_issued_certificate_passes(issued: dict[str, Any]) -> None:
    assert parse_json(to_bytes(issued)) == issued
    screen({k: v for k, v in issued.items() if k != "proof"}, dict.fromkeys(issued["@context"]))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "json"),
        (b"null", "json"),
        (b"[]", "json"),
        (b'"text"', "json"),
        (b'{"a": 1, "a": 2}', "json"),
        (b'{"a": NaN}', "json"),
        (b'{"a": Infinity}', "json"),
        (b"{'a': 1}", "json"),
        (b'{"a": "\xff"}', "json"),
        (b"[" * 200_000, "json"),
        (b'{"a":' * 50_000, "json"),
        (b'{"a": ' + b"9" * 6000 + b"}", "json"),
        (b" " * (MAX_BYTES + 1), "size"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_text_that_is_not_one_plain_object_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(UnsafeDocument) as refused:
        parse_json(data)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": None}, "structure"),
        ({"name": 1.5}, "structure"),
        ({"name": 2**53}, "structure"),
        ({"name": "\ud800"}, "structure"),
        ({"name": []}, "structure"),
        ({"name": {}}, "structure"),
        ({"name": [["x"]]}, "structure"),
        ({"name": ["x"] * 151}, "structure"),
        ({"name": "_:b0"}, "structure"),
        ({"issuer": {"id": "_:b0"}}, "structure"),
        ({"issuer": {"id": "relative"}}, "structure"),
        ({"issuer": {"id": 5}}, "structure"),
        ({"issuer": {"id": "urn:a b"}}, "structure"),
        (nested(17), "structure"),
        ({"type": ["VerifiableCredential"] * 7}, "structure"),
        ({"evidence": [{"id": "urn:e", "name": "a"}, {"id": "urn:e", "name": "b"}]}, "structure"),
        ({"evidence": [{"name": str(i)} for i in range(41)]}, "structure"),
        ({"a": [{"id": f"urn:{i}"} for i in range(150)], "b": [{"id": f"urn:{i}"} for i in range(150)]}, "structure"),
        ({f"m{i}": ["x"] * 150 for i in range(11)}, "structure"),
        ({"@type": "x"}, "terms"),
        ({"a:b": "x"}, "terms"),
        ({"": "x"}, "terms"),
        ({"name": {"@context": {}, "x": 1}}, "terms"),
        ({"@context": "https://evil.example"}, "context"),
        ({"@context": [VC_V2] * 6}, "context"),
        ({"@context": [VC_V2, {"name": "urn:x"}]}, "context"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_shapes_that_no_certificate_of_ours_has_are_refused(change: dict[str, Any], code: str) -> None:
    screen(BASE, KNOWN)
    with pytest.raises(UnsafeDocument) as refused:
        screen({**BASE, **change}, KNOWN)
    assert refused.value.code == code
    assert refused.value.message.endswith(".")


@pytest.mark.parametrize(
    ("text", "absolute"),
    [
        ("https://academy.example/credentials/VM-1", True),
        ("did:web:academy.example%3A8000#key-1", True),
        ("urn:uuid:1", True),
        ("data:image/png;base64,iVBORw0KGgo=", True),
        ("academy.example", False),
        ("/credentials/1", False),
        ("#key", False),
        ("_:b0", False),
        ("https://a b", False),
        ("urn:x>", False),
        ("urn:x\n", False),
        ("", False),
    ],
)
def test_absolute_addresses(text: str, absolute: bool) -> None:
    assert is_absolute_iri(text) is absolute
