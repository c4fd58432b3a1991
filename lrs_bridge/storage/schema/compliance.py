"""What statements prove, what is required, and the statuses derived from both."""

from __future__ import annotations

import sqlalchemy as sa

from lrs_bridge.storage.schema.base import REFERENCE, Instant, by, metadata

learning_fact = sa.Table(
    "learning_fact",
    metadata,
    sa.Column("person_id", sa.Uuid, primary_key=True),
    sa.Column("statement_id", sa.Uuid, primary_key=True),
    # a fact that is matched with another person is withdrawn here and recorded there; it may come back
    sa.Column("matched", Instant, primary_key=True),
    sa.Column("activity", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("happened", Instant, nullable=False),
    sa.Column("score_scaled", sa.Float),
    sa.Column("recorded", Instant, nullable=False),
    sa.Column("withdrawn", Instant),
    sa.Column("registration", sa.Uuid),
    sa.Column("launched_mastery", sa.Float),
    sa.Column("never_evidence", sa.Text, nullable=False),
    sa.Column("waived_reason", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("expires", sa.Date),
    # whose account or address it came under; empty where somebody named the person
    sa.Column("actor_key", sa.Uuid),
    sa.Index("ix_learning_fact_statement", "statement_id"),
    info=by("person_id"),
)

requirement = sa.Table(
    "requirement",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("recorded", Instant, nullable=False),
    info=REFERENCE,
)

compliance_status = sa.Table(
    "compliance_status",
    metadata,
    sa.Column("person_id", sa.Uuid, primary_key=True),
    sa.Column("requirement_id", sa.Text, primary_key=True),
    sa.Column("requirement_version", sa.Integer, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("progress", sa.Text, nullable=False),
    sa.Column("due", sa.Date),
    sa.Column("last_valid_day", sa.Date),
    sa.Column("next_change", sa.Date),
    sa.Column("overdue_before_absence", sa.Boolean, nullable=False),
    sa.Column("modules_met", sa.Integer, nullable=False),
    sa.Column("modules_total", sa.Integer, nullable=False),
    sa.Column("evidence", sa.JSON, nullable=False),
    # when the row last became another: what a delta goes by
    sa.Column("changed", Instant, nullable=False),
    sa.Index("ix_compliance_status_next_change", "next_change"),
    sa.Index("ix_compliance_status_changed", "changed"),
    info=by("person_id"),
)

# each time that a status or its reason became another: empty where there was none before, or is none any more
compliance_change = sa.Table(
    "compliance_change",
    metadata,
    sa.Column("person_id", sa.Uuid, primary_key=True),
    sa.Column("requirement_id", sa.Text, primary_key=True),
    sa.Column("recorded", Instant, primary_key=True),
    sa.Column("from_status", sa.Text, nullable=False),
    sa.Column("from_reason", sa.Text, nullable=False),
    sa.Column("to_status", sa.Text, nullable=False),
    sa.Column("to_reason", sa.Text, nullable=False),
    sa.Index("ix_compliance_change_recorded", "recorded"),
    info=by("person_id"),
)

# people whose statuses are stale; ``marked`` tells a later mark from the one that was evaluated
dirty_person = sa.Table(
    "dirty_person",
    metadata,
    sa.Column("person_id", sa.Uuid, primary_key=True),
    sa.Column("marked", Instant, nullable=False),
    info=by("person_id"),
)

lease = sa.Table(
    "lease",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("until", Instant, nullable=False),
    info=REFERENCE,
)
