"""Courses of cmi5, and what is known of each registration: sessions, units, and what is satisfied.

Each session is a row of ``launch`` too, under the same id, and its unit one of ``attempt``: so whoever asks who was
launched when, and whose results they are, finds cmi5 there like any other standard.
"""

from __future__ import annotations

import sqlalchemy as sa

from lrs_bridge.storage.schema.base import REFERENCE, Instant, by, metadata

cmi5_course = sa.Table(
    "cmi5_course",
    metadata,
    sa.Column("package_id", sa.Uuid, primary_key=True),
    # the course as its outermost block (courseware.cmi5_course.Block), and its objectives
    sa.Column("tree", sa.JSON, nullable=False),
    sa.Column("objectives", sa.JSON, nullable=False),
    info=REFERENCE,
)

cmi5_registration = sa.Table(
    "cmi5_registration",
    metadata,
    sa.Column("registration", sa.Uuid, primary_key=True),
    sa.Column("package_id", sa.Uuid, nullable=False),
    sa.Column("actor_key", sa.Uuid, nullable=False),
    sa.Column("actor", sa.JSON, nullable=False),
    sa.Column("person_id", sa.Uuid),
    sa.Column("created", Instant, nullable=False),
    sa.Column("satisfied", Instant),
    sa.Index("ix_cmi5_registration_actor", "actor_key", "package_id"),
    sa.Index("ix_cmi5_registration_created", "package_id", "created"),
    info=by("registration"),
)

cmi5_session = sa.Table(
    "cmi5_session",
    metadata,
    sa.Column("registration", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("package_id", sa.Uuid, nullable=False),
    sa.Column("unit_id", sa.Uuid, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("mastery", sa.Float),
    sa.Column("launched", Instant, nullable=False),
    sa.Column("fetched", Instant),
    # verb → the timestamp that its statement has, in text
    sa.Column("said", sa.JSON, nullable=False),
    sa.Column("latest", Instant),
    sa.Column("ended", Instant),
    sa.Column("outcome", sa.Text, nullable=False),  # empty while it runs; terminated or abandoned
    sa.Index("ix_cmi5_session_ended", "ended", "launched"),
    info=by("registration"),
)

cmi5_unit = sa.Table(
    "cmi5_unit",
    metadata,
    sa.Column("registration", sa.Uuid, primary_key=True),
    sa.Column("unit_id", sa.Uuid, primary_key=True),
    sa.Column("completed", Instant),
    sa.Column("passed", Instant),
    sa.Column("failed", Instant),
    sa.Column("waived", Instant),
    sa.Column("waived_reason", sa.Text, nullable=False),
    info=by("registration"),
)

# blocks and the course, by the activity that stands for them
cmi5_satisfied = sa.Table(
    "cmi5_satisfied",
    metadata,
    sa.Column("registration", sa.Uuid, primary_key=True),
    sa.Column("activity", sa.Text, primary_key=True),
    sa.Column("statement_id", sa.Uuid, nullable=False),
    sa.Column("satisfied", Instant, nullable=False),
    info=by("registration"),
)
