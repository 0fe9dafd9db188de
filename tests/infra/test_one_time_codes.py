"""Codes from an app, against the table of RFC 6238."""

from __future__ import annotations

from base64 import b32encode
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from app.infra import one_time_codes

SECRET = b32encode(b"12345678901234567890").decode()
# RFC 6238, appendix B, the lines of SHA-1. Ours have six digits: the last six of its eight.
TABLE = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]


@pytest.mark.parametrize(("seconds", "code"), TABLE)
def test_the_table_of_the_rfc(seconds: int, code: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    assert one_time_codes.step_of(SECRET, code[2:], now) == seconds // 30
    assert one_time_codes.step_of(SECRET, f" {code[2:5]} {code[5:]} ", now) == seconds // 30, "typed as apps show it"


def test_a_clock_may_be_off_by_one_step_and_no_more() -> None:
    now, code = datetime.fromtimestamp(1111111111, UTC), "050471"
    for seconds, counts in ((-31, True), (30, True), (-90, False), (90, False)):
        assert (one_time_codes.step_of(SECRET, code, now + timedelta(seconds=seconds)) is not None) is counts, seconds


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "05O471", "٠٥٠٤٧١", "050471\x00", "-50471"])
def test_what_is_no_code_is_refused(code: str) -> None:
    assert one_time_codes.step_of(SECRET, code, datetime.fromtimestamp(1111111111, UTC)) is None


def test_the_address_for_the_app_names_the_academy_and_the_account() -> None:
    secret = one_time_codes.new_secret()
    assert len(secret) == 32, "160 bits"
    address = urlsplit(one_time_codes.address_of(secret, account="amara@example.com", issuer="Rouge & Co: Lyon"))
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert parse_qs(address.query)["secret"] == [secret]
    assert "amara%40example.com" in address.path
    assert one_time_codes.qr_of("otpauth://totp/x").startswith("data:image/svg+xml")
