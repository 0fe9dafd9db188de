"""What a guest signs: one text for the same facts, and a digest that moves with every letter."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from app.domain.practice.signoff import Guest, SessionFacts, digest_of, facts_from_dict, statement

AT = datetime(2026, 11, 22, 12, 0, 5, 99, tzinfo=UTC)
FACTS = SessionFacts("Amara Osei", date(2026, 11, 20), 120, "Studio Nord", "Full lip on 3D skin.\nTwo passes.")
GUEST = Guest("Marc Delorme", "Studio owner", "T-4711")


def test_the_text_says_who_saw_what_and_when() -> None:
    text = statement(FACTS, GUEST, AT)
    assert "Marc Delorme (Studio owner) confirms a supervised practice session.\n" in text
    assert "Student: Amara Osei\nDay: 2026-11-20\nTime under supervision: 120 minutes\n" in text
    assert "Work: Full lip on 3D skin. Two passes.\n" in text
    assert "License number of the supervisor: T-4711\n" in text
    assert text.endswith("Signed: 2026-11-22T12:00:05+00:00\n")
    assert "License" not in statement(FACTS, Guest("Marc", "Owner"), AT)


def test_facts_are_read_as_they_were_stored() -> None:
    assert facts_from_dict(FACTS.as_dict()) == FACTS


@given(st.text(), st.text())
def test_the_digest_tells_every_two_texts_apart(one: str, other: str) -> None:
    assert (digest_of(one) == digest_of(other)) == (one == other)
