"""Installed packages, and what the runtime keeps of each attempt."""

from __future__ import annotations

import sqlalchemy as sa

from lrs_bridge.storage.schema.base import REFERENCE, Instant, by, metadata

package = sa.Table(
    "package",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("identifier", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("standard", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("warnings", sa.JSON, nullable=False),
    # what the sequencing of SCORM 2004 works on; empty for every other standard
    sa.Column("activity_tree", sa.JSON, nullable=False),
    sa.Column("installed", Instant, nullable=False),
    sa.Column("removed", Instant),
    # the same bytes are one installation
    sa.Index(
        "uq_package_live",
        "sha256",
        unique=True,
        sqlite_where=sa.text("removed IS NULL"),
        postgresql_where=sa.text("removed IS NULL"),
    ),
    info=REFERENCE,
)

launchable_unit = sa.Table(
    "launchable_unit",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("package_id", sa.Uuid, nullable=False, index=True),
    sa.Column("identifier", sa.Text, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("activity", sa.Text, nullable=False, index=True),
    sa.Column("body", sa.JSON, nullable=False),
    sa.UniqueConstraint("package_id", "identifier"),
    info=REFERENCE,
)

package_file = sa.Table(
    "package_file",
    metadata,
    sa.Column("package_id", sa.Uuid, primary_key=True),
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    info=REFERENCE,
)

# registration = attempt; a course of several units shares one registration
attempt = sa.Table(
    "attempt",
    metadata,
    sa.Column("registration", sa.Uuid, primary_key=True),
    sa.Column("unit_id", sa.Uuid, primary_key=True),
    sa.Column("package_id", sa.Uuid, nullable=False),
    sa.Column("actor_key", sa.Uuid, nullable=False),
    sa.Column("actor", sa.JSON, nullable=False),
    sa.Column("person_id", sa.Uuid),
    sa.Column("state", sa.JSON, nullable=False),
    sa.Column("opened", Instant, nullable=False),
    sa.Column("updated", Instant, nullable=False),
    sa.Index("ix_attempt_actor", "actor_key", "package_id"),
    sa.Index("ix_attempt_person", "person_id"),
    info=by("registration"),
)

launch = sa.Table(
    "launch",
    metadata,
    sa.Column("registration", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("unit_id", sa.Uuid, nullable=False),
    sa.Column("requested_by", sa.Text, nullable=False),
    sa.Column("return_url", sa.Text, nullable=False),
    sa.Column("created", Instant, nullable=False),
    sa.Column("started", Instant),
    sa.Column("ended", Instant),
    sa.Column("last_sequence", sa.Integer, nullable=False),
    info=by("registration"),
)

# every commit as it came: the proof of what the content said
runtime_commit = sa.Table(
    "runtime_commit",
    metadata,
    sa.Column("registration", sa.Uuid, primary_key=True),
    sa.Column("launch_id", sa.Uuid, primary_key=True),
    sa.Column("sequence", sa.Integer, primary_key=True),
    sa.Column("received", Instant, nullable=False),
    sa.Column("final", sa.Boolean, nullable=False),
    sa.Column("cmi", sa.JSON, nullable=False),
    sa.Column("statement_ids", sa.JSON, nullable=False),
    # what the runtime ignored or decided about this commit, in words
    sa.Column("notes", sa.JSON, nullable=False),
    info=by("registration"),
)

# What a learner leaves behind in a course across its units and attempts: where the sequencer stands, the global
# objectives, the data that units share.
sequencing = sa.Table(
    "sequencing",
    metadata,
    sa.Column("actor_key", sa.Uuid, primary_key=True),
    sa.Column("course", sa.Text, primary_key=True),
    # another version of the course has another tree: the state fits this one only
    sa.Column("package_id", sa.Uuid, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("objectives", sa.JSON, nullable=False),
    sa.Column("shared_data", sa.JSON, nullable=False),
    sa.Column("updated", Instant, nullable=False),
    info=by("actor_key"),
)
