"""What credentials do, by the names that others use."""

from __future__ import annotations

from app.credentials.services.files import FILES, CheckedUpload, Desk, OwnRecords, check_file
from app.credentials.services.issuer import Issuer, issuer_of, status_token
from app.credentials.services.issuing import (
    Award,
    change_credential,
    issue_credential,
    resign_status_list,
    sign_anew,
    supersede_credential,
)
from app.credentials.services.looking_up import LOOKUPS, LookUp, count_look_up, look_up, signed_file
from app.credentials.services.printing import PRINTABLE, printed_certificate, printed_picture

__all__ = [
    "FILES",
    "LOOKUPS",
    "PRINTABLE",
    "Award",
    "CheckedUpload",
    "Desk",
    "Issuer",
    "LookUp",
    "OwnRecords",
    "change_credential",
    "check_file",
    "count_look_up",
    "issue_credential",
    "issuer_of",
    "look_up",
    "printed_certificate",
    "printed_picture",
    "resign_status_list",
    "sign_anew",
    "signed_file",
    "status_token",
    "supersede_credential",
]
