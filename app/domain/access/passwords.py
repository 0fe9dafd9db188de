"""Which passwords are refused. Length decides, not composition; what anybody would guess first is refused."""

from __future__ import annotations

from itertools import pairwise

MIN_LENGTH = 8
MAX_LENGTH = 128
BRAND_WORDS = ("vermilion", "lipblush", "lip blush")
# The stems behind the most used passwords of eight characters or more; digits and marks around them do not help.
COMMON_STEMS = frozenset(
    """password passwort passw0rd p@ssword p@ssw0rd qwertyui qwertyuiop asdfghjk asdfghjkl zxcvbnm1 qazwsxedc
    1qaz2wsx q1w2e3r4 1q2w3e4r iloveyou sunshine princess football baseball basketball superman batman
    starwars trustno1 letmein welcome whatever computer internet michelle jennifer butterfly chocolate liverpool
    monkey dragon shadow master killer hunter soccer summer winter spring autumn flower cookie ginger pepper
    hello charlie jordan freedom maverick samantha administrator changeme default secret access google
    abcdefgh abc12345 abcd1234 aaaaaaaa qwerty asdf zxcv pass admin user test guest login lovely loveme
    beautiful beauty makeup tattoo permanent cosmetic artist studio academy student instructor""".split()  # noqa: SIM905 - words read better than a list of literals
)


def password_problem(password: str, *, email: str = "", name: str = "") -> str | None:
    """Return a sentence that says why the password is refused, or None when it is fine."""
    if len(password) < MIN_LENGTH:
        return f"Use at least {MIN_LENGTH} characters. A short sentence is easy to remember and hard to guess."
    if len(password) > MAX_LENGTH:
        return f"Use at most {MAX_LENGTH} characters."
    folded = password.casefold()
    if any(word in folded for word in BRAND_WORDS):
        return "Leave the name of this academy out of your password."
    if _is_common(folded):
        return "This password is among the first that anybody would try. Choose another one."
    own = {part for part in (email.casefold().split("@")[0], *name.casefold().split()) if len(part) >= 4}
    if any(part in folded and len(folded) - len(part) < 6 for part in own):
        return "Your own name or e-mail is too easy to guess. Add other words or choose another password."
    return None


def _is_common(folded: str) -> bool:
    if len(set(folded)) <= 2 or _is_run(folded):
        return True
    stem = folded.strip("0123456789!?.,-_*#$@&%+ ")
    return stem in COMMON_STEMS or folded in COMMON_STEMS or (folded.isdigit() and len(folded) <= 10)


def _is_run(text: str) -> bool:
    steps = {ord(b) - ord(a) for a, b in pairwise(text)}
    return len(steps) == 1 and steps <= {-1, 0, 1}
