"""The stored documents of external proofs."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.certification.models import ExternalProof


def kept_documents(session: Session) -> Iterator[tuple[UUID, str]]:
    """The key of every stored document, with its proof; read in portions."""
    query = select(ExternalProof.id, ExternalProof.document_key).where(ExternalProof.document_key != "")
    for row in session.execute(query.order_by(ExternalProof.id).execution_options(yield_per=500)):
        yield row[0], row[1]
