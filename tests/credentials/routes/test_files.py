"""Files at /verify: every class of bad file of credentials.md section 7 gets its verdict, and nothing is kept."""

from __future__ import annotations

import base64
import copy
import io
import json
import re
import socket
import tempfile
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from bs4 import BeautifulSoup
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from app.credentials import queries, services
from app.credentials.models import Credential, StatusList
from app.domain.credentials.baking import KEYWORD, bake_png, bake_svg
from app.domain.credentials.did import did_for
from app.domain.credentials.keys import Algorithm
from app.domain.credentials.lifecycle import Change, Reason
from app.domain.credentials.proof import add_proof
from app.domain.credentials.status_list import encode
from app.infra import pdf_files
from app.infra.runtime import Runtime
from tests.conftest import NOW, Browser, Clock
from tests.domain.credentials.conftest import EcSigner, EdSigner
from tests.factories.credentials import ADMIN, NOTE, issuer_for

Issue = Callable[..., Credential]
Check = Callable[[bytes | str], tuple[str, str]]
OURS = "did:web:academy.test"


def words(markup: str) -> str:
    main = BeautifulSoup(markup, "html.parser").main
    assert main is not None
    return " ".join(main.get_text(" ").split())


@pytest.fixture
def browser(browse: Callable[..., Browser]) -> Browser:
    found = browse()
    found.get("/verify")
    return found


def send(browser: Browser, data: bytes | str, name: str = "certificate.bin") -> Any:
    content = data.encode() if isinstance(data, str) else data
    answer = browser.post("/verify", {"file": (io.BytesIO(content), name)}, content_type="multipart/form-data")
    answer.request.environ["wsgi.input"].close()  # the client keeps a large form in a file of its own
    return answer


@pytest.fixture
def check(browser: Browser, clock: Clock) -> Check:
    """`check(data)` -> the heading of the answer and all its words; a test may send more than a caller may."""
    sent = 0

    def ask(data: bytes | str) -> tuple[str, str]:
        nonlocal sent
        sent += 1
        if sent % services.FILES == 0:
            clock.tick(seconds=61)
        answer = send(browser, data)
        assert answer.status_code in (200, 422), answer.status_code
        heading = BeautifulSoup(answer.data, "html.parser").h1
        assert heading is not None
        return heading.get_text().strip(), words(answer.text)

    return ask


def file_of(browser: Browser, credential: Credential, form: str = "json") -> bytes:
    answer = browser.get(f"/credentials/{credential.number}.{form}")
    assert answer.status_code == 200
    return bytes(answer.data)


def changed(document: dict[str, Any], path: str, value: Any) -> str:
    made = copy.deepcopy(document)
    *parents, last = path.split(".")
    place: Any = made
    for name in parents:
        place = place[int(name)] if name.isdigit() else place[name]
    place[last] = value
    return json.dumps(made)


def token_of(header: dict[str, Any], body: dict[str, Any], signature: str) -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, body))
    return f"{'.'.join(parts)}.{signature}"


def taken_apart(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    head, body, signature = token.split(".")
    one, two = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in (head, body))
    return one, two, signature


def pdf_with(*attached: bytes) -> bytes:
    document = pypdfium2.PdfDocument.new()
    document.new_page(200, 200)
    for place, data in enumerate(attached):
        document.new_attachment(f"{place}.json").set_data(data)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


# --- genuine files ---------------------------------------------------------------------------------------------


def test_every_form_of_a_good_file_is_valid(issue: Issue, browser: Browser, check: Check) -> None:
    credential = issue()
    for form in ("json", "jwt", "pdf", "png", "svg"):
        heading, shown = check(file_of(browser, credential, form))
        assert heading == "Valid", (form, shown)
        assert "Amara Osei holds this certificate until September 23, 2028" in shown
        assert credential.number in shown
        assert "Checked on November 22, 2026, 12:00:00 UTC" in shown
        assert "Our record It says word for word what our record says. Good" in shown
        assert ("dot for dot, what we draw. Good" in shown) == (form in ("pdf", "png", "svg"))
        lines = re.findall(
            r"(Format|Issuer|Key|Signature|Dates|List of revoked files|Our record) [A-Z].*?\. (\w+)", shown
        )
        assert {"Format", "Issuer", "Key", "Signature", "Dates", "List of revoked files", "Our record"} <= {
            name for name, _ in lines
        }
        assert "Failed" not in shown and "Cannot say" not in shown


def test_spaces_and_a_byte_order_mark_change_nothing(issue: Issue, browser: Browser, check: Check) -> None:
    document = json.loads(file_of(browser, issue()))
    for written in (json.dumps(document, indent=2), "\ufeff" + json.dumps(document), f"\r\n {json.dumps(document)}\n"):
        assert check(written)[0] == "Valid"


@pytest.mark.parametrize(
    ("state", "heading", "sentence"),
    [
        ("expired", "Expired", "the certificate ran out on September 13, 2026"),
        ("suspended", "Suspended", "the certificate is suspended since November 22, 2026"),
        ("revoked", "Revoked", "took this certificate back for good on November 22, 2026"),
        ("superseded", "Replaced", "A newer certificate counts in its place"),
        ("withdrawn", "Withdrawn by holder", "gave this certificate up on November 22, 2026"),
    ],
)
def test_the_record_decides_what_a_genuine_file_is_worth(
    issue: Issue, browser: Browser, check: Check, state: str, heading: str, sentence: str
) -> None:
    credential = issue(state)
    for form in ("json", "jwt"):
        found, shown = check(file_of(browser, credential, form))
        assert found == heading
        assert sentence in shown
        assert NOTE not in shown


def test_a_file_that_a_newer_one_replaced(
    session: Session, issue: Issue, browser: Browser, check: Check, runtime: Runtime, clock: Clock
) -> None:
    credential = issue()
    old = {form: file_of(browser, credential, form) for form in ("json", "jwt", "pdf")}
    for change, reason in ((Change.SUSPEND, Reason.CONDUCT), (Change.REINSTATE, Reason.ADMINISTRATIVE)):
        now = clock.tick(hours=1)
        services.change_credential(
            session, ADMIN, credential.id, change, reason=reason, issuer=issuer_for(runtime), now=now
        )
    session.commit()
    for form, data in old.items():
        heading, shown = check(data)
        assert heading == "An older copy", form
        assert "The certificate itself is good" in shown
        assert check(file_of(browser, credential, form))[0] == "Valid"


def test_a_file_of_a_key_that_was_withdrawn(
    session: Session, issue: Issue, browser: Browser, check: Check, runtime: Runtime
) -> None:
    credential = issue()
    old, token = file_of(browser, credential), file_of(browser, credential, "jwt")
    for key in runtime.keys.public_keys():
        runtime.keys.compromise(key.kid, NOW)
    for list_id in queries.status_list_ids(session):
        services.resign_status_list(session, list_id, issuer=issuer_for(runtime), now=NOW)
    session.commit()
    assert check(old)[0] == "Cannot check now", "it is being signed anew"
    services.sign_anew(session, credential.id, issuer=issuer_for(runtime), now=NOW)
    session.commit()
    assert check(old)[0] == check(token)[0] == "An older copy"
    assert check(file_of(browser, credential))[0] == "Valid"


# --- altered and forged ----------------------------------------------------------------------------------------


def test_an_altered_file_shows_what_was_changed(issue: Issue, browser: Browser, check: Check) -> None:
    document = json.loads(file_of(browser, issue()))
    list_url = document["credentialStatus"]["statusListCredential"]
    cases = [
        ("credentialSubject.identifier.0.identityHash", "Mallory Osei", "Name", "Amara Osei"),
        ("validUntil", "2099-11-22T10:00:00Z", "Valid until", "2028-09-23T23:59:59Z"),
        ("validFrom", "2020-01-01T00:00:00Z", "Valid from", document["validFrom"]),
        ("awardedDate", "2020-01-01T00:00:00Z", "Awarded", document["awardedDate"]),
        ("credentialSubject.licenseNumber", "VM-11111-11111-1", "Number", document["id"][-16:]),
        ("credentialSubject.achievement.name", "Master", "Certificate", "Vermilion Certified Lip Blush Artist"),
        ("credentialStatus.id", f"{list_url}#1", "Place in the list", document["credentialStatus"]["id"]),
        ("credentialStatus.statusListIndex", "1", "Place in the list", document["credentialStatus"]["statusListIndex"]),
        ("issuer.name", "Academy of Arts", "Issuer", "Vermilion Academy"),
        ("issuer.id", "did:web:evil.example", "Issuer", OURS),
        ("credentialSubject.result.4.achievedLevel", "https://academy.test/x#level-4", "Level shown", "#"),
        ("motto", "trust me", "Other", "Nothing"),
        ("https://www.w3.org/2018/credentials#validUntil", "2099-01-01T00:00:00Z", "Other", "Nothing"),
    ]  # fmt: skip
    for path, value, field, recorded in cases:
        whole = path if path.startswith("https") else None
        sent = json.dumps({**document, path: value}) if whole else changed(document, path, value)
        heading, shown = check(sent)
        assert heading == "Altered", path
        table = shown[shown.index("What was changed") : shown.index("What our record says")]
        assert table.count(field) >= 1 and value in table and recorded in table, (path, table)
        assert "Our record It does not say what our record says. Failed" in shown
        assert "How it stands today Valid" in shown
    for member in ("validUntil", "credentialStatus", "credentialSubject", "awardedDate"):
        heading, shown = check(json.dumps({k: v for k, v in document.items() if k != member}))
        assert heading == "Altered", member
        assert "Nothing" in shown[shown.index("What was changed") : shown.index("What our record says")]


def test_signatures_that_are_not_ours(issue: Issue, browser: Browser, check: Check, runtime: Runtime) -> None:
    document, other = (json.loads(file_of(browser, issue(name=name))) for name in ("Amara Osei", "Lea Fontaine"))
    bare = {key: value for key, value in document.items() if key != "proof"}
    kid = runtime.keys.active_signer(NOW, Algorithm.ED25519).kid
    forged = {
        "swapped": {**document, "proof": other["proof"]},
        "none": bare,
        "wrong key": add_proof(bare, EdSigner(kid, seed=66), issuer=OURS, created=NOW),
        "unknown key": add_proof(bare, EdSigner("key-1999", seed=66), issuer=OURS, created=NOW),
        "key of another": add_proof(bare, EdSigner("key-1", seed=66), issuer="did:key:z6Mk", created=NOW),
        "another purpose": {**document, "proof": {**document["proof"], "proofPurpose": "authentication"}},
        "another date": {**document, "proof": {**document["proof"], "created": "2026-01-01T00:00:00Z"}},
        "a list of proofs": {**document, "proof": [document["proof"]]},
    }
    for name, made in forged.items():
        heading, shown = check(json.dumps(made))
        assert heading == "Not genuine", name
        assert "Failed" in shown and "its signature is not ours" in shown
    # A number of ours that was never given out, signed by a thief under our name.
    invented = json.loads(json.dumps(bare).replace(bare["credentialSubject"]["licenseNumber"], "VM-11111-11111-1"))
    heading, shown = check(json.dumps(add_proof(invented, EdSigner(kid, seed=66), issuer=OURS, created=NOW)))
    assert heading == "Not genuine"
    assert "No certificate of this academy has the number" in shown


def test_what_we_signed_but_never_recorded_is_not_genuine(
    issue: Issue, browser: Browser, check: Check, runtime: Runtime
) -> None:
    """Whoever stole a key can sign; they cannot write our record."""
    bare = {key: value for key, value in json.loads(file_of(browser, issue())).items() if key != "proof"}
    stolen = runtime.keys.active_signer(NOW, Algorithm.ED25519)
    invented = json.loads(json.dumps(bare).replace(bare["credentialSubject"]["licenseNumber"], "VM-11111-11111-1"))
    renamed = json.loads(json.dumps(bare).replace("Amara Osei", "Mallory Osei"))
    for made, heading in ((invented, "Not genuine"), (renamed, "Altered")):
        assert check(json.dumps(add_proof(made, stolen, issuer=OURS, created=NOW)))[0] == heading


def test_tokens_that_are_not_ours(issue: Issue, browser: Browser, check: Check) -> None:
    head, body, signature = taken_apart(file_of(browser, issue(), "jwt").decode())
    thief = EcSigner(head["kid"].partition("#")[2], secret=99)
    for header in (
        {"alg": "none"}, {"alg": "HS256"}, {"alg": "EdDSA"}, {"jwk": {"kty": "EC"}}, {"jku": "https://evil.example"},
        {"kid": f"{OURS}#key-1999"}, {"kid": "did:web:evil.example#key"}, {"crit": ["exp"]},
    ):  # fmt: skip
        for ending in (signature, ""):
            assert check(token_of({**head, **header}, body, ending))[0] == "Not genuine", header
    signed = token_of(head, body, "").rstrip(".")
    forged = f"{signed}.{base64.urlsafe_b64encode(thief.sign(signed.encode())).decode().rstrip('=')}"
    assert check(forged)[0] == "Not genuine"
    renamed = copy.deepcopy(body)
    renamed["credentialSubject"]["identifier"][0]["identityHash"] = "Mallory Osei"
    heading, shown = check(token_of(head, renamed, signature))
    assert heading == "Altered"
    assert "Mallory Osei" in shown and "Amara Osei" in shown
    assert check(token_of(head, {**body, "exp": 4_000_000_000}, signature))[0] == "Not genuine"


# --- not ours --------------------------------------------------------------------------------------------------


def test_badges_of_others_are_refused_honestly_and_nobody_is_asked(
    issue: Issue, browser: Browser, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = json.loads(file_of(browser, issue()))

    def refuse(*_args: object, **_more: object) -> None:
        raise AssertionError("the network was asked")

    foreign = json.loads(json.dumps(own).replace("academy.test", "other.example"))
    head = {"alg": "RS256", "kid": "https://other.example/keys/1", "typ": "JWT"}
    body = {"iss": "https://other.example/issuers/7", "vc": {"type": ["VerifiableCredential"]}, "jti": "urn:x"}
    old = {"@context": "https://w3id.org/openbadges/v2", "type": "Assertion", "badge": "https://other.example/badge/1"}
    with monkeypatch.context() as offline:
        offline.setattr(socket, "getaddrinfo", refuse)
        offline.setattr(socket.socket, "connect", refuse)
        for sent in (
            json.dumps(foreign),
            json.dumps({**foreign, "@context": ["https://other.example/context"]}),
            json.dumps({"issuer": "did:web:other.example%3A8443:issuers:1", "type": "VerifiableCredential"}),
            token_of(head, body, "c2ln"),
            json.dumps(old),
        ):
            heading, shown = check(sent)
            assert heading == "Not one of ours", sent[:80]
            assert "We check only certificates of this academy." in shown
            assert "ask them at other.example ." in shown
    for nameless in (
        "did:key:z6Mk",
        "https://exa mple",
        "javascript:alert(1)",
        "https://<b>x",
        "https://" + "a." * 900,
    ):
        heading, shown = check(json.dumps({**foreign, "issuer": {"id": nameless}, "id": "urn:x"}))
        assert heading == "Not one of ours"
        assert "Ask whoever issued it." in shown


# --- unreadable ------------------------------------------------------------------------------------------------


def test_files_that_hold_no_certificate(issue: Issue, browser: Browser, check: Check) -> None:
    credential = issue()
    good = file_of(browser, credential)
    document = good.decode()
    bad: dict[str, bytes | str] = {
        "truncated": good[:-40],
        "not JSON": "Amara Osei is certified",
        "words in braces": "{certified: yes}",
        "a list": "[1]",
        "an empty object": "{}",
        "nothing we know": json.dumps({"hello": "world"}),
        "nested": "{" + '"a":{' * 50_000 + "}" * 50_001,
        "nested lists": '{"a":' + "[" * 100_000 + "]" * 100_000 + "}",
        "duplicate members": document[:-1] + ',"validUntil":"2099-01-01T00:00:00Z"}',
        "NaN": document[:-1] + ',"x":NaN}',
        "a number of a million digits": '{"x":' + "9" * 200_000 + "}",
        "more than 256 KB of JSON": document[:-1] + f',"x":"{"y" * 300_000}"' + "}",
        "binary": bytes(range(256)) * 20,
        "a photo": b"\xff\xd8\xff\xe0" + bytes(200),
        "a token of nonsense": "eyJ.eyJ.x",
        "a token that is no object": "eyJhbGciOiJub25lIn0.W10.",
        "lone surrogates": document.replace("Amara", "\\ud800"),
        "a null byte": document.replace("Amara", "A\0mara"),
    }
    for name, data in bad.items():
        heading, shown = check(data)
        expected = {"No certificate found in it"} if name != "lone surrogates" else {"Altered"}
        assert heading in expected, (name, heading)
        assert "Failed" in shown
    assert "type the number that it shows" in check(bad["a photo"])[1]


def test_pictures_that_were_tampered_with(issue: Issue, browser: Browser, check: Check) -> None:
    credential = issue()
    plain = re.compile(b"iTXt" + KEYWORD)
    png, document = file_of(browser, credential, "png"), file_of(browser, credential)
    place = plain.search(png)
    assert place is not None
    name = png.index(b"Amara Osei", place.end())
    start = place.start() - 4
    chunk = png[start : start + 12 + int.from_bytes(png[start : start + 4], "big")]
    without = png.replace(chunk, b"")
    bomb = KEYWORD + b"\0\1\0\0\0" + zlib.compress(b" " * 60_000_000)
    packed = len(bomb).to_bytes(4, "big") + b"iTXt" + bomb + zlib.crc32(b"iTXt" + bomb).to_bytes(4, "big")
    head = without[:33]
    bad = {
        "a sum that does not fit": png[:name] + b"Emara" + png[name + 5 :],
        "two certificates": bake_png(png, document),
        "none": without,
        "cut off": png[:-200],
        "more after the end": png + b"{}",
        "a chunk beyond the end": png[:33] + b"\x7f\xff\xff\xffiTXt" + png[33:],
        "a bomb": head + packed + without[33:],
        "no PNG at all": png[:8] + b"\0" * 50,
        "an older badge": head + chunk.replace(KEYWORD, b"openbadges") + without[33:],
    }
    for label, data in bad.items():
        heading, shown = check(data)
        assert heading == "No certificate found in it", (label, shown)
    altered = bake_png(without, document.replace(b"Amara Osei", b"Mallory Osei"))
    assert check(altered)[0] == "Altered"
    redrawn = bake_png(without.replace(b"IEND", b"IEND"), document)
    assert check(redrawn)[0] == "Valid"
    # The signed part is ours, and the rest is not what we draw: the answer says where to look.
    other = bake_png(without[:33] + _text_chunk(b"Comment\0edited") + without[33:], document)
    heading, shown = check(other)
    assert heading == "Valid"
    assert "Look at the facts below, not at the picture." in shown


def _text_chunk(body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + b"tEXt" + body + zlib.crc32(b"tEXt" + body).to_bytes(4, "big")


def test_drawings_with_scripts_and_entities(issue: Issue, browser: Browser, check: Check) -> None:
    credential = issue()
    svg, document = file_of(browser, credential, "svg").decode(), file_of(browser, credential)
    start = svg.index("<openbadges:credential>")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bad = {
        "a script": svg.replace("<title>", "<script>alert(1)</script><title>"),
        "a handler": svg.replace("<title>", '<g onload="alert(1)"/><title>'),
        "entities": f'<!DOCTYPE svg [<!ENTITY l0 "ha">{laughs}]>{svg}'.replace("<title>", "<title>&l9;"),
        "a file of the server": f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>{svg}',
        "a document type elsewhere": f'<!DOCTYPE svg SYSTEM "https://evil.example/x.dtd">{svg}',
        "an instruction": f'<?xml-stylesheet href="https://evil.example/x.css"?>{svg}',
        "two certificates": bake_svg(svg.encode(), document).decode(),
        "cut off": svg[:-20],
        "no drawing": "<html><body>" + svg[start:] + "</html>",
        "deep": svg.replace("<title>", "<g>" * 5_000 + "<title>"),
        "no certificate": re.sub(r"<openbadges:credential>.*</openbadges:credential>", "", svg, flags=re.DOTALL),
    }
    for label, data in bad.items():
        heading, shown = check(data)
        assert heading == "No certificate found in it", label
        assert "root:" not in shown
    assert check(svg.replace("Amara Osei", "Mallory Osei"))[0] == "Altered"
    retitled = svg.replace("<title>", "<title>Master ")
    heading, shown = check(retitled)
    assert heading == "Valid" and "Look at the facts below" in shown


def test_pdfs_without_with_two_and_with_altered_attachments(issue: Issue, browser: Browser, check: Check) -> None:
    document = file_of(browser, issue())
    bad = {
        "without": (pdf_with(), "There is no signed certificate inside this PDF."),
        "two": (pdf_with(document, document), "The PDF has several files attached."),
        "garbage": (b"%PDF-1.7\n" + bytes(500), "The PDF is damaged or not a PDF."),
        "attached picture": (pdf_with(b"\x89PNG\r\n\x1a\n"), "The file attached to the PDF is not a certificate."),
        "attached words": (pdf_with(b"hello"), "The file is not readable JSON."),
    }
    for label, (data, sentence) in bad.items():
        heading, shown = check(data)
        assert (heading, sentence in shown) == ("No certificate found in it", True), (label, shown)
    heading, shown = check(pdf_with(document.replace(b"Amara Osei", b"Mallory Osei")))
    assert heading == "Altered"
    assert "Mallory Osei" in shown and "Amara Osei" in shown
    heading, shown = check(pdf_with(document))
    assert heading == "Valid"
    assert "Look at the facts below, not at the picture." in shown


def test_a_file_that_is_too_large_or_empty(browser: Browser, journey: None) -> None:
    for data, status, sentence in (
        (b"{" + b" " * 2 * 1024 * 1024, 413, "may have at most 2 MB"),
        (b"", 422, "arrived empty"),
    ):
        answer = send(browser, data)
        assert answer.status_code == status
        assert sentence in words(answer.text)
        field = BeautifulSoup(answer.data, "html.parser").select_one("#file")
        assert field is not None and field["aria-invalid"] == "true"


# --- what it may cost, and what stays ---------------------------------------------------------------------------


def bombs(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """credentials.md T2: linked blank nodes, and identical results with identical alignments."""
    linked, same = copy.deepcopy(document), copy.deepcopy(document)
    names = [f"_:b{n}" for n in range(8)]
    linked["credentialSubject"]["result"] = [
        {"id": own, "type": ["Result"], "alignment": [{"id": other} for other in names if other != own]}
        for own in names
    ]
    leaf = {"type": "Alignment", "targetName": "x", "targetUrl": "https://academy.test/x"}
    same["credentialSubject"]["result"] = [{"type": ["Result"], "alignment": [leaf] * 8}] * 16
    smaller = copy.deepcopy(same)
    smaller["credentialSubject"]["result"] = [{"type": ["Result"], "alignment": [leaf] * 3}] * 7
    wide = {**document, **{f"member{n}": "x" for n in range(9_000)}}
    return {"linked": linked, "same": same, "smaller": smaller, "wide": wide}


def test_bombs_cost_less_than_a_second(issue: Issue, browser: Browser, check: Check) -> None:
    document = json.loads(file_of(browser, issue()))
    check(json.dumps(document))
    for name, bomb in bombs(document).items():
        started = time.process_time()
        heading, _shown = check(json.dumps(bomb))
        assert time.process_time() - started < 1.0, name
        assert heading == "Altered", name


def test_nothing_of_a_file_is_kept_or_logged(
    session: Session,
    issue: Issue,
    browser: Browser,
    check: Check,
    runtime: Runtime,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document = file_of(browser, issue())
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def rows() -> dict[str, int]:
        tables = inspect(session.connection()).get_table_names()
        return {name: session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in tables}

    before, files = rows(), {path for path in tmp_path.rglob("*") if path.is_file()}
    for data in (document.replace(b"Amara Osei", b"Canary Osei"), b"Canary", pdf_with(b"Canary")):
        check(data)
    assert rows() == before
    assert {path for path in tmp_path.rglob("*") if path.is_file()} <= files
    captured = capfd.readouterr()
    assert "Canary" not in captured.out + captured.err
    assert "certificate.bin" not in captured.out + captured.err


def test_what_a_file_says_is_shown_as_text(issue: Issue, browser: Browser) -> None:
    document = json.loads(file_of(browser, issue()))
    nasty = "<script>alert(1)</script>\u202egnp.exe\u0007" + "x" * 5_000
    answer = send(browser, changed(document, "credentialSubject.identifier.0.identityHash", nasty))
    assert "<script>alert" not in answer.text
    assert "\u202e" not in answer.text and "\u0007" not in answer.text
    assert "x" * 500 not in answer.text
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Cache-Control"] == "no-store"
    many = {**document, **{f"member{n}": "x" for n in range(3_000)}}
    assert send(browser, json.dumps(many)).text.count("<tr>") < 60


def test_no_cookie_is_set_or_needed_and_text_can_be_pasted(issue: Issue, browse: Callable[..., Browser]) -> None:
    """What changes nothing for anybody needs no token, and so the page needs no cookie."""
    stranger = browse()
    page = stranger.get("/verify")
    assert "Set-Cookie" not in page.headers and "csrf" not in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    credential = issue()
    document, token = file_of(stranger, credential), file_of(stranger, credential, "jwt").decode()
    post = stranger.client.post
    for sent in ({"file": (io.BytesIO(document), "a.json")}, {"text": document.decode()}, {"text": f"\n {token} \n"}):
        answer = post("/verify", data=sent, content_type="multipart/form-data", base_url="https://academy.test")
        assert (answer.status_code, "Set-Cookie" in answer.headers) == (200, False)
        assert "Amara Osei holds this certificate" in words(answer.text)
        answer.request.environ["wsgi.input"].close()
    altered = {"text": document.decode().replace("Amara Osei", "Mallory Osei")}
    assert "This file was changed" in words(post("/verify", data=altered, base_url="https://academy.test").text)
    number = post("/verify", data={"text": f" {credential.number} "}, base_url="https://academy.test")
    assert (number.status_code, number.headers["Location"]) == (303, f"/verify?number={credential.number}")
    nonsense = post("/verify", data={"text": "She is certified, really."}, base_url="https://academy.test")
    assert nonsense.status_code == 422
    assert "none of the kinds of file" in words(nonsense.text)


def test_files_are_counted_by_themselves(issue: Issue, browser: Browser, clock: Clock) -> None:
    credential = issue()
    for _turn in range(services.FILES):
        assert send(browser, "nothing").status_code == 422
    refused = send(browser, "nothing")
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert browser.get(f"/verify?number={credential.number}").status_code == 200
    clock.tick(seconds=61)
    assert send(browser, "nothing").status_code == 422


def test_while_others_files_are_read_a_pdf_has_to_wait(
    browser: Browser, journey: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_files, "QUEUE_SECONDS", 0.01)
    monkeypatch.setattr(pdf_files, "_desk", threading.BoundedSemaphore(1))
    with pdf_files._desk:
        refused = send(browser, pdf_with())
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, str(30))
    assert "Too many files are being checked right now." in refused.text
    assert send(browser, pdf_with()).status_code == 422


# --- the baked badge -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("form", "mimetype"), [("png", "image/png"), ("svg", "image/svg+xml")])
def test_the_badge_is_offered_and_kept_while_the_certificate_is_in_force(
    session: Session, issue: Issue, browser: Browser, runtime: Runtime, form: str, mimetype: str
) -> None:
    credential = issue()
    address = f"/credentials/{credential.number}.{form}"
    assert f'href="{address}"' in browser.get(f"/credentials/{credential.number}").text
    answer = browser.get(address)
    assert (answer.status_code, answer.mimetype) == (200, mimetype)
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers
    tag = answer.headers["ETag"]
    assert browser.get(address, headers={"If-None-Match": tag}).status_code == 304
    services.change_credential(
        session, ADMIN, credential.id, Change.SUSPEND, reason=Reason.CONDUCT, issuer=issuer_for(runtime), now=NOW
    )
    session.commit()
    refused = browser.get(address, headers={"If-None-Match": tag})
    assert (refused.status_code, refused.mimetype) == (409, "application/problem+json")
    assert f'href="{address}"' not in browser.get(f"/credentials/{credential.number}").text


def test_a_badge_of_a_number_that_was_never_issued(issue: Issue, browser: Browser) -> None:
    issue()
    for number in ("VM-11111-11111-1", "nonsense"):
        for form in ("png", "svg"):
            assert browser.get(f"/credentials/{number}.{form}").status_code == 404


def test_our_name_for_ourselves_is_that_of_the_tests(runtime: Runtime) -> None:
    assert did_for(runtime.settings.public_url) == OURS


# --- the list of revoked files -----------------------------------------------------------------------------------


def test_a_file_whose_list_does_not_answer_cannot_be_checked(
    session: Session, issue: Issue, browser: Browser, check: Check, runtime: Runtime, clock: Clock
) -> None:
    """credentials.md 7: list missing, stale, tampered, foreign, wrong purpose, too short, index out of range."""
    credential = issue()
    document, token = file_of(browser, credential), file_of(browser, credential, "jwt")
    entry = json.loads(document)["credentialStatus"]
    row = session.get_one(StatusList, int(entry["statusListCredential"].rpartition("/")[2]))
    good, pen = bytes(row.document), runtime.keys.active_signer(NOW, Algorithm.ED25519)
    bare = {key: value for key, value in json.loads(good).items() if key != "proof"}

    def signed(*, by: Any = pen, **changes: Any) -> bytes:
        made = {**bare, **{key: value for key, value in changes.items() if key != "subject"}}
        made["credentialSubject"] = {**bare["credentialSubject"], **changes.get("subject", {})}
        return json.dumps(add_proof(made, by, issuer=OURS, created=NOW)).encode()

    lists = {
        "missing": b"",
        "tampered": good.replace(b'"ttl":300000', b'"ttl":300001'),
        "not signed": json.dumps(bare).encode(),
        "of a thief": signed(by=EdSigner(pen.kid, seed=66)),
        "of somebody else": json.dumps({**json.loads(good), "issuer": "did:web:evil.example"}).encode(),
        "of another address": signed(id="https://academy.test/status/9"),
        "about another purpose": signed(subject={"statusPurpose": "suspension"}),
        "too short": signed(subject={"encodedList": encode(bytes(1000))}),
        "lapsed": signed(validUntil="2026-11-22T11:59:59Z"),
        "without an end": json.dumps(
            add_proof({k: v for k, v in bare.items() if k != "validUntil"}, pen, issuer=OURS, created=NOW)
        ).encode(),
        "of tomorrow": signed(validFrom="2026-11-23T12:00:00Z"),
    }
    for name, data in lists.items():
        row.document = data
        session.commit()
        for sent in (document, token):
            heading, shown = check(sent)
            assert heading == "Cannot check now", name
            assert "The number can be checked: see the live answer" in shown
        assert browser.get(f"/verify?number={credential.number}").status_code == 200, "the record needs no list"
    row.document = good
    session.commit()
    assert check(document)[0] == "Valid"
    outside = changed(json.loads(document), "credentialStatus.statusListIndex", "131072")
    assert check(outside)[0] == "Altered"


def test_a_file_that_counts_from_tomorrow(issue: Issue, browser: Browser, check: Check, clock: Clock) -> None:
    credential = issue()
    document, token = file_of(browser, credential), file_of(browser, credential, "jwt")
    clock.tick(days=-90)
    assert check(token)[0] == "Not valid yet"
    assert check(document)[0] == "Cannot check now", "its signature is dated in the future"
