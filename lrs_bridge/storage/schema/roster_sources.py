"""Where rosters come from by themselves: folders that are watched, addresses that are asked."""

from __future__ import annotations

import sqlalchemy as sa

from lrs_bridge.storage.schema.base import REFERENCE, Instant, metadata

# ``files`` holds by name what was seen of each file that is still there: its size and time, and why it is held.
# ``digest`` is that of the last roster of an address that was applied, ``etag`` the one it was answered with.
roster_source = sa.Table(
    "roster_source",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("pattern", sa.Text, nullable=False),
    sa.Column("sealed_secret", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("preset", sa.Text, nullable=False),
    sa.Column("mapping", sa.Text, nullable=False),
    sa.Column("every_seconds", sa.Integer, nullable=False),
    sa.Column("created", Instant, nullable=False),
    sa.Column("etag", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("files", sa.JSON, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("next_attempt", Instant),
    sa.Column("last_applied", Instant),
    sa.Column("last_success", Instant),
    sa.Column("last_error", sa.Text, nullable=False),
    info=REFERENCE,
)
