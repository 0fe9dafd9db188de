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
from app.credentials.services.judging import judge_number, judge_numbers
from app.credentials.services.keys import (
    RESIGN_LISTS,
    SIGN_ANEW,
    LostKey,
    ask_to_sign_anew,
    ask_to_sign_lists,
    make_keys,
    rotate_keys,
    sign_anew_all,
    sign_lists_anew,
    withdraw_key,
)
from app.credentials.services.life import (
    ask_revocation,
    confirm_revocation,
    give_up,
    keep_standing,
    renew_credential,
    withdraw_revocation,
)
from app.credentials.services.looking_up import GIVEN_BY_HOLDER, LOOKUPS, LookUp, count_look_up, look_up, signed_file
from app.credentials.services.naming import TRIES, choose_name, confirm_identity
from app.credentials.services.offline import Supplies, offline_kit, supplies
from app.credentials.services.printing import PRINTABLE, printed_certificate, printed_picture
from app.credentials.services.receipts import ProofDesk, receipt_of_file, receipt_of_number

__all__ = [
    "FILES",
    "GIVEN_BY_HOLDER",
    "LOOKUPS",
    "PRINTABLE",
    "RESIGN_LISTS",
    "SIGN_ANEW",
    "TRIES",
    "Award",
    "CheckedUpload",
    "Desk",
    "Issuer",
    "LookUp",
    "LostKey",
    "OwnRecords",
    "ProofDesk",
    "Supplies",
    "ask_revocation",
    "ask_to_sign_anew",
    "ask_to_sign_lists",
    "change_credential",
    "check_file",
    "choose_name",
    "confirm_identity",
    "confirm_revocation",
    "count_look_up",
    "give_up",
    "issue_credential",
    "issuer_of",
    "judge_number",
    "judge_numbers",
    "keep_standing",
    "look_up",
    "make_keys",
    "offline_kit",
    "printed_certificate",
    "printed_picture",
    "receipt_of_file",
    "receipt_of_number",
    "renew_credential",
    "resign_status_list",
    "rotate_keys",
    "sign_anew",
    "sign_anew_all",
    "sign_lists_anew",
    "signed_file",
    "status_token",
    "supersede_credential",
    "supplies",
    "withdraw_key",
    "withdraw_revocation",
]
