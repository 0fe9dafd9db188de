"""What a certificate's page calls its holder, and whether what somebody knows of a person fits the holder."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata

LONGEST_CLAIM = 200


def initials(name: str) -> str:
    """Return a name as its initials, such as "A. O." for "Amara Osei"; parts joined by a hyphen keep it."""
    words = ("-".join(f"{_first(part)}." for part in word.split("-") if _first(part)) for word in name.split())
    return " ".join(word for word in words if word) or "–"


def fits(claim: str, *, email: str, name: str) -> bool:
    """True when a claim is the holder's e-mail address, surname or whole name.

    Case, accents, spaces and punctuation do not matter in names. The work is the same whatever comes out, so that
    its time tells nothing. An empty claim, and an e-mail or a name that is not there, never fit.
    """
    claim = claim[:LONGEST_CLAIM]
    plain = _plain(name)
    last = _plain(name.split()[-1]) if name.split() else ""
    wanted = ((email.strip().lower(), claim.strip().lower()), (plain, _plain(claim)), (last, _plain(claim)))
    found = False
    for right, said in wanted:
        same = hmac.compare_digest(_digest(right), _digest(said))
        found |= same and bool(right)
    return found


def _first(word: str) -> str:
    letters = [character for character in unicodedata.normalize("NFC", word) if character.isalnum()]
    return letters[0].upper()[:1] if letters else ""


def _plain(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in apart if character.isalnum())


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
