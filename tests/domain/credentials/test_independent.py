"""An engine that is not ours (openbadgeslib) accepts what we issue, refuses what we void, and fetches nothing else."""

from __future__ import annotations

import json
import random
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from openbadgeslib.ob3.ldp import OB3LdpVerifier
from openbadgeslib.ob3.verifier import OB3VerificationError, OB3Verifier

from app.domain.credentials.build import to_bytes
from app.domain.credentials.jwt import sign_jwt
from app.domain.credentials.verify import verify_document


class Web:
    """What the academy serves, as a stranger's software would fetch it."""

    def __init__(self, academy: Any) -> None:
        self.academy = academy
        self.revoked: tuple[int, ...] = ()

    def __call__(self, url: str) -> bytes:
        if url == "https://academy.example/.well-known/did.json":
            return json.dumps(self.academy.did_document(self.academy.did)).encode()
        if url == self.academy.list_url:
            # openbadgeslib reads lists as tokens only.
            status_list = self.academy.publish(*self.revoked)
            return sign_jwt(status_list, self.academy.token_signer, issuer=self.academy.did).encode()
        raise AssertionError(f"nobody should fetch {url}")


def verify_elsewhere(academy: Any, source: dict[str, Any] | str, web: Web) -> Any:
    """Verify with openbadgeslib at the time of the test's academy; raises OB3VerificationError."""
    verifier: Any = OB3Verifier if isinstance(source, str) else OB3LdpVerifier
    text = source if isinstance(source, str) else to_bytes(source)
    with time_machine.travel(academy.now, tick=False):
        anchored = verifier.for_issuer_did(academy.did, download=web)
        return anchored.verify(text, check_status=True, download=web)


@pytest.mark.parametrize("form", ["document", "token"])
def test_another_engine_accepts_what_we_issue(academy: Any, form: str) -> None:
    source = academy.issue() if form == "document" else academy.token()
    found = verify_elsewhere(academy, source, Web(academy))
    assert found.id == "https://academy.example/credentials/VM-24F7K-9QX3A-9"
    assert found.identifiers[0].identity_hash == "Amara Osei"
    assert len(found.results) == 8
    assert found.expiration_date == datetime(2028, 10, 22, 10, tzinfo=UTC)


@pytest.mark.parametrize("form", ["document", "token"])
def test_another_engine_refuses_what_we_revoke(academy: Any, form: str) -> None:
    web = Web(academy)
    web.revoked = (academy.facts().status_index,)
    with pytest.raises(OB3VerificationError, match="revocation"):
        verify_elsewhere(academy, academy.issue() if form == "document" else academy.token(), web)


def test_another_engine_refuses_a_changed_name(academy: Any, issued: dict[str, Any]) -> None:
    issued["credentialSubject"]["identifier"][0]["identityHash"] = "Somebody Else"
    with pytest.raises(OB3VerificationError):
        verify_elsewhere(academy, issued, Web(academy))


def test_eight_threads_issue_and_verify_without_an_error(academy: Any) -> None:
    # The bench does this 5,000 times; PyLD without our lock failed within 480.
    failures: list[str] = []

    def work(seed: int) -> None:
        source = random.Random(seed)
        for turn in range(6):
            try:
                name = f"Student {seed}-{turn}"
                place = source.randrange(131_072)
                document = academy.issue(holder_name=name, status_index=place, steps=academy.facts().steps[:1])
                report = verify_document(to_bytes(document), resolver=academy, now=academy.now + timedelta(hours=1))
                if not report.ok:
                    failures.append(str(report.checks))
                document["credentialSubject"]["identifier"][0]["identityHash"] = "x"
                if verify_document(document, resolver=academy, now=academy.now).ok:
                    failures.append("a changed name was accepted")
            except Exception as error:
                failures.append(repr(error))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
