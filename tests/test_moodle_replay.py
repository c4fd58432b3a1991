"""The 22 batches that a real Moodle sent, word for word, over HTTP with a compat credential: nothing is lost."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from flask import Flask

from lrs_bridge.demo import moodle_batches
from lrs_bridge.services.quarantine import list_held
from lrs_bridge.storage.schema.statements import statement, statement_repair
from tests.callers import Caller, bridge_of

BATCHES = moodle_batches()
AS_MOODLE = {"X-Experience-API-Version": "1.0.0"}


def without_nulls(value: Any) -> Any:
    """The one repair that these statements need."""
    if isinstance(value, dict):
        return {name: without_nulls(item) for name, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def test_every_batch_is_answered_with_ids_and_stored(app_on_each: Flask) -> None:
    moodle = Caller.of(app_on_each, "statements/write", "define", compat=True)
    answered: list[str] = []
    for body in BATCHES:
        answer = moodle.call("POST", data=body, content_type="application/json", headers=AS_MOODLE)
        assert answer.status_code == 200, answer.text
        ids = answer.get_json()
        assert len(ids) == len(json.loads(body))  # of an empty body too: []
        answered += ids
    assert (len(BATCHES), len(answered), len(set(answered))) == (22, 916, 916)
    bridge = bridge_of(app_on_each)
    with bridge.database.reading() as connection:
        stored = {str(row.id): json.loads(row.raw) for row in connection.execute(sa.select(statement))}
        repairs = list(connection.scalars(sa.select(statement_repair.c.problems)))
    sent = [one for body in BATCHES for one in json.loads(body)]
    for given, statement_id in zip(sent, answered, strict=True):
        kept = stored.pop(statement_id)
        assert {name: kept[name] for name in given} == without_nulls(given)
        assert set(kept) - set(given) == {"id", "stored", "authority", "version"}
    assert stored == {}
    assert len(repairs) == 22
    assert {problem["place"] for problems in repairs for problem in problems} == {"/result/response"}
    assert list_held(bridge).total == 0
