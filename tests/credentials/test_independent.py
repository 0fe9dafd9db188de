"""An engine that is not ours verifies what the running site serves, fetching everything from the site itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from openbadgeslib.ob3.ldp import OB3LdpVerifier
from openbadgeslib.ob3.verifier import OB3VerificationError, OB3Verifier

from app.credentials.models import Credential
from tests.conftest import NOW, Browser

Issue = Callable[..., Credential]


class Site:
    """The running application as the web that a stranger's software sees."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.fetched: list[str] = []

    def __call__(self, url: str) -> bytes:
        parts = urlsplit(url)
        assert (parts.scheme, parts.netloc) == ("https", "academy.test"), f"nobody should fetch {url}"
        self.fetched.append(parts.path)
        # openbadgeslib reads status lists as tokens only; the site serves that twin beside the list.
        path = f"{parts.path}.jwt" if parts.path.startswith("/status/") else parts.path
        answer = self.browser.get(path)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
        return bytes(answer.data)


@pytest.fixture
def site(browse: Callable[..., Browser]) -> Site:
    return Site(browse())


def verify(site: Site, number: str, form: str) -> Any:
    """Fetch the file of a number from the site and verify it at the time of the tests."""
    source = site.browser.get(f"/credentials/{number}.{form}").get_data(as_text=True)
    verifier: Any = OB3Verifier if form == "jwt" else OB3LdpVerifier
    with time_machine.travel(NOW, tick=False):
        anchored = verifier.for_issuer_did("did:web:academy.test", download=site)
        return anchored.verify(source, check_status=True, download=site)


@pytest.mark.parametrize("form", ["json", "jwt"])
def test_another_engine_accepts_what_the_site_serves(site: Site, issue: Issue, form: str) -> None:
    credential = issue()
    found = verify(site, credential.number, form)
    assert found.id == f"https://academy.test/credentials/{credential.number}"
    assert found.identifiers[0].identity_hash == "Amara Osei"
    assert len(found.results) == 8
    assert "/.well-known/did.json" in site.fetched
    assert any(path.startswith("/status/") for path in site.fetched)


@pytest.mark.parametrize("form", ["json", "jwt"])
@pytest.mark.parametrize("state", ["suspended", "revoked", "superseded", "withdrawn"])
def test_another_engine_refuses_what_does_not_count(site: Site, issue: Issue, state: str, form: str) -> None:
    credential = issue(state)
    with pytest.raises(OB3VerificationError, match="revocation"):
        verify(site, credential.number, form)


@pytest.mark.parametrize("form", ["json", "jwt"])
def test_another_engine_refuses_what_has_expired(site: Site, issue: Issue, form: str) -> None:
    with pytest.raises(OB3VerificationError, match=r"(?i)expir"):
        verify(site, issue("expired").number, form)
