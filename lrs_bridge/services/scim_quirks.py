"""What identity providers send beside RFC 7644, put as it says, before it is read.

Microsoft Entra ID sends booleans as "True" and "False" and a manager as a bare id; Okta sends a path-less PATCH, which
needs nothing here. What cannot be understood is left as it came, for the reader to refuse.
"""

from __future__ import annotations

from typing import Any

import orjson

TRUTHS = {"true": True, "false": False}
BOOLEANS = ("active", "primary")


def put_right(body: bytes) -> bytes:
    """The body of a POST, PUT, PATCH or bulk request."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body
    return orjson.dumps(_request(said)) if isinstance(said, dict) else body


def _request(said: dict[str, Any]) -> dict[str, Any]:
    operations = _key(said, "operations")
    if operations is None:
        return _values(said)
    return said | {operations: [_operation(one) for one in said[operations]]} if _is_list(said[operations]) else said


def _operation(one: Any) -> Any:
    """One of a PATCH, or of a bulk request, which holds a whole request."""
    if not isinstance(one, dict):
        return one
    if (data := _key(one, "data")) and isinstance(one[data], dict):
        return one | {data: _request(one[data])}
    value, path = _key(one, "value"), _key(one, "path")
    if value is None:
        return one
    named = one[path] if path and isinstance(one[path], str) else ""
    return one | {value: _value(named, one[value])}


def _value(path: str, value: Any) -> Any:
    """What stands at ``path``, or below it."""
    last = path.rpartition(":")[2].rpartition(".")[2].casefold()
    if last in BOOLEANS and isinstance(value, str):
        return TRUTHS.get(value.strip().casefold(), value)
    if last == "manager" and isinstance(value, str):
        return {"value": value}
    if isinstance(value, dict):
        return _values(value)
    return [_value("", item) for item in value] if isinstance(value, list) else value


def _values(said: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(name, value) for name, value in said.items()}


def _key(said: dict[str, Any], name: str) -> str | None:
    """Names of members have no case (RFC 7643 2.1)."""
    return next((key for key in said if key.casefold() == name), None)


def _is_list(value: Any) -> bool:
    return isinstance(value, list)
