"""The 22 batches that a real Moodle sent, word for word, over HTTP with a compat credential: nothing is lost."""

from __future__ import annotations

import json

import sqlalchemy as sa
from flask import Flask

from lrs_bridge.demo import moodle_batches
from lrs_bridge.services.quarantine import list_held
from lrs_bridge.storage.schema.statements import statement, statement_repair
from tests.callers import Caller, bridge_of

BATCHES = moodle_batches()


def test_every_batch_is_answered_with_ids_and_stored(app_on_each: Flask) -> None:
    moodle = Caller.of(app_on_each, "statements/write", "define", compat=True)
    answered: list[str] = []
    for body in BATCHES:
        answer = moodle.call("POST", data=body, content_type="application/json")
        assert answer.status_code == 200, answer.text
        ids = answer.get_json()
        assert len(ids) == len(json.loads(body))  # of an empty body too: []
        answered += ids
    assert (len(BATCHES), len(answered), len(set(answered))) == (22, 916, 916)
    bridge = bridge_of(app_on_each)
    with bridge.database.reading() as connection:
        assert {str(found) for found in connection.scalars(sa.select(statement.c.id))} == set(answered)
        repairs = list(connection.scalars(sa.select(statement_repair.c.problems)))
    assert len(repairs) == 22
    assert {problem["place"] for problems in repairs for problem in problems} == {"/result/response"}
    assert list_held(bridge).total == 0
