"""Who is compliant, at the size of a company: every figure beside its floor, in one run, on SQLite.

    python -m benchmarks.compliance [--people 8000] [--requirements 50]

Writes its section of docs/performance.md. By hand, on a quiet machine. What becomes of larger ones
says benchmarks.compliance_sizes.
"""

from __future__ import annotations

import argparse
import gc
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import mkdtemp
from uuid import uuid4

import orjson
from flask.testing import FlaskClient

from benchmarks.compliance_company import employee_id, open_company, populate, roster_csv
from benchmarks.performance_page import machine, write_section
from benchmarks.timing import Time, timed
from lrs_bridge.app import create_app
from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.import_roster import import_roster
from lrs_bridge.services.readers import create_reader
from lrs_bridge.services.record_statements import Recorder, record_statements
from lrs_bridge.services.refresh_compliance import mark_whose_day_has_come, refresh
from lrs_bridge.settings import Settings
from lrs_bridge.storage.database import now
from lrs_bridge.storage.facts import mark_dirty
from lrs_bridge.storage.people import all_people

AUTHORITY = ActorKey.of_account("https://bridge.example.com", "bench").as_actor()
REPEATS = 50
LEADERS = (500, 50)
"""The numbers of somebody with a team of ten, and of somebody with ten such teams."""
OF_A_ROSTER = ("person", "person_detail", "employment_spell", "job_assignment", "identity", "roster_change")
OF_A_REFRESH = ("compliance_status", "compliance_change", "person_revision")
HEAD = "| | seconds | floor | times the floor |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=8000)
    parser.add_argument("--requirements", type=int, default=50)
    asked = parser.parse_args()
    folder = Path(mkdtemp(prefix="bridge-compliance-"))
    try:
        company = list(_company(folder, asked.people, asked.requirements))
    finally:
        shutil.rmtree(folder)
    text = "\n".join([*_head(asked.people, asked.requirements), *company])
    write_section("compliance", text)
    print(text)


def _head(people: int, requirements: int) -> list[str]:
    return [
        "## Who is compliant",
        "",
        f"`python -m benchmarks.compliance` wrote this on {machine()}: one run, SQLite.",
        "Seconds are those of the clock, in brackets those of all processors: a machine that does other work at the",
        "same time shows in their difference. A floor is what the raw driver needs for the same rows.",
        "",
        f"### {people:,} people × {requirements} requirements",
        "",
        HEAD,
        "|---|---|---|---|",
    ]


def _line(what: str, taken: Time, floor: Time | None = None) -> str:
    line = f"| {what} | {taken} | {floor or '–'} | {f'{taken.cpu / floor.cpu:.1f}' if floor and floor.cpu else '–'} |"
    print(line, file=sys.stderr)
    return line


def _company(folder: Path, people: int, requirements: int) -> Iterator[str]:
    yield from _roster(folder / "roster", people)
    place = folder / "company"
    bridge = open_company(place)
    populate(bridge, people, requirements, 20)
    with timed() as taken:
        refresh(bridge)
    yield _line("every status, from nothing", taken, _rows_floor(place, OF_A_REFRESH, ["learning_fact"]))
    yield from _again(bridge)
    yield from _daily(bridge)
    bridge.close()
    yield from _feeds(place)


def _roster(place: Path, people: int) -> Iterator[str]:
    bridge = open_company(place)
    with timed() as taken:
        import_roster(bridge, roster_csv(people), source="people.csv")
    yield _line("roster import, everybody new", taken, _rows_floor(place, OF_A_ROSTER))
    with timed() as taken:
        import_roster(bridge, roster_csv(people), source="people.csv")
    yield _line("roster import, nobody changed", taken)
    bridge.close()


def _again(bridge: Bridge) -> Iterator[str]:
    with bridge.database.writing() as connection:
        mark_dirty(connection, all_people(connection), at=now())
    with timed() as taken:
        refresh(bridge)
    yield _line("every status again, none is another", taken)


def _daily(bridge: Bridge) -> Iterator[str]:
    """A day later: only whose ``next_change`` has come."""
    later = now() + timedelta(days=1)
    with timed() as taken:
        people = mark_whose_day_has_come(bridge, at=later)
        refresh(bridge, at=later)
    yield _line(f"the daily run: {people:,} people have a status that changes", taken)


def _rows_floor(place: Path, written: Sequence[str], read: Sequence[str] = ()) -> Time:
    """Read and write the same rows with the driver alone: no types, no keys, one durable commit."""
    with closing(sqlite3.connect(place / "lrs_bridge.db")) as source:
        rows = {table: source.execute(f"SELECT * FROM {table}").fetchall() for table in written}
        with closing(sqlite3.connect(place / "floor.db")) as copy, timed() as taken:
            for table in read:
                source.execute(f"SELECT * FROM {table}").fetchall()
            for table, found in rows.items():
                _copy(copy, table, found)
            copy.commit()
    return taken


def _copy(copy: sqlite3.Connection, table: str, rows: list[tuple[object, ...]]) -> None:
    if rows:
        names = ", ".join(f"c{number}" for number in range(len(rows[0])))
        copy.execute(f"CREATE TABLE {table} ({names})")
        copy.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' for _ in rows[0])})", rows)


def _feeds(place: Path) -> Iterator[str]:
    environment = {"LRS_BRIDGE_DATA_DIR": str(place), "LRS_BRIDGE_LMS_HOME_PAGES": "https://lms.example.com"}
    app = create_app(Settings.from_environment(environment))
    bridge: Bridge = app.extensions["lrs_bridge"]
    gc.freeze()
    client = app.test_client()
    refresh(bridge)
    try:
        yield _whole(client, create_reader(bridge, "HR", role="hr")[1], place)
        for number in LEADERS:
            yield from _of_a_leader(bridge, client, place, number)
    finally:
        app.extensions["lrs_bridge_close"]()


def _ask(client: FlaskClient, token: str) -> bytes:
    answer = client.get("/feeds/compliance.json", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    return answer.data


def _whole(client: FlaskClient, token: str, place: Path) -> str:
    with timed() as taken:
        size = len(_ask(client, token))
    with closing(sqlite3.connect(place / "lrs_bridge.db")) as source, timed() as floor:
        for row in source.execute("SELECT * FROM compliance_status").fetchall():
            orjson.dumps(row)
    return _line(f"the whole feed as JSON, {size / 1e6:.0f} MB", taken, floor)


def _of_a_leader(bridge: Bridge, client: FlaskClient, place: Path, number: int) -> Iterator[str]:
    token = create_reader(bridge, "Leader", employee_id=employee_id(number))[1]
    rows = orjson.loads(_ask(client, token))["rows"]
    team = {row["employee_id"] for row in rows}
    asked = _middle(lambda: _ask(client, token))
    yield _line(f"a leader's feed of {len(team)} people, p50 of {REPEATS}", asked, _team_floor(place, team))
    yield _line(
        f"one statement, then that feed, p50 of {REPEATS}", _middle(lambda: _one_more(bridge, client, token, rows))
    )


def _team_floor(place: Path, team: set[str]) -> Time:
    query = (
        "SELECT status.* FROM compliance_status status JOIN person ON person.id = status.person_id"
        " WHERE employee_id IN (SELECT value FROM json_each(?))"
    )
    with closing(sqlite3.connect(place / "lrs_bridge.db")) as source:
        names = orjson.dumps(sorted(team)).decode()
        return _middle(lambda: orjson.dumps(source.execute(query, [names]).fetchall()))


def _one_more(bridge: Bridge, client: FlaskClient, token: str, rows: list[dict[str, str]]) -> None:
    """Somebody passes what they were missing; the next feed says so."""
    row = rows.pop()
    account = {"homePage": "https://lms.example.com", "name": str(int(row["employee_id"]))}
    said = {
        "id": str(uuid4()),
        "actor": {"objectType": "Agent", "account": account},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"},
        "object": {"id": f"https://learn.example.com/{row['requirement'][1:]}/0"},
    }
    record_statements(bridge, [said], by=Recorder(uuid4(), AUTHORITY))
    _ask(client, token)


def _middle(work: Callable[[], object]) -> Time:
    times = []
    for _ in range(REPEATS):
        with timed() as taken:
            work()
        times.append(taken)
    return Time(median(one.clock for one in times), median(one.cpu for one in times))


if __name__ == "__main__":
    main()
