"""JSON that means one thing only: what is refused, where, and that nothing is reinterpreted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrs_bridge.errors import RequestRefused, StatementRefused
from lrs_bridge.xapi.parsing import DEEPEST, parse_json, parse_statements


def refused(body: bytes) -> list[str]:
    with pytest.raises(RequestRefused) as caught:
        parse_json(body)
    return [problem.place for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("body", "places"),
    [
        (b'{"a":1,"a":2}', ["/a"]),
        (b'{"a":1,"a":1}', ["/a"]),
        (b'{"a" : 1 , "a"\n:\t2}', ["/a"]),
        (b'{"a":1,"\\u0061":2}', ["/a"]),
        (b'{"":1,"":2}', ["/"]),
        (b'{"a/b":1,"a~":{"x":1,"x":2},"a/b":3}', ["/a~0/x", "/a~1b"]),
        (b'[{"a":1},{"b":{"c":1,"c":2}}]', ["/1/b/c"]),
        (b'{"a":{"b":1},"a":{"c":2}}', ["/a"]),
        (b'{"a":{"b":1,"b":2},"a":3}', ["/a/b", "/a"]),
        (b'{"a":1,"a":2,"a":3}', ["/a", "/a"]),
        # a repeat beside texts that look like the end of a name, or that hide one in an escape
        (b'{"a":":","b":"x\\":y","a":1}', ["/a"]),
        (b'{"a":"\\u0022:","b":1,"b":2}', ["/b"]),
        (b'{"a\\"":1,"a\\u0022":2}', ['/a"']),
        (b'{"\\\\":1,"\\\\":2}', ["/\\"]),
        (b'{"a":123456789012345678901234567890,"a":1}', ["/a"]),
        (b'{"a":%s,"a":1}' % (b"9" * 300), ["/a"]),
    ],
)
def test_a_name_comes_once(body: bytes, places: list[str]) -> None:
    assert refused(body) == places


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b"", "line 1, column 1"),
        (b" ", "line 1, column 1"),
        (b"{", "line 1, column 2"),
        (b"{'a':1}", "line 1, column 2"),
        (b'{"a":1,}', "line 1, column 7"),
        (b'{"a":1}\n{"a":1}', "line 2, column 1"),
        (b'{\n "a": 1\n "b": 2}', "line 3, column 2"),
        (b"NaN", "line 1, column 1"),
        (b'{"a":NaN}', "line 1, column 6"),
        (b'{"a":Infinity}', "line 1, column 6"),
        (b'{"a":-Infinity}', "line 1, column 7"),
        (b'{"a":1e999}', "line 1, column 6"),
        (b'{"a":01}', "line 1, column 6"),
        (b'{"a":+1}', "line 1, column 6"),
        (b'{"a":.5}', "line 1, column 6"),
        (b'{"a":0x1}', "line 1, column 7"),
        (b'{"a":True}', "line 1, column 6"),
        (b'{"a":undefined}', "line 1, column 6"),
        (b"/* c */{}", "line 1, column 1"),
        (b'{"a":"\\ud800"}', "line 1, column 7"),
        (b'{"a":"\\udc00"}', "line 1, column 7"),
        (b'{"a":"\\ud800\\ud800"}', "line 1, column 7"),
        (b'{"a":"\x00"}', "line 1, column 7"),
        (b'{"a":"\n"}', "line 1, column 7"),
        (b'{"a":"\\x"}', "line 1, column 7"),
        (b"\xef\xbb\xbf{}", "line 1, column 1"),
        ('{"a":1}'.encode("utf-16"), "line 1, byte 1"),
        (b'{"a":\n"\xff"}', "line 2, byte 2"),
        (b'{"a":"\xc3"}', "line 1, byte 7"),
        (b'{"a":"\xed\xa0\x80"}', "line 1, byte 7"),  # a surrogate in UTF-8
        (b'{"a":"\xc0\xaf"}', "line 1, byte 7"),  # overlong
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), ""),
        (b'{"a":' * (DEEPEST + 1) + b"1" + b"}" * (DEEPEST + 1), ""),
        (b'{"a":' + b"[" * 1000 + b"]" * 1000 + b',"a":1}', ""),  # as deep as it gets, in a member that is dropped
    ],
)
def test_refused_with_its_place(body: bytes, place: str) -> None:
    assert refused(body)[0] == place


def test_too_deep_for_any_reader() -> None:
    assert len(refused(b"[" * 100_000)) == 1


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"{}", {}),
        (b" [ ] ", []),
        (b'{"a":":b","c":"\\":d"}', {"a": ":b", "c": '":d'}),
        (b'{":":{":":":"}}', {":": {":": ":"}}),
        (b'{"a":1,"A":2}', {"a": 1, "A": 2}),
        (b'[{"a":1},{"a":2}]', [{"a": 1}, {"a": 2}]),
        (b'{"a":{"a":{"a":1}}}', {"a": {"a": {"a": 1}}}),
        (b'{"a":"\\ud83d\\ude00"}', {"a": "\U0001f600"}),
        ('{"ключ":"значение"}'.encode(), {"ключ": "значение"}),
        (b'{"a":"\\u0000"}', {"a": "\x00"}),
        (b"[1.0,1e2,-0.5,0.12123434]", [1.0, 100.0, -0.5, 0.12123434]),
        (b"[9223372036854775807,18446744073709551615]", [9223372036854775807, 18446744073709551615]),
        (b"[123456789012345678901234567890]", [123456789012345678901234567890.0]),
        (b"[" * DEEPEST + b"]" * DEEPEST, None),
    ],
)
def test_accepted_as_it_is(body: bytes, value: Any) -> None:
    parsed = parse_json(body)
    assert value is None or (parsed == value and repr(parsed) == repr(value))


@pytest.mark.parametrize(
    ("body", "statements"),
    [(b"[]", []), (b'{"a":1}', [{"a": 1}]), (b'[{"a":1},{"b":2}]', [{"a": 1}, {"b": 2}]), (b"[1,null]", [1, None])],
)
def test_statements(body: bytes, statements: list[Any]) -> None:
    assert parse_statements(body) == statements


@pytest.mark.parametrize("body", [b"null", b'"text"', b"12", b"true"])
def test_no_statements(body: bytes) -> None:
    with pytest.raises(StatementRefused):
        parse_statements(body)


NAMES = st.sampled_from(["a", "b", ":", '"', '":', "\\", "a:", ' "', "é", ""])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.lists(st.tuples(NAMES, inner), max_size=4).map(tuple),
    max_leaves=12,
)


def written(value: Any, spaces: str) -> str:
    """JSON of a value whose objects are tuples of pairs, repeats and all."""
    if isinstance(value, tuple):
        return "{" + ",".join(f"{json.dumps(k)}{spaces}:{written(v, spaces)}" for k, v in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(written(item, spaces) for item in value) + "]"
    return json.dumps(value)


def objects(value: Any) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, tuple):
        yield value
        for _, child in value:
            yield from objects(child)
    elif isinstance(value, list):
        for child in value:
            yield from objects(child)


@settings(max_examples=300, deadline=None)
@given(VALUES, st.sampled_from(["", " ", "\n\t"]))
def test_a_body_is_accepted_exactly_if_no_name_repeats(value: Any, spaces: str) -> None:
    body = written(value, spaces).encode()
    repeats = any(len(dict(members)) < len(members) for members in objects(value))
    if repeats:
        assert refused(body)
    else:
        assert parse_json(body) == json.loads(body)


@given(st.binary(max_size=60))
def test_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        parse_json(body)
    except RequestRefused as refusal:
        problems = refusal.problems
    else:
        return
    assert problems
