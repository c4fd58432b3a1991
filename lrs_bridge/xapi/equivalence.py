"""Whether two statements say the same (xAPI Data 2.3.1, "Statement Comparison Requirements").

Differences that an LRS, or the exceptions to immutability, can have caused are ignored:
- id, stored, authority and version, which the LRS assigns; a timestamp, where one of the two has none;
- another spelling of the same instant (precision below a millisecond included, Data 4.5);
- definitions of Activities and the display of verbs, which are not part of a statement;
- attachments, which are not part of it either (and a signature is made before itself is attached, Data 2.6);
- the order of the members of a Group; a single context Activity and the list of it;
- the case of what has no case: UUIDs, SHA-1 digests, language tags, the domain of an email address.
Every other difference counts, that of a duration's spelling too; only what is finer than 0.01 s does not (Data 4.6).

xAPI 2.0 ignores more: the LRS "shall specifically not consider" the timestamp, nor upper and lower case wherever it
stands (IEEE 9274.1.1 4.2, Statement Immutability). The result and the context, of which it lists the duration only,
are compared all the same: another score under the same id is no repeat, and a 409 says so (4.1.6.1).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import orjson

from lrs_bridge.xapi.contexts import CONTEXT_ACTIVITY_KEYS
from lrs_bridge.xapi.instants import parse_timestamp
from lrs_bridge.xapi.lexical import is_version_2_0

_MILLISECOND = 0.001
_FINER_SECONDS = re.compile(r"([.,][0-9]{2})[0-9]+S")


def equivalent(a: dict[str, Any], b: dict[str, Any]) -> bool:
    """Whether ``a`` and ``b``, both valid, stamped or not, match; the ids are not looked at.

    By the rules of 2.0 if either says that it is a statement of 2.0, which every one does that was stamped as such.
    """
    if is_version_2_0(a.get("version", "")) or is_version_2_0(b.get("version", "")):
        return _same(_without_case(_essence(a)), _without_case(_essence(b)))
    return (
        _same(_essence(a), _essence(b))
        and _same_instant(a.get("timestamp"), b.get("timestamp"))
        and _same_instant(a["object"].get("timestamp"), b["object"].get("timestamp"))  # of a SubStatement
        and ("timestamp" in a["object"]) == ("timestamp" in b["object"])  # the LRS adds none there
    )


def _essence(statement: dict[str, Any]) -> dict[str, Any]:
    """What is left of a statement when all that may differ is gone or spelt in one way."""
    return _mapped(
        {name: statement[name] for name in ("actor", "verb", "object", "result", "context") if name in statement},
        {"actor": _actor, "verb": _verb, "object": _object, "result": _result, "context": _context},
    )


def _mapped(value: dict[str, Any], spelling: dict[str, Callable[[Any], Any]]) -> dict[str, Any]:
    return {name: spelling[name](item) if name in spelling else item for name, item in value.items()}


def _without_case(value: Any) -> Any:
    if type(value) is str:
        return value.casefold()
    if type(value) is list:
        return [_without_case(item) for item in value]
    if type(value) is dict:
        return {name: _without_case(item) for name, item in value.items()}
    return value


def _verb(verb: dict[str, Any]) -> dict[str, Any]:
    return {"id": verb["id"]}


def _activity(activity: dict[str, Any]) -> dict[str, Any]:
    return {name: activity[name] for name in ("objectType", "id") if name in activity}


def _mbox(mbox: str) -> str:
    local, _, domain = mbox.rpartition("@")
    return f"{local}@{domain.lower()}"


def _actor(actor: dict[str, Any]) -> dict[str, Any]:
    return _mapped(actor, {"mbox": _mbox, "mbox_sha1sum": str.lower, "member": _members})


def _members(members: list[dict[str, Any]]) -> list[dict[str, Any]]:
    def order(member: dict[str, Any]) -> tuple[str, str]:
        spelt = orjson.dumps(member, option=orjson.OPT_SORT_KEYS).decode()
        return spelt.casefold(), spelt  # the same order whether case counts or not

    return sorted(map(_actor, members), key=order)


def _object(value: dict[str, Any]) -> dict[str, Any]:
    kind = value.get("objectType", "Activity")
    if kind in ("Agent", "Group"):
        return _actor(value)
    if kind == "StatementRef":
        return _reference(value)
    if kind == "SubStatement":
        return {"objectType": kind} | _essence(value)
    return _activity(value)


def _reference(reference: dict[str, Any]) -> dict[str, Any]:
    return _mapped(reference, {"id": str.lower})


def _result(result: dict[str, Any]) -> dict[str, Any]:
    return _mapped(result, {"duration": lambda duration: _FINER_SECONDS.sub(r"\1S", duration)})


def _context(context: dict[str, Any]) -> dict[str, Any]:
    spelling: dict[str, Callable[[Any], Any]] = {
        "registration": str.lower,
        "instructor": _actor,
        "team": _actor,
        "language": str.lower,
        "statement": _reference,
        "contextAgents": lambda related: [_mapped(item, {"agent": _actor}) for item in related],
        "contextGroups": lambda related: [_mapped(item, {"group": _actor}) for item in related],
        "contextActivities": lambda by_key: _mapped(by_key, dict.fromkeys(CONTEXT_ACTIVITY_KEYS, _activities)),
    }
    return _mapped(context, spelling)


def _activities(value: Any) -> list[dict[str, Any]]:
    return [_activity(activity) for activity in (value if type(value) is list else [value])]


def _same_instant(a: str | None, b: str | None) -> bool:
    if a is None or b is None or a == b:
        return True
    first, second = parse_timestamp(a), parse_timestamp(b)
    return first is not None and second is not None and abs((first - second).total_seconds()) < _MILLISECOND


def _same(a: Any, b: Any) -> bool:
    """Equal as JSON: ``1`` is ``1.0`` but not ``true``."""
    if type(a) is dict and type(b) is dict:
        return a.keys() == b.keys() and all(_same(value, b[name]) for name, value in a.items())
    if type(a) is list and type(b) is list:
        return len(a) == len(b) and all(map(_same, a, b))
    return bool(a == b) and (type(a) is bool) == (type(b) is bool)
