"""Reports and the field-by-field difference between a file and the record."""

from __future__ import annotations

import copy
from typing import Any

from app.domain.credentials.report import Difference, Outcome, Verdict, differences


def test_equal_documents_do_not_differ(issued: dict[str, Any]) -> None:
    assert differences(issued, copy.deepcopy(issued)) == []


def test_every_changed_added_and_missing_member_is_named(issued: dict[str, Any]) -> None:
    given = copy.deepcopy(issued)
    given["credentialSubject"]["identifier"][0]["identityHash"] = "Amara Ossei"
    given["motto"] = "new"
    del given["validUntil"]
    assert differences(issued, given) == [
        Difference("validUntil", issued["validUntil"], None),
        Difference("credentialSubject.identifier[0].identityHash", "Amara Osei", "Amara Ossei"),
        Difference("motto", None, "new"),
    ]


def test_values_of_another_kind_differ() -> None:
    assert differences({"a": True, "b": [1, 2]}, {"a": 1, "b": [1]}) == [
        Difference("a", True, 1),
        Difference("b", [1, 2], [1]),
    ]


def test_names_are_stable_for_machines() -> None:
    assert [str(v) for v in Verdict] == [
        "valid", "expired", "not_yet_valid", "revoked", "invalid", "malformed", "not_issued_here", "cannot_check",
    ]  # fmt: skip
    assert [str(o) for o in Outcome] == ["passed", "failed", "unknown", "skipped"]
