"""No relation loads by itself, every foreign key of a growing table is indexed, the schema has one head."""

from __future__ import annotations

from pathlib import Path

from app.factory import slice_modules
from app.infra import migrate
from app.infra.db import Base

HEAD = Path(__file__).resolve().parents[2] / "migrations" / ".current-head"


def test_models_declare_no_lazy_relations() -> None:
    slice_modules("models")
    lazy = [
        f"{mapper.class_.__name__}.{relation.key}"
        for mapper in Base.registry.mappers
        for relation in mapper.relationships
        if relation.lazy != "raise_on_sql"
    ]
    assert lazy == []


def test_payloads_of_definitions_load_only_when_asked_for() -> None:
    slice_modules("models")
    mapper = next(m for m in Base.registry.mappers if m.class_.__name__ == "Definition")
    assert mapper.attrs.payload.deferred


def test_parallel_migrations_conflict_in_git() -> None:
    assert HEAD.read_text().strip() == migrate.head()
