"""What identity providers have of people beside what HR's tables say of them."""

from __future__ import annotations

import sqlalchemy as sa

from lrs_bridge.storage.schema.base import REFERENCE, Instant, metadata

# ``document`` is the User as it was last accepted, ``told`` what our own tables then said of the person: where they
# say something else since, they are right. A deleted one stays, empty, so that its id is never anybody else's.
scim_user = sa.Table(
    "scim_user",
    metadata,
    sa.Column("person_id", sa.Uuid, primary_key=True),
    sa.Column("resource_id", sa.Text, nullable=False, index=True),
    sa.Column("user_name_key", sa.Text, nullable=False),
    sa.Column("external_id", sa.Text, nullable=False, index=True),
    sa.Column("document", sa.JSON, nullable=False),
    sa.Column("told", sa.JSON, nullable=False),
    sa.Column("created", Instant, nullable=False),
    sa.Column("modified", Instant, nullable=False),
    sa.Column("deleted", Instant),
    # RFC 7643 4.1.1: a userName is one User's
    sa.Index(
        "uq_scim_user_name",
        "user_name_key",
        unique=True,
        sqlite_where=sa.text("deleted IS NULL"),
        postgresql_where=sa.text("deleted IS NULL"),
    ),
    info=REFERENCE,
)
