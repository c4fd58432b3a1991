"""A poller that follows the cursor sees every statement exactly once, whoever writes at the same time."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import orjson
import pytest
import sqlalchemy as sa

from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.query_statements import Place, Reader, statement_page, watermark
from lrs_bridge.services.record_statements import record_statements
from lrs_bridge.storage import watermark as module
from lrs_bridge.storage.schema.statements import statement as table
from lrs_bridge.storage.watermark import open_writer
from lrs_bridge.xapi.instants import render_instant
from tests.statements import recorder, statement

WRITERS, BATCHES, SIZE = 6, 12, 5


def follow(bridge: Bridge, since: str, seen: list[str]) -> str:
    """One poll: everything after ``since``, by ``more``; returns the stored of the last."""
    params = {"ascending": "true", "limit": "7"} | ({"since": since} if since else {})
    place = Place(params)
    while True:
        page = statement_page(bridge, place, more_path="/xapi/statements", reader=Reader())
        body = orjson.loads(page.body)
        for found in body["statements"]:
            seen.append(found["id"])
            since = found["stored"]
        if not body["more"]:
            return since
        place = Place.of_token(body["more"].partition("more=")[2])


def test_a_poller_misses_nothing_while_others_write(bridge: Bridge) -> None:
    written: list[str] = []
    done = threading.Event()

    def write(writer: int) -> None:
        for _ in range(BATCHES):
            ids = record_statements(bridge, [statement() for _ in range(SIZE)], by=recorder())
            written.extend(map(str, ids))

    def poll() -> list[str]:
        seen: list[str] = []
        since = ""
        while True:
            last = done.is_set()
            since = follow(bridge, since, seen)
            if last:
                return seen

    with ThreadPoolExecutor(WRITERS + 1) as pool:
        polling = pool.submit(poll)
        for each in [pool.submit(write, number) for number in range(WRITERS)]:
            each.result()
        done.set()
        seen = polling.result()
    assert len(seen) == len(set(seen)) == WRITERS * BATCHES * SIZE
    assert set(seen) == set(written)


@pytest.mark.postgresql
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_watermark_stays_below_an_open_writer(bridge: Bridge) -> None:
    with bridge.database.writing() as slow:
        first = open_writer(slow)
        time.sleep(0.01)
        record_statements(bridge, [statement()], by=recorder())
        assert watermark(bridge) < first, "the slow writer may still store below what is stored already"
    assert watermark(bridge) > first


def test_the_clock_may_step_back(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [record_statements(bridge, [statement()], by=recorder())[0]]
    before = watermark(bridge)
    past = sa.text("SELECT now() - interval '1 hour'")
    monkeypatch.setattr(module, "DATABASE_CLOCK", past)
    monkeypatch.setattr(module, "now", lambda: datetime.now(UTC) - timedelta(hours=1))
    ids += record_statements(bridge, [statement(), statement()], by=recorder())
    with bridge.database.reading() as connection:
        order = list(connection.scalars(sa.select(table.c.id).order_by(table.c.stored)))
    assert order == ids
    seen: list[str] = []
    follow(bridge, render_instant(before), seen)
    assert seen == [str(statement_id) for statement_id in ids[1:]]
