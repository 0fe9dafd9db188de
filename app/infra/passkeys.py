"""Passkeys (W3C Web Authentication, level 3): what a browser is asked, and whether its answer is good.

The library is loaded with the first ceremony: it costs half a second and 25 MB that most processes never need.
Everybody is asked to prove themselves to their device (a fingerprint, a face, a PIN), so a passkey is two factors.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

CEREMONY_MS = 120_000
"""How long a browser waits for a person."""
LONGEST_ANSWER = 32_768
"""Bytes; answers of real devices have less than 4,000."""


class BadAnswer(Exception):
    """What came from the browser does not prove anything. Why is for the log, not for the person."""


@dataclass(frozen=True, slots=True)
class Site:
    """Who asks. Passkeys are bound to the host, so a page of another site can never use them."""

    name: str
    origin: str

    @property
    def host(self) -> str:
        """The host without the port: the "relying party id" of the standard."""
        return urlsplit(self.origin).hostname or ""


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """What is kept of a passkey: public facts only. `is_synced`: its maker copies it to other devices of the person."""

    credential_id: str
    public_key: bytes
    sign_count: int
    is_synced: bool


def to_text(raw: bytes) -> str:
    """Bytes as the standard writes them in JSON: base64url without padding."""
    return urlsafe_b64encode(raw).decode().rstrip("=")


def to_bytes(text: str) -> bytes:
    """The bytes behind base64url without padding; raises ValueError for anything else."""
    return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))


def handle_of(user_id: bytes) -> bytes:
    """The handle under which a device files a person's passkey: a hash, because the standard wants nothing personal."""
    return hashlib.sha256(b"vermilion passkey handle\n" + user_id).digest()


def creation_options(
    site: Site, *, handle: bytes, email: str, name: str, challenge: bytes, known: Iterable[str]
) -> dict[str, Any]:
    """What `navigator.credentials.create` is asked, in the standard's JSON; `known` passkeys are not made twice."""
    import webauthn
    from webauthn.helpers import structs

    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=site.name,
        user_id=handle,
        user_name=email,
        user_display_name=name,
        challenge=challenge,
        timeout=CEREMONY_MS,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(to_bytes(each)) for each in known],
    )
    found: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return found


def request_options(site: Site, *, challenge: bytes, known: Iterable[str] = ()) -> dict[str, Any]:
    """What `navigator.credentials.get` is asked. Without `known` the person chooses among what the device holds."""
    import webauthn
    from webauthn.helpers import structs

    options = webauthn.generate_authentication_options(
        rp_id=site.host,
        challenge=challenge,
        timeout=CEREMONY_MS,
        allow_credentials=[structs.PublicKeyCredentialDescriptor(to_bytes(each)) for each in known],
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    found: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return found


def challenge_in(answer: Mapping[str, Any]) -> str:
    """The challenge that an answer says it answers, in base64url. Raises BadAnswer for what is no answer at all."""
    try:
        facts = json.loads(to_bytes(answer["response"]["clientDataJSON"]))
        challenge = facts["challenge"]
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise BadAnswer(f"no client data: {error!r}") from error
    if not isinstance(challenge, str) or not challenge:
        raise BadAnswer("no challenge")
    return challenge


def check_creation(site: Site, answer: Mapping[str, Any], challenge: bytes) -> NewPasskey:
    """The new passkey in the browser's answer. Raises BadAnswer."""
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        made = webauthn.verify_registration_response(
            credential=dict(answer),
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise BadAnswer(str(error)) from error
    key = made.credential_public_key
    return NewPasskey(to_text(made.credential_id), key, made.sign_count, made.credential_backed_up)


def check_answer(site: Site, answer: Mapping[str, Any], challenge: bytes, *, public_key: bytes, sign_count: int) -> int:
    """The new count of signatures when the passkey has signed this challenge for this site. Raises BadAnswer.

    A count that does not grow betrays a copied key (section 6.1.1 of the standard); most passkeys always say 0.
    """
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        checked = webauthn.verify_authentication_response(
            credential=dict(answer),
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise BadAnswer(str(error)) from error
    return checked.new_sign_count
