"""Initials, and what fits a holder."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.credentials.naming import fits, initials

EMAIL, NAME = "Amara.Osei@example.com", "Amara Osei-Núñez"


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Amara Osei", "A. O."), ("  amara   osei ", "A. O."), ("Anne-Marie Du Pont", "A.-M. D. P."), ("Ng", "N."),
        ("Élodie Ó Súilleabháin", "É. Ó. S."), ("Łucja Żak", "Ł. Ż."), ("'t Hooft", "T. H."), ("- ''", "–"), ("", "–"),
    ],
)  # fmt: skip
def test_initials(name: str, short: str) -> None:
    assert initials(name) == short


@pytest.mark.parametrize(
    "claim",
    [
        "amara.osei@example.com", " AMARA.OSEI@EXAMPLE.COM ", "Osei-Núñez", "osei nunez", "OSEI NÚÑEZ", "oseinunez",
        "Amara Osei-Nunez", "amara osei nun\u0303ez",
    ],
)  # fmt: skip
def test_what_fits(claim: str) -> None:
    assert fits(claim, email=EMAIL, name=NAME)


@pytest.mark.parametrize(
    "claim",
    [
        "",
        " ",
        "-",
        "Amara",
        "Osei",
        "A. O.",
        "amara.osei@example.org",
        "example.com",
        "@",
        "Osei-Núñez Amara",
        "x" * 5000,
    ],
)
def test_what_does_not_fit(claim: str) -> None:
    assert not fits(claim, email=EMAIL, name=NAME)


@given(st.text(), st.text(), st.text())
def test_nothing_ever_breaks_and_nothing_fits_nothing(claim: str, email: str, name: str) -> None:
    fits(claim, email=email, name=name)
    assert not fits("", email=email, name=name)
    assert not fits(claim, email="", name="")
    assert len(initials(name)) >= 1
