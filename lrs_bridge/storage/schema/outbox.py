"""What leaves the bridge and what it fetches: targets, sources, dead letters; and what retention may delete."""

from __future__ import annotations

import sqlalchemy as sa

from lrs_bridge.storage.schema.base import REFERENCE, Instant, by, metadata

# another LRS, or a web address that wants to hear of statements. Its place in the order of statements is all there is
# of an outbox: what lies behind it was delivered, is not wanted, or is a dead letter.
outbound_target = sa.Table(
    "outbound_target",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("sealed_secret", sa.Text, nullable=False),
    sa.Column("filter", sa.JSON, nullable=False),
    sa.Column("paused", sa.Boolean, nullable=False),
    sa.Column("created", Instant, nullable=False),
    sa.Column("stored", Instant, nullable=False),
    sa.Column("statement_id", sa.Uuid, nullable=False),
    sa.Column("delivered", sa.BigInteger, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("next_attempt", Instant),
    sa.Column("last_success", Instant),
    sa.Column("last_error", sa.Text, nullable=False),
    sa.UniqueConstraint("kind", "name"),
    info=REFERENCE,
)

# what a target refused for good; ``again`` once somebody has asked to try it once more
dead_letter = sa.Table(
    "dead_letter",
    metadata,
    sa.Column("target_id", sa.Uuid, primary_key=True),
    sa.Column("statement_id", sa.Uuid, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("again", sa.Boolean, nullable=False),
    sa.Column("recorded", Instant, nullable=False),
    sa.Index("ix_dead_letter_target_id", "target_id", "recorded"),
    info=by("statement_id"),
)

# another LRS that is read: ``since`` is the last of its ``stored`` that was seen, ``more`` an open link of its pages
pull_source = sa.Table(
    "pull_source",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("sealed_secret", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("keep_authority", sa.Boolean, nullable=False),
    sa.Column("created", Instant, nullable=False),
    sa.Column("since", Instant),
    sa.Column("more", sa.Text, nullable=False),
    sa.Column("pulled", sa.BigInteger, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("next_attempt", Instant),
    sa.Column("last_success", Instant),
    sa.Column("last_error", sa.Text, nullable=False),
    info=REFERENCE,
)

retention_rule = sa.Table(
    "retention_rule",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("days", sa.Integer, nullable=False),
    sa.Column("filter", sa.JSON, nullable=False),
    sa.Column("created", Instant, nullable=False),
    info=REFERENCE,
)

legal_hold = sa.Table(
    "legal_hold",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("recorded", Instant, nullable=False),
    sa.Column("released", Instant),
    sa.Column("released_by", sa.Text, nullable=False),
    sa.Column("released_because", sa.Text, nullable=False),
    info=REFERENCE,
)

# ``outcome`` is "dry run", "running" or "applied": a run that was cut off stays "running" with what it had deleted
retention_run = sa.Table(
    "retention_run",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("began", Instant, nullable=False),
    sa.Column("ended", Instant),
    sa.Column("rules", sa.JSON, nullable=False),
    sa.Column("deleted", sa.BigInteger, nullable=False),
    sa.Column("kept", sa.JSON, nullable=False),
    sa.Column("examples", sa.JSON, nullable=False),
    info=REFERENCE,
)
