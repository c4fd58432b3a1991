"""State and profile documents, and what statements have told of activities and agents."""

from __future__ import annotations

import sqlalchemy as sa

from lrs_bridge.storage.schema.base import Instant, by, metadata

# One table for the three resources: ``scope_key`` names the resource with its activity, agent and registration.
# ``resource``, ``activity`` and ``agent_key`` say the same in the open, to find all that is kept about somebody.
document = sa.Table(
    "document",
    metadata,
    sa.Column("scope_key", sa.Uuid, primary_key=True),
    sa.Column("document_key", sa.Uuid, primary_key=True),
    sa.Column("document_id", sa.Text, nullable=False),
    sa.Column("resource", sa.Text, nullable=False),
    sa.Column("activity", sa.Text, nullable=False),
    sa.Column("agent_key", sa.Uuid),
    sa.Column("registration", sa.Uuid),
    sa.Column("content_type", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("etag", sa.Text, nullable=False),
    sa.Column("updated", Instant, nullable=False),
    sa.Index("ix_document_agent_key", "agent_key"),
    info=by("scope_key"),
)

# what the LRS holds for the definition of an activity, merged from statements
activity_definition = sa.Table(
    "activity_definition",
    metadata,
    sa.Column("activity_key", sa.Uuid, primary_key=True),
    sa.Column("activity", sa.Text, nullable=False),
    sa.Column("definition", sa.Text, nullable=False),
    sa.Column("updated", Instant, nullable=False),
    info=by("activity_key"),
)

# every name under which an agent was seen, as JSON: text in PostgreSQL cannot hold the character NUL
agent_name = sa.Table(
    "agent_name",
    metadata,
    sa.Column("agent_key", sa.Uuid, primary_key=True),
    sa.Column("name_key", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("seen", Instant, nullable=False),
    info=by("agent_key"),
)
