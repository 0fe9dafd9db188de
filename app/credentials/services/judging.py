"""Judge numbers for programs: one or hundreds at a time. Limits are the caller's affair."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.credentials import queries
from app.credentials.queries import Standing
from app.credentials.services.looking_up import Glance, LookUp
from app.domain.credentials import answer, number
from app.domain.credentials.number import NumberResult
from app.infra.signing import KeyStore


def judge_number(glance: Glance, keys: KeyStore, checked: NumberResult, *, now: datetime) -> LookUp:
    """Answer for a checked number. Mistyped text costs no statement; any other number costs one, issued or not."""
    if not checked.ok:
        return _judged(checked, None, frozenset(), now)
    with glance() as connection:
        found = queries.public_view(connection, checked.number, now)
    return _judged(checked, found, _published(keys), now)


def judge_numbers(glance: Glance, keys: KeyStore, typed: Sequence[str], *, now: datetime) -> list[LookUp]:
    """Answer for each of many typed numbers, in their order, with one statement for all."""
    checked = [number.check(text) for text in typed]
    with glance() as connection:
        found = queries.public_views(connection, {each.number for each in checked if each.ok}, now)
    published = _published(keys)
    return [_judged(each, found.get(each.number), published, now) for each in checked]


def _published(keys: KeyStore) -> frozenset[str]:
    return frozenset(key.kid for key in keys.public_keys() if key.is_published)


def _judged(checked: NumberResult, found: Standing | None, published: frozenset[str], now: datetime) -> LookUp:
    if not checked.ok:
        return LookUp(checked, answer.mistyped(checked, now))
    if found is None:
        return LookUp(checked, answer.not_found(now))
    stands = found.kid in published if found.kid else None
    return LookUp(checked, answer.judge(found, now, key_is_published=stands), found)
