"""The statement as a whole (xAPI Data 2.4), by version.

A version is a table of properties. What 1.0.3 and 2.0 share, they share as the same check. 2.0 differs in version,
in timestamps and in the context.

Three rules of 1.0.3 are kept for 2.0, although IEEE 9274.1.1 no longer spells them out ("an LRS can reject Statements
for many reasons not specified", 4.2.4.1): revision and platform describe an Activity; a Group as authority is an
application and a user; the lists of an interaction fit its type. A statement that breaks them means nothing to a
reader of either version.
"""

from __future__ import annotations

from typing import Any

from lrs_bridge.errors import Problem
from lrs_bridge.xapi.activities import activity
from lrs_bridge.xapi.actors import agent, agent_or_group, authority, group
from lrs_bridge.xapi.clauses import IEEE, cited
from lrs_bridge.xapi.contexts import (
    about_an_activity,
    attachments,
    context,
    context_2_0,
    result,
    statement_reference,
)
from lrs_bridge.xapi.faults import OK, Check, Faults, capped, fault, under, wrong_type
from lrs_bridge.xapi.instants import is_rfc3339, is_timestamp
from lrs_bridge.xapi.lexical import is_uuid, is_version_1_0, is_version_2_0
from lrs_bridge.xapi.shapes import formatted, iri, language_map, object_of, one_of
from lrs_bridge.xapi.verbs import VOIDED

STATEMENT = "xAPI Data 2.4"
VERB = "xAPI Data 2.4.3"
OBJECT = "xAPI Data 2.4.4"
SUBSTATEMENT = "xAPI Data 2.4.4.3"
VOIDING = "xAPI Data 2.3.2"
TIMESTAMP = "xAPI Data 4.5"

verb = object_of("a verb", VERB, {"id": iri(VERB), "display": language_map}, required=("id",))
timestamp = formatted(
    is_timestamp, "a timestamp of ISO 8601 with date and time", TIMESTAMP, "Write it as 2026-03-31T09:30:00.000Z"
)
timestamp_2_0 = formatted(
    is_rfc3339,
    "a timestamp of RFC 3339 with date, time and zone",
    f"{IEEE} 4.2.7",
    "Write it as 2026-03-31T09:30:00.000Z",
)


def _object_in(checks: dict[str, Check]) -> Check:
    """The object of a statement, by its objectType; without one it is an Activity."""

    def check(value: Any) -> Faults:
        if type(value) is not dict:
            return wrong_type(value, "an object", OBJECT)
        kind = value.get("objectType", "Activity")
        check_kind = checks.get(kind) if type(kind) is str else None
        if check_kind is not None:
            return _missing_object_type(value) or check_kind(value)
        if kind == "SubStatement":
            remedy = "Refer to the other statement by a StatementRef"
            return fault("a SubStatement must not hold another", SUBSTATEMENT, remedy=remedy, place="/objectType")
        return under("/objectType", one_of(tuple(checks), OBJECT)(kind))

    return check


def _missing_object_type(value: dict[str, Any]) -> Faults:
    if "objectType" in value or "id" in value or not ("mbox" in value or "account" in value or "member" in value):
        return OK
    reason = "an Agent or Group as object must say so, for without objectType it is an Activity"
    return fault(reason, "xAPI Data 2.4.4.2", remedy="Add objectType: Agent or Group", place="/objectType")


def _voids_a_statement(statement: dict[str, Any]) -> Faults:
    done, voided = statement.get("verb"), statement.get("object")
    if type(done) is not dict or done.get("id") != VOIDED:
        return OK
    if type(voided) is not dict or voided.get("objectType") == "StatementRef":
        return OK
    reason = "a statement that voids another must have a StatementRef as its object"
    return fault(reason, VOIDING, remedy="Name the statement by its id", place="/object/objectType")


_SHARED: dict[str, Check] = {
    "actor": agent_or_group,
    "verb": verb,
    "result": result,
    "attachments": attachments,
}
_SIMPLE_OBJECTS: dict[str, Check] = {
    "Activity": activity,
    "Agent": agent,
    "Group": group,
    "StatementRef": statement_reference,
}
_RULES = (about_an_activity, _voids_a_statement)
_REQUIRED = ("actor", "verb", "object")


def _never_in_substatement(value: Any) -> Faults:  # noqa: ARG001 - whatever it holds
    return fault("a SubStatement must not have this property", SUBSTATEMENT, remedy="Leave it out")


def _statement_of(version: Check, context_of_version: Check, timestamp_of_version: Check) -> Check:
    """One version's statement: its own ``version``, ``context`` and timestamps, the rest shared."""
    shared = _SHARED | {"context": context_of_version, "timestamp": timestamp_of_version}
    substatement = object_of(
        "a SubStatement",
        SUBSTATEMENT,
        shared
        | {"objectType": one_of(("SubStatement",), SUBSTATEMENT), "object": _object_in(_SIMPLE_OBJECTS)}
        | dict.fromkeys(("id", "stored", "version", "authority"), _never_in_substatement),
        required=_REQUIRED,
        rules=_RULES,
    )
    return object_of(
        "a statement",
        STATEMENT,
        shared
        | {
            "id": formatted(is_uuid, "a UUID", "xAPI Data 2.4.1"),
            "object": _object_in(_SIMPLE_OBJECTS | {"SubStatement": substatement}),
            "stored": timestamp_of_version,
            "authority": authority,
            "version": version,
        },
        required=_REQUIRED,
        rules=_RULES,
    )


_VERSION_1_0 = formatted(is_version_1_0, "1.0 or 1.0.x", "xAPI Data 2.4.10", "Leave it out, or write 1.0.0")
# A 2.0 client may pass on a statement of 1.0, which keeps its version (IEEE 9274.1.1 4.2.4.3). That a version alone
# should not refuse a statement (4.2.4.2) stops short of versions that nobody speaks: they too would be answered as
# they came, to readers who must refuse them.
_VERSION_2_0 = formatted(
    lambda text: is_version_2_0(text) or is_version_1_0(text),
    "2.0.0, or 1.0.x of an earlier statement",
    f"{IEEE} 4.2.2",
    "Leave it out, or write 2.0.0",
)
STATEMENT_OF: dict[str, Check] = {
    "1.0.3": _statement_of(_VERSION_1_0, context, timestamp),
    "2.0.0": _statement_of(_VERSION_2_0, context_2_0, timestamp_2_0),
}


def validate_statement(statement: Any, *, version: str = "1.0.3", pointer: str = "") -> list[Problem]:
    """Every fault of a statement, its place a JSON Pointer that begins with ``pointer``; none: an empty list.

    Any JSON value may be given. ``version`` is one of ``versions.SUPPORTED``. Of more than ``faults.MOST``, the first
    are listed, and one more that says so.
    """
    faults = STATEMENT_OF[version](statement)
    if not faults:
        return []
    return capped(cited(under(pointer, faults) if pointer else faults, version))
