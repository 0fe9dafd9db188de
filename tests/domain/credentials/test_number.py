"""Certificate numbers: what the check symbol catches, and how kindly typed text is read."""

from __future__ import annotations

import itertools
import random
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.credentials.number import ALPHABET, check, check_symbol, new_number, normalize

bodies = st.text(alphabet=ALPHABET, min_size=10, max_size=10)


def number_of(body: str) -> str:
    return normalize(body + check_symbol(body))


def test_alphabet_has_31_symbols_that_nobody_confuses() -> None:
    assert len(ALPHABET) == len(set(ALPHABET)) == 31
    assert not set("0ILOU") & set(ALPHABET)


def test_known_numbers_stay_valid_forever() -> None:
    # Printed certificates depend on these: 3^k mod 31 over positions 1 to 10 from the left.
    assert check_symbol("1111111111") == "1"
    assert check_symbol("2111111111") == ALPHABET[3]
    assert check_symbol("1111111112") == ALPHABET[3**10 % 31]
    assert (
        check_symbol("24F7K9QX3A")
        == ALPHABET[sum(3**k * ALPHABET.index(s) for k, s in enumerate("24F7K9QX3A", 1)) % 31]
    )


def test_new_numbers_have_the_printed_form_and_pass_their_own_check() -> None:
    numbers = {new_number(secrets.token_bytes) for _ in range(500)}
    assert len(numbers) == 500
    for number in numbers:
        assert len(number) == 16 and number[:3] == "VM-" and number[8] == number[14] == "-"
        assert check(number).number == number


def test_every_symbol_is_equally_likely() -> None:
    source = random.Random(7)
    counts = dict.fromkeys(ALPHABET, 0)
    for _ in range(3_100):
        for symbol in new_number(source.randbytes).replace("-", "")[2:12]:
            counts[symbol] += 1
    # Expected 1,000 each; five standard deviations are about 155.
    assert all(845 < count < 1155 for count in counts.values()), counts


@given(bodies)
def test_every_single_wrong_symbol_is_detected(body: str) -> None:
    whole = body + check_symbol(body)
    for place, symbol in itertools.product(range(11), ALPHABET):
        if symbol != whole[place]:
            assert check(whole[:place] + symbol + whole[place + 1 :]).reason == "check"


@given(bodies)
def test_every_swap_is_detected(body: str) -> None:
    whole = body + check_symbol(body)
    for distance in (1, 2):
        for place in range(11 - distance):
            swapped = list(whole)
            swapped[place], swapped[place + distance] = swapped[place + distance], swapped[place]
            if "".join(swapped) != whole:
                assert check("".join(swapped)).reason == "check"


@given(st.text(alphabet=ALPHABET, min_size=10, max_size=10), st.integers(1, 2))
def test_every_twin_error_is_detected(body: str, distance: int) -> None:
    # aa typed as bb, and a-x-a typed as b-x-b, at every place of a number that has such a pair.
    for place in range(10 - distance):
        symbols = list(body)
        symbols[place + distance] = symbols[place]
        whole = "".join(symbols)
        whole += check_symbol(whole)
        for wrong in ALPHABET:
            if wrong != whole[place]:
                typed = list(whole)
                typed[place] = typed[place + distance] = wrong
                assert check("".join(typed)).reason == "check"


@pytest.mark.parametrize("distance", [1, 2])
def test_twin_errors_that_include_the_check_symbol_are_detected(distance: int) -> None:
    source = random.Random(3)
    found = 0
    while found < 300:
        body = "".join(source.choice(ALPHABET) for _ in range(10))
        whole = body + check_symbol(body)
        if whole[10] == whole[10 - distance]:
            found += 1
            for wrong in set(ALPHABET) - {whole[10]}:
                typed = list(whole)
                typed[10] = typed[10 - distance] = wrong
                assert check("".join(typed)).reason == "check"


@pytest.mark.parametrize(
    "shape",
    [
        "{n}", "{low}", " {n} ", "{bare}", "{spaced}", "{dashes}",
        "https://academy.example/credentials/{n}", "HTTPS://ACADEMY.EXAMPLE/V/{n}",
        "https://vm-academy.example/credentials/{low}.json?lang=en#top", "academy.example/v/{n}/",
        "https://academy.example/verify?number={n}&from=mail",
        "vm {bare}",
    ],
)  # fmt: skip
def test_a_number_is_read_however_it_is_typed_or_pasted(shape: str) -> None:
    number = number_of("24F7K9QX3A")
    typed = shape.format(
        n=number,
        low=number.lower(),
        bare=number.replace("-", "")[2:],
        spaced=number.replace("-", " "),
        dashes=number.replace("-", "–"),
    )
    result = check(typed)
    assert result.ok and result.number == number
    assert normalize(typed) == number


def test_i_and_l_are_read_as_one() -> None:
    number = number_of("1A1B1C1D1E")
    assert check(number.replace("1", "l")).number == number
    assert check(number.replace("1", "I")).number == number


@pytest.mark.parametrize("symbol", ["O", "o", "0"])
def test_letter_o_and_zero_get_a_hint_and_are_not_guessed(symbol: str) -> None:
    result = check(number_of("24F7K9QX3A").replace("Q", symbol))
    assert result.reason == "zero" and not result.ok and result.number == ""
    assert "never contain" in result.hint


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("VM-24F7K-9QX3A", "length"),
        ("VM-24F7K-9QX3A-11", "length"),
        ("hello", "zero"),
        ("VM-24F7U-9QX3A-1", "symbol"),
        ("VM-24F7K-9QX3é-1", "symbol"),
        ("https://academy.example/courses", "zero"),
        ("A" * 5000, "length"),
    ],
)
def test_what_cannot_be_a_number_says_why(typed: str, reason: str) -> None:
    result = check(typed)
    assert (result.status, result.reason) == ("mistyped", reason)
    assert result.hint.endswith((".", "?"))


@given(st.text(max_size=80))
def test_no_input_makes_check_fail(text: str) -> None:
    assert check(text).ok in (True, False)
    normalize(text)


@given(bodies)
def test_a_number_that_begins_with_vm_keeps_its_symbols(tail: str) -> None:
    number = number_of("VM" + tail[:8])
    assert check(number).number == number
    assert check(number.replace("-", "")[2:]).number == number
