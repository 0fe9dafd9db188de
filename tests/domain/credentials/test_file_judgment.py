"""Whose a file is, and what it is worth by the record."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest

from app.domain.credentials.build import to_bytes
from app.domain.credentials.file_judgment import (
    Academy,
    FileAnswer,
    FileJudgment,
    Recorded,
    issuer_host,
    issuer_id,
    judge_file,
    number_in,
)
from app.domain.credentials.lifecycle import Status
from app.domain.credentials.report import Outcome
from app.domain.credentials.upload import open_upload
from app.domain.credentials.verify import verify_document
from tests.domain.credentials.conftest import Academy as Academy_

A, S = FileAnswer, Status


class Numbered(Academy_):
    """The academy of the tests with a number that could have been given out."""

    number = "VM-24F7K-9QX3A-B"

    def facts(self, **changes: Any) -> Any:
        return super().facts(number=self.number, **changes)


@pytest.fixture
def academy() -> Numbered:
    return Numbered()


@pytest.fixture
def issued(academy: Numbered) -> dict[str, Any]:
    return academy.issue()


def us(academy: Any) -> Academy:
    return Academy(academy.did, academy.url)


def judged(
    academy: Any, source: bytes, recorded: list[dict[str, Any]], status: Status | None, standing: str = "live"
) -> FileJudgment:
    opened = open_upload(source, lambda _pdf: [])
    return judge_file(
        opened,
        verify_document(opened.source, resolver=academy, now=academy.now),
        us(academy),
        claimed=number_in(opened.stated, us(academy)),
        status=status,
        recorded=[Recorded(document, academy.token(), standing) for document in recorded],
    )


@pytest.mark.parametrize(
    ("status", "standing", "answer"),
    [
        (S.ACTIVE, "live", A.VALID), (S.EXPIRING, "live", A.VALID), (S.ACTIVE, "replaced", A.OLD_COPY),
        (S.ACTIVE, "revoked", A.OLD_COPY), (S.EXPIRED, "live", A.EXPIRED), (S.EXPIRED, "replaced", A.EXPIRED),
        (S.SUSPENDED, "revoked", A.SUSPENDED), (S.REVOKED, "revoked", A.REVOKED),
        (S.SUPERSEDED, "revoked", A.SUPERSEDED), (S.WITHDRAWN, "revoked", A.WITHDRAWN),
    ],
)  # fmt: skip
def test_a_genuine_file_is_worth_what_the_record_says(
    academy: Any, issued: dict[str, Any], status: Status, standing: str, answer: FileAnswer
) -> None:
    for source in (to_bytes(issued), academy.token().encode()):
        made = judged(academy, source, [issued], status, standing)
        assert (made.answer, made.number, made.differences) == (answer, academy.number, ())
        assert made.lines[-1].name == "record" and made.lines[-1].outcome is Outcome.PASSED
        assert made.lines[1].sentence == "It names this academy as its issuer."


def test_a_list_that_is_missing_leaves_a_doubt(academy: Any, issued: dict[str, Any]) -> None:
    academy.lists.clear()
    assert judged(academy, to_bytes(issued), [issued], S.ACTIVE).answer is A.CANNOT_CHECK
    assert judged(academy, to_bytes(issued), [issued], S.REVOKED).answer is A.REVOKED


def test_a_file_from_the_future_is_not_valid_yet(academy: Any) -> None:
    early = academy.issue(valid_from=academy.now + timedelta(days=1))
    assert judged(academy, to_bytes(early), [early], S.ACTIVE).answer is A.NOT_YET_VALID


def test_altered_forged_unknown_and_foreign(academy: Any, issued: dict[str, Any]) -> None:
    renamed = copy.deepcopy(issued)
    renamed["credentialSubject"]["identifier"][0]["identityHash"] = "Mallory"
    assert judged(academy, to_bytes(renamed), [issued], S.ACTIVE).answer is A.ALTERED
    bare = {key: value for key, value in issued.items() if key != "proof"}
    assert judged(academy, to_bytes(bare), [issued], S.ACTIVE).answer is A.NOT_GENUINE
    assert judged(academy, to_bytes(issued), [], None).answer is A.NOT_GENUINE
    taken = {**issued, "issuer": {**issued["issuer"], "id": "did:web:evil.example"}}
    made = judged(academy, to_bytes(taken), [issued], S.ACTIVE)
    assert made.answer is A.ALTERED
    assert made.lines[1].outcome is Outcome.FAILED
    foreign = judged(academy, to_bytes({**taken, "id": "https://evil.example/1"}), [], None)
    assert (foreign.answer, foreign.issuer, foreign.number) == (A.NOT_OURS, "evil.example", "")
    assert judged(academy, b'{"hello":1}', [], None).answer is A.UNREADABLE


def test_the_number_that_a_file_claims(academy: Any, issued: dict[str, Any]) -> None:
    assert number_in(issued, us(academy)) == academy.number
    assert number_in({**issued, "id": "urn:x"}, us(academy)) == academy.number
    foreign = {**issued, "issuer": "did:web:other.example"}
    assert number_in(foreign, us(academy)) == academy.number, "by our address"
    assert number_in({**foreign, "id": "urn:x"}, us(academy)) == "", "a number alone is nobody's"
    for odd in (
        {},
        {"id": 7},
        {"issuer": academy.did, "credentialSubject": {"licenseNumber": 7}},
        {"id": [], "issuer": 1},
    ):
        assert number_in(odd, us(academy)) == ""


@pytest.mark.parametrize(
    ("issuer", "host"),
    [
        ("did:web:other.example", "other.example"),
        ("did:web:other.example%3A8443:issuers:1", "other.example"),
        ("https://Other.Example:443/issuers/1", "other.example"),
        ({"id": "https://other.example"}, "other.example"),
        ("did:key:z6Mk", ""), ("http://other.example", ""), ("https://user@other.example", ""), ("https://", ""),
        ("https://<script>", ""), ("https://ex\u202eample.com", ""), ("javascript:alert(1)", ""), (7, ""), (None, ""),
        ("https://" + "a" * 5_000, ""),
    ],
)  # fmt: skip
def test_a_foreign_issuer_is_named_only_by_a_plain_host(issuer: Any, host: str) -> None:
    assert issuer_host({"issuer": issuer}) == host
    assert isinstance(issuer_id({"issuer": issuer}), str)
