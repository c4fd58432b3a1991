"""Statements from a file and into one, and who waits to be matched."""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
import sqlalchemy as sa

from lrs_bridge.errors import Problem, RequestRefused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.query_statements import Place, Reader, statement_page, watermark
from lrs_bridge.services.record_statements import record_statements
from lrs_bridge.services.transfer_statements import BATCH, Progress, export_csv, export_jsonl, import_statements
from lrs_bridge.services.unmatched import list_unmatched
from lrs_bridge.storage.schema import metadata
from lrs_bridge.storage.schema.statements import statement as statement_table
from lrs_bridge.storage.schema.statements import unmatched
from lrs_bridge.xapi.instants import render_instant
from tests.servers import BridgeServer
from tests.statements import passed, recorder, statement, voiding

OLD = "2019-03-01T10:00:00.000000Z"
THEIRS = {"objectType": "Agent", "account": {"homePage": "https://old-lrs.example.com", "name": "moodle"}}


def written(folder: Path, *lines: Any, name: str = "statements.jsonl") -> Path:
    path = folder / name
    path.write_bytes(b"".join((one if isinstance(one, bytes) else orjson.dumps(one)) + b"\n" for one in lines))
    return path


def run(bridge: Bridge, path: Path, **more: Any) -> tuple[Progress, list[Problem], list[int]]:
    problems: list[Problem] = []
    reached: list[int] = []
    done = import_statements(
        bridge, path, on_progress=lambda now: reached.append(now.line), on_fault=problems.append, **more
    )
    return done, problems, reached


def exported(bridge: Bridge) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in export_jsonl(bridge)]


def counts(progress: Progress) -> tuple[int, int, int, int]:
    return progress.line, progress.stored, progress.repeated, progress.faulty


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_an_import_stores_each_once_however_often_it_runs(bridge: Bridge, tmp_path: Path, packed: bool) -> None:
    without_id = {name: value for name, value in statement().items() if name != "id"}
    given = [*(statement() for _ in range(BATCH + 7)), without_id, without_id]
    path = written(tmp_path, *given)
    if packed:
        path.write_bytes(gzip.compress(path.read_bytes()))
    size = len(given)
    done, problems, reached = run(bridge, path)
    assert (counts(done), problems) == ((size, size, 0, 0), [])
    assert reached == [BATCH, size]
    again, problems, _ = run(bridge, path)
    assert (counts(again), problems) == ((size, 0, size, 0), [])
    rest, _, _ = run(bridge, path, from_line=BATCH + 1)
    assert counts(rest) == (size, 0, 9, 0)
    assert [one["id"] for one in exported(bridge)][:-2] == [one["id"] for one in given[:-2]]


def test_faulty_lines_are_listed_and_the_rest_is_stored(bridge: Bridge, tmp_path: Path) -> None:
    taken = statement()
    lines = (
        statement(),
        b"{",
        b"",
        [statement()],
        passed(scaled=7),
        taken,
        taken,
        passed() | {"id": taken["id"]},
        statement(),
    )
    done, problems, _ = run(bridge, written(tmp_path, *lines))
    assert counts(done) == (9, 3, 1, 4)
    places = [problem.place for problem in problems]
    assert places[0].startswith("statements.jsonl:2:")
    assert places[1:3] == ["statements.jsonl:4:", "statements.jsonl:5:/result/score/scaled"]
    assert places[3].startswith("statements.jsonl:8:")
    assert "different statement" in problems[3].reason


def test_what_another_lrs_stamped_is_kept_and_pollers_still_miss_nothing(bridge: Bridge, tmp_path: Path) -> None:
    record_statements(bridge, [statement()], by=recorder())
    seen = watermark(bridge)
    old = [statement(stored=OLD, authority=THEIRS), passed(stored=OLD, authority=THEIRS)]
    del old[0]["timestamp"]
    done, problems, _ = run(bridge, written(tmp_path, *old), keep_stored=True)
    assert (done.stored, problems) == (2, [])
    page = statement_page(
        bridge,
        Place({"since": render_instant(seen), "ascending": "true"}),
        more_path="/xapi/statements",
        reader=Reader(),
    )
    found = orjson.loads(page.body)["statements"]
    assert [one["id"] for one in found] == [one["id"] for one in old]
    assert {(one["stored"], one["authority"]["account"]["name"]) for one in found} == {(OLD, "moodle")}
    assert found[0]["timestamp"] == OLD
    assert watermark(bridge) > seen
    with bridge.database.reading() as connection:
        cursors = list(connection.scalars(sa.select(statement_table.c.stored).order_by(statement_table.c.stored)))
        waited = list(connection.scalars(sa.select(unmatched.c.recorded)))
    assert cursors[0] <= seen < cursors[1] < cursors[2] <= watermark(bridge)
    assert min(waited) > datetime(2026, 1, 1, tzinfo=UTC)  # they wait since they came here
    assert run(bridge, written(tmp_path, *old), keep_stored=True)[0].repeated == 2


@pytest.mark.parametrize(
    ("more", "places"),
    [
        ({}, ["/stored", "/authority"]),
        ({"stored": OLD}, ["/authority"]),
        ({"stored": "2999-01-01T00:00:00Z", "authority": THEIRS}, ["/stored"]),
    ],
)
def test_stamps_that_cannot_be_kept_are_refused(
    bridge: Bridge, tmp_path: Path, more: dict[str, Any], places: list[str]
) -> None:
    done, problems, _ = run(bridge, written(tmp_path, statement(**more)), keep_stored=True)
    assert (done.stored, done.faulty) == (0, 1)
    assert [problem.place for problem in problems] == [f"statements.jsonl:1:{place}" for place in places]


def test_without_keep_stored_an_import_is_stamped_anew(bridge: Bridge, tmp_path: Path) -> None:
    run(bridge, written(tmp_path, statement(stored=OLD, authority=THEIRS)))
    (found,) = exported(bridge)
    assert found["stored"] > OLD
    assert found["authority"]["account"]["name"] == "import"


def test_a_damaged_file_is_stored_up_to_the_damage(bridge: Bridge, tmp_path: Path) -> None:
    lines = [statement() for _ in range(3 * BATCH)]
    path = written(tmp_path, *lines)
    path.write_bytes(gzip.compress(path.read_bytes())[:-2000])
    reached: list[int] = []
    with pytest.raises(RequestRefused, match="cannot be read from line"):
        import_statements(bridge, path, on_progress=lambda now: reached.append(now.line), on_fault=print)
    assert len(exported(bridge)) == reached[-1] >= BATCH


def test_an_export_imports_into_the_same_again(bridge: Bridge, tmp_path: Path) -> None:
    given = passed()
    record_statements(bridge, [given], by=recorder())
    seen = watermark(bridge)
    record_statements(bridge, [voiding(given["id"])], by=recorder())
    whole = exported(bridge)
    assert whole[0]["id"] == given["id"]
    assert [orjson.loads(line)["id"] for line in export_jsonl(bridge, since=seen)] == [whole[1]["id"]]
    with bridge.database.writing() as connection:
        for table in metadata.sorted_tables:
            connection.execute(sa.delete(table))
    done, problems, _ = run(bridge, written(tmp_path, *whole), keep_stored=True)
    assert (done.stored, problems) == (2, [])
    assert exported(bridge) == whole
    with bridge.database.reading() as connection:
        assert connection.scalars(sa.select(statement_table.c.voided).order_by(statement_table.c.stored)).all() == [
            True,
            False,
        ]


def test_csv_is_for_spreadsheets(bridge: Bridge) -> None:
    odd = passed(scaled=-0.5)
    odd["actor"]["name"] = "=HYPERLINK(1)"
    odd["verb"]["display"] = {"de": "bestanden", "en-GB": "passed, ä"}
    record_statements(bridge, [odd, voiding(odd["id"])], by=recorder())
    text = b"".join(export_csv(bridge)).decode("utf-8-sig")
    first, second = csv.DictReader(io.StringIO(text))
    assert (first["id"], first["actor_name"], first["verb_display"]) == (odd["id"], "'=HYPERLINK(1)", "passed, ä")
    assert (first["score_scaled"], first["success"], first["voided"]) == ("-0.5", "true", "true")
    assert (second["object_type"], second["object"]) == ("StatementRef", odd["id"])


def test_unmatched_says_who_waits_and_why(bridge: Bridge) -> None:
    stranger = {"objectType": "Agent", "mbox": "mailto:nobody@example.com"}
    elsewhere = {"objectType": "Agent", "account": {"homePage": "https://other.example.com", "name": "1"}}
    given = [passed(), passed(), passed(), passed() | {"actor": stranger}, passed() | {"actor": stranger}]
    record_statements(bridge, [*given, passed() | {"actor": elsewhere}], by=recorder())
    page = list_unmatched(bridge)
    assert (page.actors, page.statements) == (3, 6)
    assert [item.statements for item in page.items] == [3, 2, 1]
    wanted = ("as lms_account", "as email", "https://other.example.com")
    assert all(word in item.reason for word, item in zip(wanted, page.items, strict=True))
    assert list_unmatched(bridge, limit=1, offset=1).items == page.items[1:2]
    assert all(item.first <= item.last <= datetime.now(UTC) for item in page.items)


def test_the_command_line_does_all_of_it(server: BridgeServer, tmp_path: Path) -> None:
    path = written(tmp_path, passed(), statement(id=str(uuid4())), b"nonsense")
    done = server.run("statements", "import", str(path), "--format", "json")
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert (told["lines"], told["stored"], told["faulty"], len(told["problems"])) == (3, 2, 1, 1)
    table = server.run("statements", "import", str(path))
    assert "2 were there already" in table.stdout
    assert "statements.jsonl:3:" in table.stderr
    out = tmp_path / "out.jsonl.gz"
    assert server.run("statements", "export", str(out)).returncode == 0
    assert len(gzip.decompress(out.read_bytes()).splitlines()) == 2
    assert server.run("statements", "export", "--since", "2999-01-01").stdout == ""
    assert len(server.run("statements", "export", "--format", "csv").stdout.splitlines()) == 3
    waiting = json.loads(server.run("statements", "unmatched", "--format", "json").stdout)
    assert (waiting["actors"], waiting["items"][0]["statements"]) == (1, 2)
    assert "lms_account" in server.run("statements", "unmatched").stdout
