"""The strict verifier: every class of bad file that credentials.md names is refused, with the right verdict."""

from __future__ import annotations

import base64
import copy
import dataclasses
import json
import random
import time
from datetime import timedelta
from typing import Any

import pytest

from app.domain.credentials import jwt, status_list, verify
from app.domain.credentials.build import to_bytes
from app.domain.credentials.instants import iso
from app.domain.credentials.jwt import sign_jwt
from app.domain.credentials.multibase import ED25519_PREFIX, multikey_encode
from app.domain.credentials.proof import add_proof
from app.domain.credentials.report import CheckName, Outcome, Report, Verdict
from app.domain.credentials.status_list import empty_bits, encode

DAY = timedelta(days=1)


def check(academy: Any, source: Any, **changes: Any) -> Report:
    return verify.verify_document(source, resolver=academy, now=changes.get("now", academy.now))


def failing(report: Report) -> tuple[Verdict, CheckName, str]:
    """The verdict with the one line that is neither passed nor skipped."""
    lines = [line for line in report.checks if line.outcome in (Outcome.FAILED, Outcome.UNKNOWN)]
    assert len(lines) == 1, lines
    return report.verdict, lines[0].name, lines[0].code


def test_a_good_certificate_passes_every_check(academy: Any, issued: dict[str, Any]) -> None:
    for source in (issued, to_bytes(issued), to_bytes(issued).decode(), json.dumps(issued, indent=2)):
        report = check(academy, source)
        assert report.verdict is Verdict.VALID and report.ok and report.is_authentic
        assert [line.name for line in report.checks] == list(CheckName)
        assert {line.outcome for line in report.checks} == {Outcome.PASSED}
        assert report.document["credentialSubject"]["licenseNumber"] == academy.number
        assert report.checked_at == academy.now


def test_a_good_token_passes_every_check(academy: Any) -> None:
    report = check(academy, academy.token().encode() + b"\n")
    assert report.ok and {line.outcome for line in report.checks} == {Outcome.PASSED}


def tampered(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    *parents, last = path.split(".")
    place: Any = document
    for name in parents:
        place = place[int(name)] if name.isdigit() else place[name]
    place[int(last) if last.isdigit() else last] = value
    return document


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("credentialSubject.identifier.0.identityHash", "Amara Ossei"),
        ("credentialSubject.licenseNumber", "VM-11111-11111-1"),
        ("credentialSubject.id", "urn:uuid:00000000-0000-0000-0000-000000000000"),
        ("credentialSubject.achievement.name", "Master Lip-Blush Artist"),
        ("credentialSubject.result.4.achievedLevel", "https://academy.example/x#level-4"),
        ("credentialStatus.statusListIndex", "94568"),
        ("credentialStatus.id", "https://academy.example/status/1#1"),
        ("validUntil", "2099-11-22T10:00:00Z"),
        ("validFrom", "2026-01-01T00:00:00Z"),
        ("awardedDate", "2020-01-01T00:00:00Z"),
        ("id", "https://academy.example/credentials/VM-11111-11111-1"),
        ("issuer.name", "Vermilion Academy of Arts"),
        ("proof.created", "2026-11-22T10:00:01Z"),
        ("proof.proofValue", "z" + "1" * 64),
    ],
)
def test_a_changed_value_is_noticed(academy: Any, issued: dict[str, Any], path: str, value: Any) -> None:
    report = check(academy, tampered(issued, path, value))
    assert failing(report) == (Verdict.INVALID, CheckName.SIGNATURE, "bad_signature")
    assert not report.is_authentic and report.line(CheckName.STATUS).outcome is Outcome.SKIPPED


def test_flipped_bytes_never_pass(academy: Any, issued: dict[str, Any]) -> None:
    data, source = bytearray(to_bytes(issued)), random.Random(71)
    for place in source.sample(range(len(data)), 40):
        changed = bytearray(data)
        changed[place] ^= 1 << source.randrange(7)
        assert not check(academy, bytes(changed)).ok, place


def test_flipped_characters_of_a_token_never_pass(academy: Any) -> None:
    token, source = academy.token(), random.Random(72)
    places = source.sample(range(len(token)), 150) + list(range(len(token) - 90, len(token)))
    for place in places:
        other = source.choice([c for c in "ABCXYZabcxyz0189-_." if c != token[place]])
        assert not check(academy, token[:place] + other + token[place + 1 :]).ok, place


@pytest.mark.parametrize("member", ["credentialStatus", "validUntil", "validFrom", "credentialSubject", "id", "proof"])
def test_a_stripped_member_is_noticed(academy: Any, issued: dict[str, Any], member: str) -> None:
    del issued[member]
    verdict, name, _ = failing(check(academy, issued))
    assert (verdict, name) == (Verdict.MALFORMED, CheckName.FORMAT)


@pytest.mark.parametrize("member", ["validUntil", "credentialStatus"])
def test_a_member_spelled_by_its_full_address_is_noticed(academy: Any, issued: dict[str, Any], member: str) -> None:
    # T4: the signature would still fit, and an expired or revoked file would look good.
    value = issued.pop(member)
    issued[f"https://www.w3.org/2018/credentials#{member}"] = value
    assert check(academy, issued).verdict is Verdict.MALFORMED
    decoy = {"validUntil": "2099-01-01T00:00:00Z", "credentialStatus": value}[member]
    assert check(academy, {**issued, member: decoy}).verdict is Verdict.INVALID


@pytest.mark.parametrize(
    "smuggled",
    [{"motto": "x"}, {"https://schema.org/name": "x"}, {"expirationDate": "2099-01-01T00:00:00Z"}],
    ids=str,
)
def test_smuggled_statements_are_noticed(academy: Any, issued: dict[str, Any], smuggled: dict[str, Any]) -> None:
    # T3: PyLD would drop them silently, and the signature would fit.
    assert failing(check(academy, {**issued, **smuggled})) == (Verdict.INVALID, CheckName.TERMS, "terms")
    issued["credentialSubject"].update(smuggled)
    assert check(academy, issued).verdict is Verdict.INVALID


def test_a_list_of_status_entries_is_refused(academy: Any, issued: dict[str, Any]) -> None:
    issued["credentialStatus"] = [issued["credentialStatus"]]
    assert check(academy, issued).verdict is Verdict.MALFORMED


def test_expired_and_not_yet_valid(academy: Any, issued: dict[str, Any]) -> None:
    ends = academy.facts().valid_until
    academy.publish(validUntil=iso(ends + 9 * DAY))
    assert check(academy, issued, now=ends).ok
    late = check(academy, issued, now=ends + timedelta(seconds=1))
    assert failing(late) == (Verdict.EXPIRED, CheckName.DATES, "expired")
    assert late.is_authentic
    early = academy.issue(valid_from=academy.now + timedelta(seconds=301))
    assert failing(check(academy, early)) == (Verdict.NOT_YET_VALID, CheckName.DATES, "not_yet_valid")
    assert check(academy, academy.issue(valid_from=academy.now + timedelta(seconds=299))).ok


def test_revoked(academy: Any, issued: dict[str, Any]) -> None:
    index = academy.facts().status_index
    academy.publish(index - 1, index + 1)
    assert check(academy, issued).ok
    academy.publish(index)
    for source in (issued, academy.token()):
        assert failing(check(academy, source)) == (Verdict.REVOKED, CheckName.STATUS, "revoked")


def test_the_gravest_of_several_faults_is_the_verdict(academy: Any, issued: dict[str, Any]) -> None:
    after = academy.facts().valid_until + DAY
    academy.publish(academy.facts().status_index, validUntil=iso(after + DAY))
    assert check(academy, issued, now=after).verdict is Verdict.REVOKED
    academy.lists.clear()
    assert check(academy, issued, now=after).verdict is Verdict.EXPIRED


def test_a_key_that_the_issuer_never_had(academy: Any) -> None:
    thief = dataclasses.replace(academy.signer, seed=66)
    forged = academy.sign(academy.unsigned(), thief)
    assert failing(check(academy, forged)) == (Verdict.INVALID, CheckName.SIGNATURE, "bad_signature")
    stranger = dataclasses.replace(thief, kid="key-2020")
    assert failing(check(academy, academy.sign(academy.unsigned(), stranger)))[1:] == (CheckName.KEY, "unknown_key")


def test_the_attackers_key_as_the_fragment(academy: Any) -> None:
    # T5: some validators take the key from the fragment and never ask the issuer.
    thief = dataclasses.replace(academy.signer, seed=66)
    named = multikey_encode(ED25519_PREFIX, thief.key.public_key().public_bytes_raw())
    forged = academy.sign(academy.unsigned(), dataclasses.replace(thief, kid=named))
    assert failing(check(academy, forged)) == (Verdict.INVALID, CheckName.KEY, "unknown_key")


def test_a_foreign_did_key(academy: Any) -> None:
    thief = dataclasses.replace(academy.signer, seed=66)
    named = multikey_encode(ED25519_PREFIX, thief.key.public_key().public_bytes_raw())
    thief = dataclasses.replace(thief, kid=named)
    forged = add_proof(academy.unsigned(), thief, issuer=f"did:key:{named}", created=academy.now)
    assert failing(check(academy, forged)) == (Verdict.INVALID, CheckName.ISSUER, "foreign_key")
    own = academy.unsigned()
    own["issuer"]["id"] = f"did:key:{named}"
    self_made = add_proof(own, thief, issuer=f"did:key:{named}", created=academy.now)
    assert failing(check(academy, self_made)) == (Verdict.NOT_ISSUED_HERE, CheckName.KEY, "unknown_issuer")


def test_a_compromised_key_and_a_retired_one(academy: Any, issued: dict[str, Any]) -> None:
    token_key = academy.token_signer.record()
    academy.publish_keys(academy.signer.record(retired_at=academy.now - DAY), token_key)
    assert check(academy, issued).ok
    academy.publish_keys(academy.signer.record(compromised_at=academy.now), token_key)
    assert failing(check(academy, issued)) == (Verdict.INVALID, CheckName.KEY, "unknown_key")


def test_a_key_without_the_right_to_assert(academy: Any, issued: dict[str, Any]) -> None:
    # openbadgeslib 4.6.3 accepts this one.
    document = copy.deepcopy(dict(academy.did_document(academy.did)))
    document["assertionMethod"].remove(f"{academy.did}#{academy.signer.kid}")
    academy.documents[academy.did] = document
    assert failing(check(academy, issued)) == (Verdict.INVALID, CheckName.KEY, "not_authorized")


def test_a_key_of_the_other_kind(academy: Any, issued: dict[str, Any]) -> None:
    issued["proof"]["verificationMethod"] = f"{academy.did}#{academy.token_signer.kid}"
    assert failing(check(academy, issued)) == (Verdict.INVALID, CheckName.KEY, "wrong_kind")


def test_purpose_and_dates_of_the_proof(academy: Any, issued: dict[str, Any]) -> None:
    signed = copy.deepcopy(issued)
    signed["proof"]["proofPurpose"] = "authentication"
    assert failing(check(academy, signed)) == (Verdict.INVALID, CheckName.PURPOSE, "wrong_purpose")
    signed = copy.deepcopy(issued)
    signed["proof"]["expires"] = iso(academy.now - timedelta(seconds=1))
    assert failing(check(academy, signed)) == (Verdict.INVALID, CheckName.PURPOSE, "expired_proof")
    signed["proof"]["expires"] = "tomorrow"
    assert check(academy, signed).verdict is Verdict.MALFORMED
    # T11: three engines accept a proof from the future.
    future = academy.sign(academy.unsigned(), created=academy.now + 30 * DAY)
    assert failing(check(academy, future)) == (Verdict.INVALID, CheckName.PURPOSE, "future_proof")
    assert check(academy, academy.sign(academy.unsigned(), created=academy.now + timedelta(seconds=299))).ok


def test_a_status_list_that_is_missing(academy: Any, issued: dict[str, Any]) -> None:
    academy.lists.clear()
    report = check(academy, issued)
    assert failing(report) == (Verdict.CANNOT_CHECK, CheckName.STATUS, "missing")
    assert report.is_authentic and not report.ok


def test_a_status_list_that_is_stale_or_early(academy: Any, issued: dict[str, Any]) -> None:
    # T12: a list answers for seven days, so that an old copy cannot be shown for ever.
    assert check(academy, issued, now=academy.now + 7 * DAY).ok
    late = check(academy, issued, now=academy.now + 7 * DAY + timedelta(seconds=1))
    assert failing(late) == (Verdict.CANNOT_CHECK, CheckName.STATUS, "stale")
    academy.publish(validFrom=iso(academy.now + DAY))
    assert failing(check(academy, issued)) == (Verdict.CANNOT_CHECK, CheckName.STATUS, "early")


def test_a_status_list_that_was_tampered_with(academy: Any, issued: dict[str, Any]) -> None:
    revoked = academy.publish(academy.facts().status_index)
    revoked["credentialSubject"]["encodedList"] = encode(empty_bits())
    assert failing(check(academy, issued)) == (Verdict.CANNOT_CHECK, CheckName.STATUS, "list")
    academy.lists[academy.list_url] = b"<html>not found</html>"
    assert failing(check(academy, issued))[2] == "list"


def test_a_status_list_of_somebody_else(academy: Any, issued: dict[str, Any]) -> None:
    thief = dataclasses.replace(academy.signer, seed=66)
    academy.publish(signer=thief)
    assert failing(check(academy, issued))[2] == "list"
    # Even one that this verifier knows: DCC's verifier accepts it.
    other = "did:web:other.example"
    document = {**academy.publish(), "issuer": other}
    academy.lists[academy.list_url] = add_proof(
        {k: v for k, v in document.items() if k != "proof"}, academy.signer, issuer=other, created=academy.now
    )
    academy.documents[other] = json.loads(json.dumps(academy.did_document(academy.did)).replace(academy.did, other))
    assert failing(check(academy, issued)) == (Verdict.CANNOT_CHECK, CheckName.STATUS, "issuer")


def test_another_list_of_the_academy_at_this_address(academy: Any, issued: dict[str, Any]) -> None:
    academy.publish(id=f"{academy.url}/status/2")
    assert failing(check(academy, issued)) == (Verdict.CANNOT_CHECK, CheckName.STATUS, "list")


@pytest.mark.parametrize(
    ("subject", "code"),
    [
        ({"statusPurpose": "suspension"}, "purpose"),
        ({"encodedList": encode(bytes(16))}, "short"),
        ({"encodedList": "u" + base64.urlsafe_b64encode(b"not gzip").decode().rstrip("=")}, "list"),
        ({"type": "StatusList2021"}, "list"),
    ],
)
def test_a_status_list_of_another_kind(
    academy: Any, issued: dict[str, Any], subject: dict[str, Any], code: str
) -> None:
    if subject.get("type") == "StatusList2021":
        academy.publish()["credentialSubject"].update(subject)
    else:
        academy.publish(subject=subject)
    assert failing(check(academy, issued)) == (Verdict.CANNOT_CHECK, CheckName.STATUS, code)


def test_a_place_outside_the_list(academy: Any) -> None:
    beyond = academy.issue(status_index=status_list.SIZE)
    assert failing(check(academy, beyond)) == (Verdict.CANNOT_CHECK, CheckName.STATUS, "range")
    assert check(academy, academy.issue(status_index=status_list.SIZE - 1)).ok


def test_a_credential_is_not_accepted_as_a_status_list(academy: Any, issued: dict[str, Any]) -> None:
    academy.lists[academy.list_url] = issued
    assert failing(check(academy, issued))[2] == "list"


def test_a_status_list_as_a_token_answers_too(academy: Any, issued: dict[str, Any]) -> None:
    for revoked in (False, True):
        signed = academy.publish(*([academy.facts().status_index] if revoked else []))
        academy.lists[academy.list_url] = sign_jwt(signed, academy.token_signer, issuer=academy.did)
        assert check(academy, issued).verdict is (Verdict.REVOKED if revoked else Verdict.VALID)


def segments(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    head, body, signature = token.split(".")

    def decode(text: str) -> Any:
        return json.loads(base64.urlsafe_b64decode(text + "=="))

    return decode(head), decode(body), signature


def joined(header: dict[str, Any], body: dict[str, Any], signature: str) -> str:
    def encoded(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{encoded(header)}.{encoded(body)}.{signature}"


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "EdDSA"},
        {"jwk": {"kty": "EC"}},
        {"jku": "https://evil.example/keys"},
        {"x5u": "https://evil.example/cert"},
        {"crit": ["exp"]},
        {"b64": False},
        {"kid": None},
        {"kid": 7},
        {"typ": "vc+jwt"},
    ],
    ids=str,
)
def test_tokens_with_another_header_are_refused_unread(academy: Any, header: dict[str, Any]) -> None:
    head, body, signature = segments(academy.token())
    changed = {k: v for k, v in {**head, **header}.items() if v is not None}
    for text in (joined(changed, body, signature), joined(changed, body, "")):
        assert failing(check(academy, text))[:2] == (Verdict.MALFORMED, CheckName.FORMAT)


def test_tokens_that_were_changed_or_forged(academy: Any) -> None:
    head, body, signature = segments(academy.token())
    renamed = copy.deepcopy(body)
    renamed["credentialSubject"]["identifier"][0]["identityHash"] = "Somebody Else"
    assert failing(check(academy, joined(head, renamed, signature)))[1:] == (CheckName.SIGNATURE, "bad_signature")
    thief = dataclasses.replace(academy.token_signer, secret=99)
    forged = sign_jwt(academy.unsigned(), thief, issuer=academy.did)
    assert failing(check(academy, forged))[1:] == (CheckName.SIGNATURE, "bad_signature")
    for kid in (f"{academy.did}#key-1999", "#key-2026-11-22-p256", "did:web:evil.example#key"):
        assert not check(academy, joined({**head, "kid": kid}, body, signature)).ok
    # The Ed25519 key of the issuer is not a key for tokens.
    wrong = {**head, "kid": f"{academy.did}#{academy.signer.kid}"}
    assert failing(check(academy, joined(wrong, body, signature)))[1:] == (CheckName.KEY, "wrong_kind")


@pytest.mark.parametrize("claim", ["iss", "jti", "sub", "nbf", "exp"])
def test_claims_must_agree_with_the_certificate(academy: Any, claim: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = jwt.claims_of
    for change in ("absent", "other"):
        with monkeypatch.context() as patched:

            def claims(document: Any, change: str = change) -> dict[str, Any]:
                found = real(document)
                value = found.pop(claim)
                return (
                    found if change == "absent" else {**found, claim: value + (1 if claim in ("nbf", "exp") else "x")}
                )

            patched.setattr(jwt, "claims_of", claims)
            token = academy.token()
        assert failing(check(academy, token)) == (Verdict.INVALID, CheckName.TERMS, "claims")


@pytest.mark.parametrize(
    "source",
    [
        b"", b"{}", b"[]", b"\xff\xfe", b"eyJ.eyJ.x", "eyJhbGciOiJub25lIn0.e30.", {}, {"proof": {}}, b"%PDF-1.7",
        " " * 300_000,
    ],
    ids=lambda value: str(value)[:12],
)  # fmt: skip
def test_anything_else_is_malformed_and_never_an_error(academy: Any, source: Any) -> None:
    report = check(academy, source)
    assert report.verdict is Verdict.MALFORMED
    assert report.checks[0].outcome is Outcome.FAILED
    assert {line.outcome for line in report.checks[1:]} == {Outcome.SKIPPED}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("@context", ["https://www.w3.org/ns/credentials/v2"]),
        ("type", ["VerifiableCredential"]),
        ("type", "OpenBadgeCredential"),
        ("issuer", 5),
        ("issuer", {"name": "x"}),
        ("issuer", "https://academy.example"),
        ("credentialSubject", []),
        ("credentialSubject.achievement", "urn:x"),
        ("credentialSubject.achievement.id", "relative"),
        ("credentialSubject.id", None),
        ("validUntil", "2028-10-22"),
        ("validFrom", 5),
        ("credentialStatus.type", "StatusList2021Entry"),
        ("credentialStatus.statusListIndex", 94567),
        ("credentialStatus.statusListIndex", "094567"),
        ("credentialStatus.statusPurpose", "suspension"),
        ("credentialStatus.statusSize", 2),
        ("proof", []),
        ("proof.cryptosuite", "eddsa-jcs-2022"),
    ],
)
def test_documents_of_another_form_are_malformed(academy: Any, issued: dict[str, Any], path: str, value: Any) -> None:
    assert check(academy, tampered(issued, path, value)).verdict is Verdict.MALFORMED


def test_a_strangers_bomb_costs_next_to_nothing(academy: Any, issued: dict[str, Any]) -> None:
    leaf = {"type": "Alignment", "targetName": "x"}
    issued["credentialSubject"]["result"] = [{"type": ["Result"], "alignment": [leaf] * 8}] * 4
    started = time.thread_time()
    report = check(academy, issued)
    assert time.thread_time() - started < 1.0
    assert failing(report) == (Verdict.MALFORMED, CheckName.TERMS, "work")


def test_nobody_is_asked_about_addresses_in_a_file(academy: Any, issued: dict[str, Any]) -> None:
    asked: list[str] = []

    class Asked:
        def did_document(self, did: str) -> Any:
            asked.append(did)
            return academy.did_document(did)

        def status_list(self, url: str) -> Any:
            asked.append(url)
            return academy.status_list(url)

    verify.verify_document(issued, resolver=Asked(), now=academy.now)
    assert asked == [academy.did, academy.list_url, academy.did]
