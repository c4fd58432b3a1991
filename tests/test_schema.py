"""One schema from a laptop to a cluster (DESIGN 4.11)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from lrs_bridge.storage.database import Database
from lrs_bridge.storage.schema import metadata

TABLES = sorted(metadata.tables.values(), key=lambda table: table.name)


def unique_sets(table: sa.Table) -> list[set[str]]:
    keys = [set(table.primary_key.columns.keys())]
    keys += [set(c.columns.keys()) for c in table.constraints if isinstance(c, sa.UniqueConstraint)]
    keys += [set(index.columns.keys()) for index in table.indexes if index.unique]
    return keys


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_unique_constraint_contains_the_distribution_column(table: sa.Table) -> None:
    if table.info.get("reference"):
        assert set(table.info) == {"reference"}
        return
    column = table.info["distributed_by"]
    assert [keys for keys in unique_sets(table) if column not in keys] == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_no_key_comes_from_a_sequence(table: sa.Table) -> None:
    counted = [c.name for c in table.primary_key if isinstance(c.type, sa.Integer) and c.name not in WRITTEN_BY_US]
    assert counted == []


WRITTEN_BY_US = {"usage", "position", "sequence", "version"}


def test_migrations_make_exactly_the_schema(database_url: str) -> None:
    database = Database(database_url)
    database.migrate()
    database.migrate()
    with database.reading() as connection:
        difference = compare_metadata(MigrationContext.configure(connection), metadata)
    database.close()
    assert difference == []
