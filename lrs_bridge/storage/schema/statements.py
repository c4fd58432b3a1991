"""Statements as they are answered, and the links that the queries of xAPI need."""

from __future__ import annotations

import sqlalchemy as sa

from lrs_bridge.storage.schema.base import REFERENCE, Instant, by, metadata

statement = sa.Table(
    "statement",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("stored", Instant, nullable=False),
    sa.Column("verb_key", sa.Uuid, nullable=False),
    sa.Column("registration", sa.Uuid),
    sa.Column("voided", sa.Boolean, nullable=False),
    sa.Column("voiding", sa.Boolean, nullable=False),
    sa.Column("raw", sa.Text, nullable=False),
    sa.Index("ix_statement_stored", "stored", "id"),
    sa.Index("ix_statement_verb", "verb_key", "stored", "id"),
    sa.Index("ix_statement_registration", "registration", "stored", "id"),
    info=by("id"),
)

# ``usage`` says in which part of the statement the agent or activity stands (xapi.links). The key is all that a query
# needs, in its order: each row costs the writer one place in one tree, and the links of a statement are known from it.
statement_agent = sa.Table(
    "statement_agent",
    metadata,
    sa.Column("agent_key", sa.Uuid, primary_key=True),
    sa.Column("stored", Instant, primary_key=True),
    sa.Column("statement_id", sa.Uuid, primary_key=True),
    sa.Column("usage", sa.SmallInteger, primary_key=True),
    info=by("statement_id"),
    sqlite_with_rowid=False,
)

statement_activity = sa.Table(
    "statement_activity",
    metadata,
    sa.Column("activity_key", sa.Uuid, primary_key=True),
    sa.Column("stored", Instant, primary_key=True),
    sa.Column("statement_id", sa.Uuid, primary_key=True),
    sa.Column("usage", sa.SmallInteger, primary_key=True),
    info=by("statement_id"),
    sqlite_with_rowid=False,
)

statement_reference = sa.Table(
    "statement_reference",
    metadata,
    sa.Column("statement_id", sa.Uuid, primary_key=True),
    sa.Column("target_id", sa.Uuid, primary_key=True),
    sa.Column("voiding", sa.Boolean, nullable=False),
    sa.Column("stored", Instant, nullable=False),
    sa.Index("ix_statement_reference_target", "target_id", "statement_id"),
    sa.Index("ix_statement_reference_stored", "stored", "statement_id", "target_id"),
    info=by("statement_id"),
)

# The contents that came with a statement, by its ``sha2`` in lower case. They lie in the data folder under ``digest``,
# their SHA-256, each once however many statements declare it and whichever SHA-2 they use.
statement_attachment = sa.Table(
    "statement_attachment",
    metadata,
    sa.Column("statement_id", sa.Uuid, primary_key=True),
    sa.Column("sha2", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("content_type", sa.Text, nullable=False),
    sa.Index("ix_statement_attachment_digest", "digest"),
    info=by("statement_id"),
)

# facts that belong to nobody yet; replayed when an identity matches
unmatched = sa.Table(
    "unmatched",
    metadata,
    sa.Column("statement_id", sa.Uuid, primary_key=True),
    sa.Column("actor_key", sa.Uuid, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("recorded", Instant, nullable=False),
    sa.Index("ix_unmatched_actor_key", "actor_key"),
    info=by("statement_id"),
)

# what a compat credential's statement lost before it was valid: the LRS never repairs in silence
statement_repair = sa.Table(
    "statement_repair",
    metadata,
    sa.Column("statement_id", sa.Uuid, primary_key=True),
    sa.Column("credential_id", sa.Uuid, nullable=False),
    sa.Column("problems", sa.JSON, nullable=False),
    sa.Column("recorded", Instant, nullable=False),
    info=by("statement_id"),
)

# what a compat credential sent and no repair made valid: kept as it came, also after it was replayed or dropped
quarantine = sa.Table(
    "quarantine",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("credential_id", sa.Uuid, nullable=False),
    sa.Column("raw", sa.Text, nullable=False),
    sa.Column("problems", sa.JSON, nullable=False),
    sa.Column("received", Instant, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("fixed", sa.Text),  # a correction by hand, beside what came
    sa.Column("statement_id", sa.Uuid),  # under which it was stored in the end
    sa.Column("outcome", sa.Text),  # replayed or dropped
    sa.Column("because", sa.Text),
    sa.Column("settled", Instant),
    sa.Index("ix_quarantine_received", "received", "id"),
    sa.Index("ix_quarantine_settled", "settled", "received", "id"),
    info=by("id"),
)

# who corrected, replayed or dropped one, when, and what came of it
quarantine_event = sa.Table(
    "quarantine_event",
    metadata,
    sa.Column("quarantine_id", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("recorded", Instant, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    info=by("quarantine_id"),
)

# the contents that came with a statement in quarantine, for its replay
quarantine_attachment = sa.Table(
    "quarantine_attachment",
    metadata,
    sa.Column("quarantine_id", sa.Uuid, primary_key=True),
    sa.Column("sha2", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("content_type", sa.Text, nullable=False),
    info=by("quarantine_id"),
)

credential = sa.Table(
    "credential",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("secret_digest", sa.LargeBinary, nullable=False),
    sa.Column("scopes", sa.JSON, nullable=False),
    sa.Column("compat", sa.Boolean, nullable=False),
    sa.Column("created", Instant, nullable=False),
    sa.Column("expires", Instant),
    sa.Column("revoked", Instant),
    sa.Column("used", Instant),  # the last use, to about a day
    # a launch's credential writes about its own learner, attempt and activity only
    sa.Column("bound_actor", sa.JSON(none_as_null=True)),
    sa.Column("bound_registration", sa.Uuid),
    sa.Column("bound_activity", sa.Text),
    sa.Column("bound_session", sa.Uuid),  # of cmi5
    info=REFERENCE,
)

# who may pull feeds and open the pages, and whose people they see
reader = sa.Table(
    "reader",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("token_digest", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("employee_id", sa.Text, nullable=False),
    sa.Column("created", Instant, nullable=False),
    sa.Column("expires", Instant),
    sa.Column("revoked", Instant),
    info=REFERENCE,
)
