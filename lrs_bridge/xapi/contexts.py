"""Result, context, attachments and references: the optional parts of a statement (xAPI Data 2.4.4.3 to 2.4.11)."""

from __future__ import annotations

from typing import Any

from lrs_bridge.xapi.activities import activity
from lrs_bridge.xapi.actors import agent, agent_or_group, group
from lrs_bridge.xapi.clauses import IEEE
from lrs_bridge.xapi.faults import OK, Check, Faults, fault, pointer, shown, under, wrong_type
from lrs_bridge.xapi.lexical import is_duration, is_irl, is_language_tag, is_media_type, is_sha2, is_uuid
from lrs_bridge.xapi.shapes import (
    boolean,
    extensions,
    formatted,
    iri,
    language_map,
    list_of,
    number,
    object_of,
    one_of,
    text,
)

RESULT = "xAPI Data 2.4.5"
SCORE = "xAPI Data 2.4.5.1"
CONTEXT = "xAPI Data 2.4.6"
CONTEXT_ACTIVITIES = "xAPI Data 2.4.6.2"
REFERENCE = "xAPI Data 2.4.4.3"
ATTACHMENT = "xAPI Data 2.4.11"
SIGNATURE = "xAPI Data 2.6"

SIGNATURE_USAGE = "http://adlnet.gov/expapi/attachments/signature"

statement_reference = object_of(
    "a StatementRef",
    REFERENCE,
    {
        "objectType": one_of(("StatementRef",), REFERENCE),
        "id": formatted(is_uuid, "the UUID of a statement", REFERENCE),
    },
    required=("objectType", "id"),
)


def _in_range(score: dict[str, Any]) -> Faults:
    """scaled within -1 and 1, min below max, raw between them."""
    if any(number(value) for name, value in score.items() if name in ("scaled", "raw", "min", "max")):
        return OK  # reported where it stands
    faults = OK
    scaled, raw, low, high = (score.get(name) for name in ("scaled", "raw", "min", "max"))
    if scaled is not None and not -1 <= scaled <= 1:
        remedy = "Give 0.8 for 80 %"
        faults += fault(f"must be between -1 and 1, but is {scaled}", SCORE, remedy=remedy, place="/scaled")
    if low is not None and high is not None and not low < high:
        faults += fault(f"must be less than max, but {low} is not less than {high}", SCORE, place="/min")
    if raw is not None and low is not None and raw < low:
        faults += fault(f"must not be less than min, but {raw} is less than {low}", SCORE, place="/raw")
    if raw is not None and high is not None and raw > high:
        faults += fault(f"must not be more than max, but {raw} is more than {high}", SCORE, place="/raw")
    return faults


score = object_of("a score", SCORE, {"scaled": number, "raw": number, "min": number, "max": number}, rules=(_in_range,))
result = object_of(
    "a result",
    RESULT,
    {
        "score": score,
        "success": boolean,
        "completion": boolean,
        "response": text,
        "duration": formatted(is_duration, "a duration of ISO 8601", "xAPI Data 4.6", "Write PT1H30M for 90 minutes"),
        "extensions": extensions,
    },
)

_activities = list_of(activity, "Activities", CONTEXT_ACTIVITIES)


def one_or_more_activities(value: Any) -> Faults:
    """A single Activity is allowed for the sake of version 0.95; the LRS answers with a list (see ``stamping``)."""
    if type(value) is list:
        return _activities(value)
    if type(value) is dict:
        return activity(value)
    return wrong_type(value, "a list of Activities", CONTEXT_ACTIVITIES)


CONTEXT_ACTIVITY_KEYS = ("parent", "grouping", "category", "other")

CONTEXT_PROPERTIES = {
    "registration": formatted(is_uuid, "a UUID", "xAPI Data 2.4.6.1"),
    "instructor": agent_or_group,
    "team": group,
    "contextActivities": object_of(
        "contextActivities", CONTEXT_ACTIVITIES, dict.fromkeys(CONTEXT_ACTIVITY_KEYS, one_or_more_activities)
    ),
    "revision": text,
    "platform": text,
    "language": formatted(is_language_tag, "a language tag of RFC 5646", CONTEXT, "Write a tag such as en or pt-BR"),
    "statement": statement_reference,
    "extensions": extensions,
}
context = object_of("a context", CONTEXT, CONTEXT_PROPERTIES)

CONTEXT_2_0 = f"{IEEE} 4.2.2.5"
_relevant_type_list = list_of(iri(CONTEXT_2_0), "IRIs", CONTEXT_2_0)


def relevant_types(value: Any) -> Faults:
    """1 or more; that there is none is said by leaving the property out."""
    if value != []:
        return _relevant_type_list(value)
    return fault("must hold one IRI or more, but is empty", CONTEXT_2_0, remedy="Leave relevantTypes out")


def _related(kind: str, name: str, check_actor: Check) -> Check:
    """A contextAgent or contextGroup: who, and as what."""
    related = object_of(
        f"a {kind}",
        CONTEXT_2_0,
        {"objectType": one_of((kind,), CONTEXT_2_0), name: check_actor, "relevantTypes": relevant_types},
        required=("objectType", name),
    )
    return list_of(related, f"{kind} objects", CONTEXT_2_0)


context_2_0 = object_of(
    "a context",
    CONTEXT,
    CONTEXT_PROPERTIES
    | {
        "contextAgents": _related("contextAgent", "agent", agent),
        "contextGroups": _related("contextGroup", "group", group),
    },
)


def _octets(value: Any) -> Faults:
    if type(value) is not int:
        return wrong_type(value, "a whole number", ATTACHMENT) if type(value) is not float else _not_whole(value)
    return OK if value >= 0 else fault(f"must not be negative, but is {value}", ATTACHMENT)


def _not_whole(value: float) -> Faults:
    return fault(f"must be a whole number, but is {value}", ATTACHMENT)


def _signature_is_octets(attachment: dict[str, Any]) -> Faults:
    media_type = attachment.get("contentType")
    if attachment.get("usageType") != SIGNATURE_USAGE or type(media_type) is not str:
        return OK
    if media_type == "application/octet-stream":
        return OK
    reason = f"a signature must be application/octet-stream, but is {shown(media_type)}"
    return fault(reason, SIGNATURE, place="/contentType")


attachment = object_of(
    "an attachment",
    ATTACHMENT,
    {
        "usageType": iri(ATTACHMENT),
        "display": language_map,
        "description": language_map,
        "contentType": formatted(is_media_type, "a media type such as application/pdf", ATTACHMENT),
        "length": _octets,
        "sha2": formatted(is_sha2, "a SHA-2 digest in hexadecimal", ATTACHMENT),
        "fileUrl": formatted(is_irl, "an IRL with a scheme", ATTACHMENT),
    },
    required=("usageType", "display", "contentType", "length", "sha2"),
    rules=(_signature_is_octets,),
)
attachments = list_of(attachment, "attachments", ATTACHMENT)


def about_an_activity(statement: dict[str, Any]) -> Faults:
    """revision and platform describe an Activity, so only a statement about one may have them (Data 2.4.6)."""
    subject, place = statement.get("object"), statement.get("context")
    if type(subject) is not dict or type(place) is not dict or "objectType" not in subject:
        return OK
    if subject["objectType"] not in ("Agent", "Group", "StatementRef", "SubStatement"):
        return OK
    reason = "may only be used when the object of the statement is an Activity"
    return tuple(
        problem
        for name in ("revision", "platform")
        if name in place
        for problem in under(pointer("context", name), fault(reason, CONTEXT, remedy="Leave it out"))
    )
