"""JSON from HR to a table: a list of objects whose names are the columns."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any

from lrs_bridge.roster.sheets import NUMBER_AS_TEXT, Fault, Findings, Layout, RawRow, RawTable, recognised

Pairs = list[tuple[str, Any]]

# an opening bracket alone may begin a CSV header; what follows it in JSON may not
_JSON_START = re.compile(rb"\s*(\[\s*[\[{\]\"\d]|\{\s*[\"}])")
_SPACES = re.compile(r"\s*")
_WRAPPER = re.compile(r'\s*\{\s*"(?:[^"\\]|\\.)*"\s*:\s*(?=\[)')
_LIST = Fault("this JSON is no list of objects", 'Write [{"employee_id": "000123", …}, …].')


def is_json(raw: bytes) -> bool:
    return _JSON_START.match(raw.removeprefix(codecs.BOM_UTF8)) is not None


def read_json(raw: bytes, *, layout: Layout, findings: Findings) -> RawTable:
    """The whole file as a table; each row is at the line where its object begins. RosterRefused when it is damaged."""
    text = _decoded(raw, findings)
    findings.refuse_errors()
    found = list(_objects(text, findings))
    findings.refuse_errors()
    header = list(dict.fromkeys(name for _, pairs in found for name, _ in pairs))
    read = frozenset(name for name in header if recognised([name], layout))
    free = frozenset(name for name in read if recognised([name], Layout(layout.structured, ())))
    plain = [
        (line, {name: _json_of(value) if name in free else value for name, value in pairs}) for line, pairs in found
    ]
    rows = [_row(line, values, header, read, findings) for line, values in plain]
    return RawTable(RawRow(1, header), rows, "UTF-8", "JSON")


def _decoded(raw: bytes, findings: Findings) -> str:
    try:
        return raw.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        words = f"the bytes at position {error.start:,} are no letters in UTF-8: wrong encoding, or a damaged file"
        findings.add(raw.count(b"\n", 0, error.start) + 1, "", Fault(words, "JSON is UTF-8 (RFC 8259 8.1)."))
        return ""


def _objects(text: str, findings: Findings) -> Iterator[tuple[int, Pairs]]:
    """Each object as pairs, so that a repeated name is seen, with its line; a fault ends the reading."""
    decoder = json.JSONDecoder(object_pairs_hook=_Object)
    at = _start(text)
    if at is None:
        findings.add(1, "", _LIST)
        return
    try:
        while (at := _after_spaces(text, at)) < len(text) and text[at] != "]":
            line = text.count("\n", 0, at) + 1
            value, at = decoder.raw_decode(text, at)
            yield from _checked(value, line, findings)
            at = _after_comma(text, at)
    except (json.JSONDecodeError, RecursionError) as error:
        place = error.pos if isinstance(error, json.JSONDecodeError) else at
        fault = Fault("the JSON cannot be read from here: damaged or cut off", "Export or transfer it again.")
        findings.add(text.count("\n", 0, place) + 1, "", fault)
        return
    if at >= len(text):
        fault = Fault("the list never ends: the file was cut off", "Export or transfer it again.")
        findings.add(text.count("\n") + 1, "", fault)


class _Object(list[Any]):
    """The pairs of a JSON object: unlike a dict, it keeps a name that comes twice."""


def _start(text: str) -> int | None:
    """Just inside the list; HR systems wrap it in an object such as ``{"employees": […]}``."""
    wrapper = _WRAPPER.match(text)
    at = wrapper.end() if wrapper else _after_spaces(text, 0)
    return at + 1 if text[at : at + 1] == "[" else None


def _after_spaces(text: str, at: int) -> int:
    found = _SPACES.match(text, at)
    return found.end() if found else at


def _after_comma(text: str, at: int) -> int:
    at = _after_spaces(text, at)
    if text[at : at + 1] in {"]", ""}:
        return at
    if text[at] != ",":
        raise json.JSONDecodeError("Expecting ',' delimiter", text, at)
    return at + 1


def _checked(value: Any, line: int, findings: Findings) -> Iterator[tuple[int, Pairs]]:
    if not isinstance(value, _Object):
        findings.add(line, "", Fault(f"this entry of the list is no object: {str(value)[:40]}", _LIST.remedy))
        return
    names = [name for name, _ in value]
    for name in {name for name in names if names.count(name) > 1}:
        findings.add(line, name, Fault(f'"{name}" is there twice in one object', "Keep one of them."))
    yield line, value


def _row(line: int, values: dict[str, Any], header: list[str], read: frozenset[str], findings: Findings) -> RawRow:
    for name in read - set(values):
        findings.tally(line, name, "not in this object: taken as blank")
    texts = {name: _text(line, name, value, findings) for name, value in values.items() if name in read}
    return RawRow(line, [texts.get(name, "") for name in header])


def _json_of(value: Any) -> Any:
    """The JSON text of a number, list or object of a structured column; names that come twice still do."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, _Object):
        return "{" + ", ".join(f"{json.dumps(name)}: {_inner(one)}" for name, one in value) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inner, value)) + "]"
    return json.dumps(value)


def _inner(value: Any) -> str:
    return json.dumps(value) if value is None or isinstance(value, str) else str(_json_of(value))


def _text(line: int, name: str, value: Any, findings: Findings) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        findings.tally(line, name, NUMBER_AS_TEXT)
        return str(value)
    findings.add(line, name, Fault(f"{name} is neither a text nor a whole number here", 'Write "text" or null.'))
    return ""
