"""Evidence that somebody recorded beside statements. Each record has a statement of the same id."""

from __future__ import annotations

import sqlalchemy as sa

from lrs_bridge.storage.schema.base import Instant, belief_columns, by, metadata

evidence = sa.Table(
    "evidence",
    metadata,
    sa.Column("person_id", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    # the same for a record and its corrections; the digest is of everything that the record says
    sa.Column("record_key", sa.Uuid, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("activity", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("happened", Instant, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("score_scaled", sa.Float),
    sa.Column("grades", sa.JSON, nullable=False),
    sa.Column("assessor", sa.Text, nullable=False),
    sa.Column("issuer", sa.Text, nullable=False),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("valid_until", sa.Date),
    sa.Column("location", sa.Text, nullable=False),
    sa.Column("duration_minutes", sa.Integer),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("external_id", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("entered_by", sa.Text, nullable=False),
    *belief_columns(),
    sa.Column("withdrawn_by", sa.Text, nullable=False),
    sa.Column("because", sa.Text, nullable=False),
    sa.Column("replaced_by", sa.Uuid),
    sa.Index("ix_evidence_id", "id"),
    sa.Index("ix_evidence_record_key", "record_key"),
    sa.Index(
        "uq_evidence_live",
        "person_id",
        "record_key",
        unique=True,
        sqlite_where=sa.text("withdrawn IS NULL"),
        postgresql_where=sa.text("withdrawn IS NULL"),
    ),
    info=by("person_id"),
)
