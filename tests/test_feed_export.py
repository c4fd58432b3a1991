"""An export takes no more memory for more rows; a format that is not installed says so."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from lrs_bridge.errors import NotInstalled
from lrs_bridge.feeds import csv_feed, json_feed, parquet_feed
from lrs_bridge.feeds.query import FeedQuery
from lrs_bridge.feeds.relation import Feed, FeedRow, Tally
from lrs_bridge.services.compliance_feed import compliance_export
from lrs_bridge.services.readers import OPERATOR, create_reader, list_readers, revoke_reader
from tests.feed_bodies import ask
from tests.training_company import opened_company

ROW = FeedRow(
    employee_id="000123", name="Ada Lovelace", manager_id="000100", department="Sales", location="", country="GB",
    requirement="security", requirement_version=2, status="missing", reason="due_soon", progress="not_started",
    due=date(2026, 4, 3), last_valid_day=None, next_change=None, overdue_before_absence=False, modules_met=0,
    modules_total=2, evidence=(),
)  # fmt: skip
MANY = 20_000


def many_rows() -> Iterator[FeedRow]:
    return (ROW._replace(employee_id=f"{number:06}") for number in range(MANY))


@pytest.mark.parametrize("pieces", [json_feed.pieces, csv_feed.pieces], ids=["json", "csv"])
def test_an_export_is_never_whole_in_memory(pieces: Callable[[Feed], Iterable[bytes]]) -> None:
    tally = Tally()
    feed = Feed(date(2026, 3, 31), datetime(2026, 3, 31, tzinfo=UTC), None, tally.passing(many_rows()), tally, {})
    tracemalloc.start()
    size = sum(map(len, pieces(feed)))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (tally.total, size > MANY * 100, most < 500_000) == (MANY, True, True)


def test_the_rows_of_an_export_are_read_as_they_are_taken(tmp_path: Path) -> None:
    with opened_company(tmp_path) as company:
        export = compliance_export(company.bridge, OPERATOR, FeedQuery())
        assert export.total == 0
        rows = iter(export.rows)
        assert next(rows).employee_id == "001"
        assert (export.total, sum(1 for _ in rows), export.total) == (1, 21, 22)


def test_parquet_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(NotInstalled, match="Parquet needs pyarrow"):
        parquet_feed.render(Feed(date(2026, 3, 31), datetime(2026, 3, 31, tzinfo=UTC), None, (), Tally(), {}))
    with opened_company(tmp_path) as company:
        answer = ask(company, "parquet")
        assert answer.status_code == 501
        assert "pip install 'lrs-bridge[parquet]'" in answer.get_json()["remedy"]
        assert ask(company, "csv").status_code == 200


def test_readers_are_listed_without_secrets_and_filtered(tmp_path: Path) -> None:
    with opened_company(tmp_path) as company:
        bridge = company.bridge
        auditor, token = create_reader(bridge, "Auditor", role="auditor")
        revoke_reader(bridge, company.readers["bob"][0].id)

        def names(**wanted: Any) -> list[str]:
            return [found.name for found in list_readers(bridge, **wanted)]

        assert names() == ["Chief", "Ann", "Bob", "Hr", "Auditor"]
        assert names(live=True) == ["Chief", "Ann", "Hr", "Auditor"]
        assert [names(role=role, live=True) for role in ("leader", "hr", "auditor")] == [
            ["Chief", "Ann"], ["Hr"], ["Auditor"],
        ]  # fmt: skip
        assert names(limit=2, offset=1) == ["Ann", "Bob"]
        assert token not in repr(list_readers(bridge))
        assert auditor in list_readers(bridge)
