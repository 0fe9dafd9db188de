"""The offline kit: what is in it, how fresh it is, and that it lets nothing in or out."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import re
import zipfile
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app.credentials import services
from app.credentials.models import Credential
from app.domain.credentials.jwt import read_jwt
from app.domain.credentials.lifecycle import Change, Reason
from app.domain.credentials.status_list import bit_is_set, decode
from app.infra import offline_kit
from app.infra.runtime import Runtime
from tests.conftest import NOW, Browser
from tests.factories.credentials import ADMIN, issuer_for

Issue = Callable[..., Credential]


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def test_the_kit_holds_keys_lists_contexts_and_one_page_that_asks_nobody(
    session: Session, issue: Issue, browse: Callable[..., Browser], runtime: Runtime
) -> None:
    credential, browser = issue(), browse()
    answer = browser.get("/offline-kit.zip")
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    assert "Set-Cookie" not in answer.headers
    tag = answer.headers["ETag"]
    assert browser.get("/offline-kit.zip", headers={"If-None-Match": tag}).status_code == 304
    files = unpacked(answer.data)
    assert {"verify.html", "README.txt", "did.json", "contexts/credentials-v2.json"} <= set(files)
    (list_name,) = (name for name in files if name.startswith("status/"))
    assert files["did.json"] == browser.get("/.well-known/did.json").data
    token = files[list_name].decode()
    status_list = read_jwt(token)
    assert status_list.document["validFrom"] == "2026-11-22T12:00:00Z"
    page = files["verify.html"].decode()
    kit = re.search(r'<script type="application/json" id="kit">(.*?)</script>', page, re.DOTALL)
    assert kit is not None
    assert json.loads(kit[1]) == {
        "did": json.loads(files["did.json"]),
        "lists": {f"https://academy.test/{list_name.removesuffix('.jwt')}": token},
    }
    # What the policy allows is exactly what stands in the page.
    for kind, found in (("module", re.search(r'<script type="module">(.*?)</script>', page, re.DOTALL)),
                        ("style", re.search(r"<style>(.*?)</style>", page, re.DOTALL))):  # fmt: skip
        assert found is not None, kind
        digest = base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()
        assert f"sha256-{digest}" in html.unescape(page.partition("<style>")[0]), kind
    assert "default-src 'none'" in html.unescape(page) and "connect-src" not in page
    assert not re.search(r'(?:src|href)="', page), "a page from a disk can load nothing"
    everything = b"".join(files.values())
    for private in (credential.number.encode(), b"Amara"):
        assert private not in everything

    services.change_credential(
        session, ADMIN, credential.id, Change.REVOKE, reason=Reason.CONDUCT, issuer=issuer_for(runtime), now=NOW
    )
    session.commit()
    newer = browser.get("/offline-kit.zip", headers={"If-None-Match": tag})
    assert newer.status_code == 200
    bits = read_jwt(unpacked(newer.data)[list_name].decode()).document["credentialSubject"]["encodedList"]
    index = int(
        json.loads(browser.get(f"/credentials/{credential.number}.json").data)["credentialStatus"]["statusListIndex"]
    )
    assert bit_is_set(decode(bits), index)


def test_before_the_first_certificate_there_is_a_kit_without_lists(
    browse: Callable[..., Browser], journey: None
) -> None:
    files = unpacked(browse().get("/offline-kit.zip").data)
    assert "verify.html" in files and not any(name.startswith("status/") for name in files)


def test_equal_files_make_equal_bytes_and_a_page_cannot_be_broken_out_of(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"b.txt": b"b", "a.txt": b"a"}
    assert offline_kit.packed(files, NOW) == offline_kit.packed(dict(reversed(files.items())), NOW)
    broken = offline_kit.SCRIPT.with_name("x.js")
    monkeypatch.setattr(type(broken), "read_text", lambda *_: "'</script>'")
    with pytest.raises(ValueError, match="end of a tag"):
        offline_kit.script()
