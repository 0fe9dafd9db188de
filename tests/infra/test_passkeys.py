"""Passkeys: a right answer is taken, each kind of wrong one is not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.infra.passkeys import (
    BadAnswer,
    NewPasskey,
    Site,
    challenge_in,
    check_answer,
    check_creation,
    creation_options,
    request_options,
    to_bytes,
    to_text,
)
from tests.support.authenticator import Device

SITE = Site("Academy", "https://academy.test")
CHALLENGE = bytes(range(32))


def asked(challenge: bytes = CHALLENGE) -> dict[str, Any]:
    return creation_options(SITE, handle=b"h" * 32, email="a@b.cc", name="Amara", challenge=challenge, known=[])


def made(device: Device) -> NewPasskey:
    return check_creation(SITE, device.create(asked()), CHALLENGE)


def test_a_passkey_is_made_and_signs() -> None:
    device = Device()
    options = asked()
    assert options["rp"] == {"name": "Academy", "id": "academy.test"}
    assert options["authenticatorSelection"]["userVerification"] == "required"
    passkey = made(device)
    answer = device.get(request_options(SITE, challenge=CHALLENGE, known=[passkey.credential_id]))
    assert challenge_in(answer) == to_text(CHALLENGE)
    assert check_answer(SITE, answer, CHALLENGE, public_key=passkey.public_key, sign_count=passkey.sign_count) == 1


@pytest.mark.parametrize(
    "device",
    [Device(origin="https://academy.test.evil.example"), Device(origin="http://academy.test"), Device(verifies=False)],
    ids=["another site", "no TLS", "nobody showed a finger"],
)
def test_a_passkey_of_another_site_or_without_its_person_is_refused(device: Device) -> None:
    with pytest.raises(BadAnswer):
        made(device)
    honest = Device(key=device.key, credential_id=device.credential_id)
    passkey = made(honest)
    with pytest.raises(BadAnswer):
        answer = device.get(request_options(SITE, challenge=CHALLENGE))
        check_answer(SITE, answer, CHALLENGE, public_key=passkey.public_key, sign_count=0)


def test_another_challenge_another_key_and_a_copied_counter_are_refused() -> None:
    device, stranger = Device(), Device()
    passkey = made(device)
    options = request_options(SITE, challenge=CHALLENGE)
    for answer, challenge, count in (
        (device.get(options), bytes(32), 0),
        (stranger.get(options), CHALLENGE, 0),
        (device.get(options), CHALLENGE, 7),
    ):
        with pytest.raises(BadAnswer):
            check_answer(SITE, answer, challenge, public_key=passkey.public_key, sign_count=count)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"response": None},
        {"response": {"clientDataJSON": 7}},
        {"response": {"clientDataJSON": "%%%"}},
        {"response": {"clientDataJSON": to_text(b"[]")}},
        {"response": {"clientDataJSON": to_text(json.dumps({"challenge": 1}).encode())}},
        {"response": {"clientDataJSON": "ö"}},
    ],
)
def test_nonsense_is_refused_in_one_way(answer: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer):
        challenge_in(answer)
    with pytest.raises(BadAnswer):
        check_creation(SITE, answer, CHALLENGE)
    with pytest.raises(BadAnswer):
        check_answer(SITE, answer, CHALLENGE, public_key=b"", sign_count=0)


def test_base64url_goes_both_ways() -> None:
    for raw in (b"", b"\xfb\xff", bytes(31)):
        assert to_bytes(to_text(raw)) == raw
        assert "=" not in to_text(raw)
