"""Whatever comes in, the pure floor of xAPI answers with a value or a refusal, and what it accepts it can work with.

By hand: ``python -m tests.fuzz.xapi -max_total_time=600`` (every option of libFuzzer; a folder as argument keeps the
corpus). A crash is written to ``crash-…`` in the current folder; give that file as argument to see it again.
"""

from __future__ import annotations

import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

import atheris
import orjson

from tests.fuzz.mutation import change

with atheris.instrument_imports(include=["lrs_bridge.xapi", "lrs_bridge.domain.actors"]):
    from lrs_bridge.errors import Problem, Refused
    from lrs_bridge.xapi.equivalence import equivalent
    from lrs_bridge.xapi.facts import facts_of
    from lrs_bridge.xapi.faults import MOST
    from lrs_bridge.xapi.links import links_of
    from lrs_bridge.xapi.parsing import parse_json, parse_statements
    from lrs_bridge.xapi.query import parse_query
    from lrs_bridge.xapi.repairs import repair_statement
    from lrs_bridge.xapi.stamping import stamp
    from lrs_bridge.xapi.validation import validate_statement
    from lrs_bridge.xapi.versions import SUPPORTED

SAMPLES = Path(__file__).parent.parent / "samples" / "xapi"
STORED = datetime(2026, 3, 31, 9, 30, tzinfo=UTC)
AUTHORITY = {"objectType": "Agent", "account": {"homePage": "https://lrs.example.com", "name": "key"}}
QUERY = b"?"
"""The first byte of an input that is a query string; every other input is a body."""
LONGEST_PROBLEM = 10_000


def seeds() -> list[bytes]:
    """Real and whole statements of both versions, and queries."""
    whole = [(SAMPLES / name).read_bytes() for name in ("whole_statement.json", "whole_statement_2_0.json")]
    moodle = (SAMPLES / "moodle_statements.jsonl").read_bytes().splitlines()
    agent = '{"objectType":"Agent","mbox":"mailto:a@example.com"}'
    queries = [
        {"agent": agent, "verb": "https://example.com/v", "related_agents": "true", "since": "2026-03-31T09:30:00Z"},
        {"statementId": str(UUID(int=7)), "format": "ids", "attachments": "false"},
        {"activity": "https://example.com/a", "limit": "10", "until": "2026-03-31T09:30:00+02:00", "ascending": "true"},
    ]
    batch = b"[%b,%b]" % (moodle[0], whole[1])
    return [*whole, *moodle, batch, *(QUERY + urlencode(query).encode() for query in queries)]


def one_input(data: bytes) -> None:
    """Raises whatever must not happen."""
    if data.startswith(QUERY):
        _query(data[1:].decode(errors="surrogateescape"))
    else:
        _body(data)


def _query(text: str) -> None:
    pairs = parse_qsl(text, keep_blank_values=True)
    for version in SUPPORTED:
        try:
            parse_query(pairs, version)
        except Refused as refused:
            _tells(refused.problems)


def _body(data: bytes) -> None:
    try:
        statements = parse_statements(data)
    except Refused as refused:
        _tells(refused.problems)
        return
    for version in SUPPORTED:
        for statement in statements[:3]:
            problems = validate_statement(statement, version=version)
            _tells(problems)
            if not problems:
                _works(statement, version)
            elif type(statement) is dict:
                repair_statement(statement)


def _tells(problems: Any) -> None:
    """Every problem has words, and there are not too many of them."""
    assert len(problems) <= MOST + 1
    for problem in problems:
        assert type(problem) is Problem
        assert problem.reason
        assert len(str(problem)) < LONGEST_PROBLEM


def _works(statement: dict[str, Any], version: str) -> None:
    """A valid statement is stamped, stays valid, is found by its links, and equals itself."""
    before = orjson.dumps(statement)
    stamped = stamp(statement, statement_id=UUID(int=7), stored=STORED, authority=AUTHORITY, version=version)
    assert orjson.dumps(statement) == before
    assert not validate_statement(stamped, version=version)
    links = links_of(stamped)
    assert links.agents
    facts_of(stamped)
    again = parse_json(orjson.dumps(stamped))
    assert links_of(again) == links
    assert equivalent(stamped, again)
    assert equivalent(stamped, statement)


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """Two in three times a change in the structure of the JSON, else whatever libFuzzer does to bytes."""
    random = Random(seed)
    if random.random() < 0.67:  # noqa: SIM102 - the second condition parses
        if changed := _changed(data, random):
            return changed[:max_size]
    return bytes(atheris.Mutate(data, len(data)))


def _changed(data: bytes, random: Random) -> bytes:
    if data.startswith(QUERY):
        return b""
    try:
        value = orjson.loads(data)
        for _ in range(random.randint(1, 3)):
            value = change(value, random)
        return orjson.dumps(value)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError, RecursionError):
        return b""


def main(argv: list[str]) -> None:
    """libFuzzer ends its process without a word to Python, so it gets one of its own, and the seeds are cleared."""
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(seeds()):
            (Path(folder) / f"seed-{number}").write_bytes(seed)
        child = os.fork()
        if not child:
            given_files = any(Path(argument).is_file() for argument in argv[1:])  # which are run once, alone
            atheris.Setup(argv if given_files else [*argv, folder], one_input, custom_mutator=mutate)
            atheris.Fuzz()
        _, status = os.waitpid(child, 0)
    sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main(sys.argv)
