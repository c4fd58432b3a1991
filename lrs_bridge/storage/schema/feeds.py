"""What a feed has to remember to say what changed: when each person's columns did, and whom a reader saw."""

from __future__ import annotations

import sqlalchemy as sa

from lrs_bridge.storage.schema.base import Instant, by, metadata

# ``seen`` is the digest of the columns that HR gives (name, jobs) as the statuses were last evaluated with them
person_revision = sa.Table(
    "person_revision",
    metadata,
    sa.Column("person_id", sa.Uuid, primary_key=True),
    sa.Column("seen", sa.LargeBinary, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Index("ix_person_revision_changed", "changed"),
    info=by("person_id"),
)

# the people that a delta token was given for: their keys one behind the other, under the digest of them
feed_scope = sa.Table(
    "feed_scope",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("people", sa.LargeBinary, nullable=False),
    sa.Column("given", Instant, nullable=False),
    info=by("digest"),
)
