"""People from HR. Rows are bitemporal: true over local dates, believed from ``recorded`` until ``withdrawn``."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from lrs_bridge.storage.schema.base import REFERENCE, Instant, belief_columns, by, metadata, period_columns

person = sa.Table(
    "person",
    metadata,
    # made from the employee id, so that one employee id can never be two people
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("employee_id", sa.Text, nullable=False, index=True),
    sa.Column("recorded", Instant, nullable=False),
    info=by("id"),
)


def _of_person(name: str, *columns: Any, indexes: tuple[sa.Index, ...] = ()) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column("person_id", sa.Uuid, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        *columns,
        *belief_columns(),
        *indexes,
        info=by("person_id"),
    )


person_detail = _of_person(
    "person_detail",
    sa.Column("given_name", sa.Text, nullable=False),
    sa.Column("family_name", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("lms_account", sa.Text, nullable=False),
    sa.Column("time_zone", sa.Text, nullable=False),
)

employment_spell = _of_person("employment_spell", *period_columns(), sa.Column("worker_type", sa.Text, nullable=False))

job_assignment = _of_person(
    "job_assignment",
    *period_columns(),
    sa.Column("manager_id", sa.Text, nullable=False, index=True),
    sa.Column("department", sa.Text, nullable=False),
    sa.Column("job_code", sa.Text, nullable=False),
    sa.Column("job_title", sa.Text, nullable=False),
    sa.Column("location", sa.Text, nullable=False),
    sa.Column("country", sa.Text, nullable=False),
    sa.Column("worker_type", sa.Text, nullable=False),
)

absence = _of_person(
    "absence",
    *period_columns(),
    sa.Column("kind", sa.Text, nullable=False),
    # confirmed by HR; or reported by a leader, and pending or standing until HR says
    sa.Column("state", sa.Text, nullable=False, server_default="confirmed"),
)

waiver = _of_person(
    "waiver",
    *period_columns(),
    sa.Column("requirement_id", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("approver", sa.Text, nullable=False),
)

extension = _of_person(
    "extension",
    sa.Column("requirement_id", sa.Text, nullable=False),
    sa.Column("due", sa.Date, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("approver", sa.Text, nullable=False),
)

# ``person_id`` is the manager's: the delegate sees and answers for their team over the period
delegation = _of_person("delegation", *period_columns(), sa.Column("delegate_id", sa.Text, nullable=False))

# Beside the beliefs, who changed them, by which words; rows are added and never touched again.
hr_change = sa.Table(
    "hr_change",
    metadata,
    sa.Column("person_id", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("subject", sa.Text, nullable=False),
    # the belief that the change recorded, or ended where it recorded none
    sa.Column("subject_id", sa.Uuid, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("because", sa.Text, nullable=False),
    sa.Column("before", sa.JSON),
    sa.Column("after", sa.JSON),
    sa.Column("recorded", Instant, nullable=False),
    info=by("person_id"),
)

# Looked up by key for every statement, so every node would hold it whole.
identity = sa.Table(
    "identity",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("actor_key", sa.Uuid, nullable=False),
    # empty: nobody's, of a split only
    sa.Column("person_id", sa.Uuid, index=True),
    # of a split: whose it would be without this row
    sa.Column("instead_of", sa.Uuid),
    sa.Column("tier", sa.Text, nullable=False),
    # what HR gave ("lms_account" or "email" and its value), of which each IFI here is one way to say it
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("ifi", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("since", sa.Date),
    sa.Column("until", sa.Date),
    sa.Column("decision_id", sa.Uuid, index=True),
    *belief_columns(),
    sa.Index("ix_identity_actor_key", "actor_key"),
    # one live identity: an account or address is one person's at a time, of those who may say so
    sa.Index(
        "uq_identity_live",
        "actor_key",
        "tier",
        unique=True,
        sqlite_where=sa.text("until IS NULL AND withdrawn IS NULL AND instead_of IS NULL"),
        postgresql_where=sa.text("until IS NULL AND withdrawn IS NULL AND instead_of IS NULL"),
    ),
    info=REFERENCE,
)

# What people decided about identities: accept, reject, merge, split. An undone decision is withdrawn; its row stays.
# ``subject_id`` is the person it is about, of a merge the record that is given up.
identity_decision = sa.Table(
    "identity_decision",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("actor_key", sa.Uuid),
    sa.Column("actor", sa.JSON(none_as_null=True)),
    sa.Column("subject_id", sa.Uuid, nullable=False, index=True),
    sa.Column("other_id", sa.Uuid, index=True),
    sa.Column("since", sa.Date),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("because", sa.Text, nullable=False),
    sa.Column("undone_by", sa.Text, nullable=False),
    sa.Column("undone_because", sa.Text, nullable=False),
    *belief_columns(),
    sa.Index("ix_identity_decision_recorded", "recorded", "id"),
    # a decision stands once: the database decides who of two people was first
    sa.Index(
        "uq_identity_decision_live",
        "action",
        "actor_key",
        "subject_id",
        unique=True,
        sqlite_where=sa.text("withdrawn IS NULL"),
        postgresql_where=sa.text("withdrawn IS NULL"),
    ),
    sa.Index(
        "uq_identity_decision_merge",
        "subject_id",
        unique=True,
        sqlite_where=sa.text("withdrawn IS NULL AND action = 'merge'"),
        postgresql_where=sa.text("withdrawn IS NULL AND action = 'merge'"),
    ),
    info=REFERENCE,
)

# derived from the merges that stand, chains followed to their end: whom the records of ``person_id`` count for
merged_person = sa.Table(
    "merged_person",
    metadata,
    sa.Column("person_id", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("counts_for", sa.Uuid, nullable=False),
    *belief_columns(),
    info=REFERENCE,
)

roster_import = sa.Table(
    "roster_import",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("gates", sa.JSON, nullable=False),
    sa.Column("accepted", sa.JSON, nullable=False),
    sa.Column("summary", sa.JSON, nullable=False),
    # in words, what the import left wrong: reporting lines that lead nowhere, addresses that two people share
    sa.Column("problems", sa.JSON, nullable=False, server_default=sa.text("'[]'")),
    sa.Column("recorded", Instant, nullable=False, index=True),
    info=REFERENCE,
)

roster_change = sa.Table(
    "roster_change",
    metadata,
    sa.Column("person_id", sa.Uuid, primary_key=True),
    sa.Column("import_id", sa.Uuid, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    info=by("person_id"),
)

# people whom the last snapshot did not list, and since when
unlisted = sa.Table(
    "unlisted",
    metadata,
    sa.Column("person_id", sa.Uuid, primary_key=True),
    sa.Column("since", sa.Date, nullable=False),
    info=by("person_id"),
)
