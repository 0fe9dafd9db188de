"""Proofs of checks: signed, handed out, read again; none is kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from app.credentials.services.files import CheckedUpload
from app.credentials.services.issuer import issuer_of
from app.credentials.services.looking_up import LookUp
from app.domain.credentials.did import did_for
from app.domain.credentials.receipt import Receipt, checks_of, clean_by, read_receipt, sign_receipt
from app.domain.errors import Conflict
from app.infra.signing import KeyProblem, KeyStore


@dataclass(frozen=True, slots=True)
class ProofDesk:
    """What proofs are signed and read with: keys, name and public address of the academy."""

    keys: KeyStore
    academy_name: str
    url: str

    def sign(self, receipt: Receipt, now: datetime) -> str:
        """The signed text of a receipt; raises Conflict while the academy has no key."""
        try:
            issuer = issuer_of(self.keys, name=self.academy_name, url=self.url, now=now)
        except KeyProblem as problem:
            raise Conflict("A proof cannot be signed right now. The answer itself is good.") from problem
        return sign_receipt(receipt, issuer.token_signer, issuer=issuer.facts.did)

    def draft(self, receipt: Receipt, now: datetime) -> str:
        """The signed text of a receipt to make a proof of, or nothing while the academy has no key."""
        try:
            return self.sign(receipt, now)
        except Conflict:
            return ""

    def read(self, token: str) -> Receipt | None:
        """The receipt that a text proves, or None when we did not sign it."""
        return read_receipt(token, self.keys.public_keys(), issuer=did_for(self.url))

    def signed_by(self, draft: str, by: str, now: datetime) -> str | None:
        """A draft signed anew with who checked, at the time of the check; None for a draft that is not ours."""
        receipt = self.read(draft)
        return None if receipt is None else self.sign(replace(receipt, by=clean_by(by)), now)


def receipt_of_number(made: LookUp, by: str = "") -> Receipt:
    """What is proved about a number that was looked up. A number that was mistyped is not repeated."""
    judgment = made.judgment
    return Receipt(
        "number", judgment.answer.value, judgment.as_of, checks_of(judgment.lines), made.number.number, clean_by(by)
    )


def receipt_of_file(made: CheckedUpload, digest: str) -> Receipt:
    """What is proved about a file, named by its SHA-256 in hexadecimal."""
    judgment = made.judgment
    checks = checks_of(judgment.lines)
    return Receipt("file", judgment.answer.value, judgment.as_of, checks, judgment.number, "", digest)
