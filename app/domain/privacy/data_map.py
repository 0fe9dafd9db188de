"""Every table of the database with what it says about people: the source of notice, copy, erasure and retention.

`tests/domain/privacy` walks all tables and columns and fails when one is not here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.domain.privacy.kinds import Table
from app.domain.privacy.map_credentials import CREDENTIALS
from app.domain.privacy.map_learning import LEARNING, QUIZZES
from app.domain.privacy.map_people import HOUSE, NOTICES, PEOPLE, PRIVACY
from app.domain.privacy.map_practice import PRACTICE
from app.domain.privacy.map_reviews import REVIEWS
from app.domain.privacy.map_studios import STUDIOS

PARTS: Mapping[str, tuple[Table, ...]] = {
    "Account": PEOPLE,
    "Notices": NOTICES,
    "Courses and training": LEARNING,
    "Quizzes": QUIZZES,
    "Practice log": PRACTICE,
    "Reviews": REVIEWS,
    "Certificates": CREDENTIALS,
    "Studios and portfolios": STUDIOS,
    "Privacy": PRIVACY,
    "The house": HOUSE,
}
TABLES: Mapping[str, Table] = {table.name: table for part in PARTS.values() for table in part}


def chain(table: Table) -> Iterator[tuple[str, str, str]]:
    """The steps from a table to the person: (table, column, table that it points at or "" for the person)."""
    while table.subject is not None:
        yield table.name, table.subject.column, table.subject.parent
        if not table.subject.parent:
            return
        table = TABLES[table.subject.parent]
