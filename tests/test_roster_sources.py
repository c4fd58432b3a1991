"""Rosters that come by themselves: from a folder that is watched, and over TLS from an address."""

from __future__ import annotations

import os
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from lrs_bridge.errors import NotFound, RequestRefused, RosterRefused
from lrs_bridge.outbound import remote_files
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.doctor_rosters import check_roster_sources
from lrs_bridge.services.import_roster import import_roster, roster_history
from lrs_bridge.services.roster_pulling import Taken, accept_held, is_settling, pull, pull_due
from lrs_bridge.services.roster_sources import RosterSourceView, add_source, list_sources, remove_source
from lrs_bridge.storage.people import all_employee_ids
from tests.listeners import Listener, Reply, eventually, listening
from tests.servers import BridgeServer
from tests.test_doctor import certificate

HEAD = "employee_id,given_name,family_name,hire_date,termination_date\n"
NOW = datetime.now(UTC).replace(hour=12)
DAY = timedelta(days=1)
QUARTER = timedelta(minutes=15)


def roster(*ids: str) -> bytes:
    return (HEAD + "".join(f"{key},Ann,Able{key},2020-01-01,\n" for key in ids)).encode()


def staff(count: int) -> list[str]:
    return [f"{number:06}" for number in range(1, count + 1)]


def people(bridge: Bridge) -> set[str]:
    with bridge.database.reading() as connection:
        return all_employee_ids(connection)


def view(bridge: Bridge, at: datetime = NOW) -> RosterSourceView:
    (only,) = list_sources(bridge.database, at=at)
    return only


def outcomes(taken: list[Taken]) -> list[str]:
    return [f"{one.file} {one.outcome}" for one in taken]


class Folder:
    """A folder of HR's, watched: files are dropped, and looked at twice."""

    def __init__(self, bridge: Bridge, path: Path, **more: str) -> None:
        self.bridge, self.path, self.at = bridge, path, NOW
        path.mkdir()
        options = {"kind": "snapshot", "pattern": "*.csv"} | more
        add_source(bridge, "hr", folder=path, every=QUARTER, **options)  # type: ignore[arg-type]

    def drop(self, name: str, raw: bytes, day: date | None = None) -> None:
        (self.path / name).write_bytes(raw)
        moment = datetime.combine(day or NOW.date(), NOW.time()).timestamp()
        os.utime(self.path / name, (moment, moment))

    def look(self) -> list[str]:
        self.at += timedelta(seconds=10)
        return outcomes(pull(self.bridge, "hr", at=self.at))

    def left(self, subfolder: str = ".") -> list[str]:
        folder = self.path / subfolder
        found = folder.iterdir() if folder.exists() else ()
        return sorted(path.name.split("Z-")[-1] for path in found if path.is_file())


@pytest.fixture
def folder(bridge: Bridge, tmp_path: Path) -> Folder:
    return Folder(bridge, tmp_path / "hr")


def test_a_file_is_taken_once_nobody_writes_to_it(folder: Folder) -> None:
    assert folder.look() == []
    folder.drop("people.csv", roster("000001"))
    folder.drop(".people.csv.part", b"half")
    folder.drop("readme.txt", b"not a roster")
    assert folder.look() == [], "seen for the first time"
    assert is_settling(folder.bridge, "hr")
    assert view(folder.bridge).next_attempt == folder.at + timedelta(seconds=5), "not only in a quarter of an hour"
    folder.drop("people.csv", roster("000001", "000002"))
    assert folder.look() == [], "it has grown since"
    assert folder.look() == ["people.csv applied"]
    assert people(folder.bridge) == {"000001", "000002"}
    assert folder.left() == [".people.csv.part", "readme.txt"]
    assert folder.left("applied") == ["people.csv"]
    shown = view(folder.bridge, at=folder.at + QUARTER)
    assert (shown.state, shown.age, shown.next_attempt) == ("up to date", QUARTER, folder.at + QUARTER)
    (record,) = roster_history(folder.bridge)
    assert (record.source, record.outcome) == ("hr: people.csv", "applied")


def test_files_are_read_in_the_order_of_their_days(folder: Folder) -> None:
    folder.drop("b.csv", roster(*staff(20)), NOW.date())
    folder.drop("a.csv", roster(*staff(21)), NOW.date() - DAY)
    folder.look()
    assert folder.look() == ["a.csv applied", "b.csv applied"]
    assert [row.as_of for row in roster_history(folder.bridge)] == [NOW.date(), NOW.date() - DAY]


def test_what_a_gate_holds_stays_listed_until_somebody_accepts_it(folder: Folder) -> None:
    folder.drop("a.csv", roster(*staff(20)))
    folder.look()
    folder.look()
    folder.drop("b.csv", roster(*staff(10)))
    folder.look()
    assert folder.look() == ["b.csv held"]
    assert folder.look() == [], "a held file is not tried again and again"
    assert len(roster_history(folder.bridge)) == 2
    shown = view(folder.bridge)
    assert shown.state == "held"
    (held,) = shown.held
    assert (held.file, held.gates) == ("b.csv", ("leavers", "shrunk"))
    assert "roster sources accept hr --gate leavers --gate shrunk" in held.remedy
    assert any("less than 90 %" in words for words in held.problems)
    (check,) = check_roster_sources(folder.bridge.database, at=folder.at)
    assert (check.outcome, check.remedy) == ("warning", held.remedy)
    assert "b.csv is held: leavers, shrunk; the last good state is of" in check.words
    with pytest.raises(RequestRefused, match="No gate older"):
        accept_held(folder.bridge, "hr", ["older"], at=folder.at)
    assert outcomes(accept_held(folder.bridge, "hr", ["shrunk"], at=folder.at)) == ["b.csv held"]
    assert outcomes(accept_held(folder.bridge, "hr", ["shrunk", "leavers"], at=folder.at)) == ["b.csv applied"]
    assert roster_history(folder.bridge)[0].accepted == ["leavers", "shrunk"]
    assert view(folder.bridge).held == ()
    with pytest.raises(NotFound):
        accept_held(folder.bridge, "hr", ["shrunk"], at=folder.at)


def test_a_file_that_changed_since_it_was_held_is_not_accepted_with_it(folder: Folder) -> None:
    folder.drop("a.csv", roster(*staff(20)))
    folder.look()
    folder.look()
    folder.drop("b.csv", roster(*staff(10)))
    folder.look()
    folder.look()
    folder.drop("b.csv", roster(*staff(2)))
    accept_held(folder.bridge, "hr", ["shrunk", "leavers"], at=folder.at)
    assert folder.look() == ["b.csv held"]
    assert len(people(folder.bridge)) == 20


def test_a_held_file_that_was_imported_by_hand_is_put_away(folder: Folder) -> None:
    folder.drop("a.csv", roster(*staff(20)))
    folder.look()
    folder.look()
    folder.drop("b.csv", roster(*staff(10)))
    folder.look()
    folder.look()
    import_roster(folder.bridge, roster(*staff(10)), source="b.csv", accept=["shrunk", "leavers"])
    assert folder.look() == []
    assert (folder.left(), view(folder.bridge).state) == ([], "up to date")


def test_a_newer_snapshot_outdates_what_is_held(folder: Folder) -> None:
    folder.drop("a.csv", roster(*staff(20)))
    folder.look()
    folder.look()
    folder.drop("b.csv", roster(*staff(10)))
    folder.look()
    folder.look()
    folder.drop("c.csv", roster(*staff(21)))
    folder.look()
    assert folder.look() == ["c.csv applied"]
    assert (folder.left("outdated"), folder.left("applied")) == (["b.csv"], ["a.csv", "c.csv"])


def test_a_delta_waits_for_the_one_before_it(bridge: Bridge, tmp_path: Path) -> None:
    import_roster(bridge, roster(*staff(20)), source="all.csv", as_of=NOW.date() - DAY)
    folder = Folder(bridge, tmp_path / "hr", kind="delta")
    leavers = "".join(f"{key},Ann,Able,2020-01-01,2026-01-31\n" for key in staff(10))
    folder.drop("1.csv", (HEAD + leavers).encode(), NOW.date() - DAY)
    folder.drop("2.csv", roster("000099"))
    folder.look()
    assert folder.look() == ["1.csv held"]
    assert folder.look() == []
    assert outcomes(accept_held(bridge, "hr", ["leavers"], at=folder.at)) == ["1.csv applied", "2.csv applied"]


UNREADABLE = [
    (b"employee_id,given_name\n1,Ann\n", "the required column hire_date is missing"),
    (roster("000001").replace(b"2020-01-01", b"43831"), "Excel date number"),
    (roster("000001")[:-12], "cut off"),
]


@pytest.mark.parametrize(("raw", "words"), UNREADABLE, ids=[words for _, words in UNREADABLE])
def test_what_cannot_be_read_is_held_with_its_places(folder: Folder, raw: bytes, words: str) -> None:
    folder.drop("a.csv", raw)
    folder.look()
    assert folder.look() == ["a.csv held"]
    (held,) = view(folder.bridge).held
    assert held.gates == ()
    assert any(words in problem for problem in held.problems), held.problems
    with pytest.raises(RequestRefused, match="holds anything"):
        accept_held(folder.bridge, "hr", ["empty"], at=folder.at)


def test_a_folder_that_is_not_ours_to_write_is_remembered(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, target: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", refuse)
    folder.drop("a.csv", roster("000001"))
    folder.look()
    assert folder.look() == ["a.csv applied"]
    assert folder.look() == []
    folder.drop("a.csv", roster("000001", "000002"))
    folder.look()
    assert folder.look() == ["a.csv applied"], "another file under the same name"


def test_a_folder_that_is_gone(folder: Folder) -> None:
    folder.path.rmdir()
    assert folder.look() == []
    shown = view(folder.bridge)
    assert shown.state == "failing"
    assert "No such file" in shown.last_error
    assert shown.next_attempt is not None
    assert shown.next_attempt < folder.at + timedelta(seconds=5)
    (check,) = check_roster_sources(folder.bridge.database, at=folder.at)
    assert (check.outcome, "none came yet" in check.words) == ("warning", True)
    folder.path.mkdir()
    folder.look()
    assert view(folder.bridge).last_error == ""


WRONG = [
    ({"url": "http://hr.example.com/x.csv"}, RequestRefused, "plain http"),
    ({"url": "https://key:secret@hr.example.com/x.csv"}, RequestRefused, "Not a web address"),
    ({"folder": Path("/nowhere/at/all")}, RequestRefused, "is no folder"),
    ({"folder": Path("/"), "pattern": "../*"}, RequestRefused, "no pattern"),
    ({"folder": Path("/"), "every": timedelta(seconds=5)}, RequestRefused, "Every minute"),
    ({"folder": Path("/"), "mapping": "colums = 1"}, RosterRefused, "no mapping"),
]


@pytest.mark.parametrize(("options", "error", "words"), WRONG)
def test_wrong_sources_are_refused(
    tmp_path: Path, bridge: Bridge, options: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        add_source(bridge, "hr", **{"kind": "snapshot", "every": QUARTER} | options)  # type: ignore[arg-type]
    assert list_sources(bridge.database) == []


# --- an address


class Export:
    """An HR system that answers with a file and its ETag."""

    def __init__(self) -> None:
        self.body = roster("000001")
        self.status = 200
        self.headers: dict[str, str] = {}
        self.listener: Listener

    def answer(self, method: str, path: str, body: bytes) -> Reply:
        asked = self.listener.seen[-1][2] if self.listener.seen else {}
        tag = f'"{hash(self.body)}"'
        if self.status != 200:
            return self.status, self.headers, b"no"
        if asked.get("If-None-Match") == tag:
            return 304, {}, b""
        return 200, {"ETag": tag} | self.headers, self.body

    @property
    def url(self) -> str:
        return self.listener.url.replace("127.0.0.1", "localhost") + "/people.csv"


@pytest.fixture
def export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Export]:
    pem = certificate(tmp_path, 30)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
    made = Export()
    with listening(made.answer, tls=context) as listener:
        made.listener = listener
        yield made


def ask(bridge: Bridge, at: datetime = NOW) -> list[str]:
    return [one.outcome for one in pull(bridge, "hr", at=at)]


def test_an_address_is_read_once_while_it_is_the_same(bridge: Bridge, export: Export) -> None:
    add_source(bridge, "hr", url=export.url, secret="ann:pässword", kind="snapshot", every=QUARTER)
    assert ask(bridge) == ["applied"]
    assert ask(bridge) == []
    asked = [headers for _, _, headers, _ in export.listener.seen]
    assert [headers.get("If-None-Match") for headers in asked] == [None, f'"{hash(export.body)}"']
    assert asked[0]["Authorization"] == f"Basic {b64encode('ann:pässword'.encode()).decode()}"
    assert view(bridge).last_success == NOW
    export.body = roster("000001", "000002")
    assert ask(bridge) == ["applied"]
    assert len(roster_history(bridge)) == 2
    assert ask(bridge, NOW + DAY) == ["applied"], "the same snapshot of a new day says again who is not listed"
    assert roster_history(bridge)[0].as_of == (NOW + DAY).date()


def test_a_bearer_token_and_a_delta(bridge: Bridge, export: Export) -> None:
    add_source(bridge, "hr", url=export.url, secret="tok3n", kind="delta", every=QUARTER)
    assert (ask(bridge), ask(bridge, NOW + DAY)) == (["applied"], [])
    assert export.listener.seen[-1][2]["Authorization"] == "Bearer tok3n"


def test_a_held_roster_of_an_address(bridge: Bridge, export: Export) -> None:
    import_roster(bridge, roster(*staff(20)), source="all.csv")
    add_source(bridge, "hr", url=export.url, kind="snapshot", every=QUARTER)
    assert (ask(bridge), ask(bridge)) == (["held"], [])
    assert view(bridge).held[0].gates == ("leavers", "shrunk")
    assert outcomes(accept_held(bridge, "hr", ["shrunk", "leavers"], at=NOW)) == ["(address) applied"]
    assert view(bridge).state == "up to date"


def redirect(target: str) -> Callable[[Export], None]:
    def spoil(export: Export) -> None:
        export.status, export.headers = 302, {"Location": target}

    return spoil


def busy(export: Export) -> None:
    export.status, export.headers = 503, {"Retry-After": "600"}


def refused(export: Export) -> None:
    export.status = 401


def distrusted(export: Export) -> None:
    os.environ.pop("REQUESTS_CA_BUNDLE", None)


def large(export: Export) -> None:
    export.body = b"x" * 101


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (redirect("http://localhost/x.csv"), "which is not https"),
        (redirect("/people.csv"), "redirects more than 3 times"),
        (busy, "answers 503"),
        (refused, "answers 401"),
        (distrusted, "certificate verify failed"),
        (large, "answers with more than"),
    ],
    ids=["to http", "in a ring", "busy", "refused", "distrusted", "large"],
)
def test_what_goes_wrong_is_told_and_tried_again(
    bridge: Bridge, export: Export, spoil: Callable[[Export], None], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_source(bridge, "hr", url=export.url, kind="snapshot", every=DAY)
    assert ask(bridge) == ["applied"]
    spoil(export)
    monkeypatch.setattr(remote_files, "LARGEST_FILE", 100)
    later = NOW + DAY
    assert ask(bridge, later) == []
    shown = view(bridge, at=later)
    assert (shown.state, shown.age) == ("failing", DAY), "the last good state goes on serving, and says its age"
    assert words in shown.last_error
    assert shown.next_attempt is not None
    wait = (shown.next_attempt - later).total_seconds()
    assert wait == 600 if spoil is busy else 0 < wait <= 2
    assert people(bridge) == {"000001"}


def test_the_secret_goes_to_no_other_host(bridge: Bridge, export: Export) -> None:
    add_source(bridge, "hr", url=export.url, secret="tok3n", kind="snapshot", every=DAY)
    elsewhere = export.listener.url + "/people.csv"  # 127.0.0.1: another host by name, and not on the certificate
    redirect(elsewhere)(export)
    ask(bridge)
    assert "127.0.0.1" in view(bridge).last_error
    assert len(export.listener.seen) == 1


def test_only_those_whose_time_has_come_are_visited(bridge: Bridge, export: Export) -> None:
    add_source(bridge, "hr", url=export.url, kind="snapshot", every=DAY)
    assert (pull_due(bridge), pull_due(bridge)) == (1, 0)
    remove_source(bridge, "hr")
    with pytest.raises(NotFound):
        pull(bridge, "hr")
    assert people(bridge) == {"000001"}


def test_the_server_looks_by_itself_and_the_commands_say_so(server: BridgeServer, tmp_path: Path) -> None:
    place = tmp_path / "drop"
    place.mkdir()
    made = server.run("roster", "sources", "add", "hr", "--folder", str(place), "--glob", "*.csv", "--kind", "snapshot",
                      "--every", "15m")  # fmt: skip
    assert made.returncode == 0, made.stderr
    (place / "people.csv").write_bytes(roster("000001"))
    run = server.run("roster", "sources", "run", "hr")
    assert run.returncode == 0, run.stderr
    eventually(lambda: not (place / "people.csv").exists())
    listed = server.run("roster", "sources", "list")
    assert "up to date" in listed.stdout
    assert "hr: people.csv" in server.run("roster", "history", "--source", "hr: people.csv").stdout
    (place / "people.csv").write_bytes(b"employee_id\n1\n")
    held = server.run("roster", "sources", "run", "hr")
    if held.returncode == 0:  # the server was there first, and is waiting for it to settle
        eventually(lambda: server.run("roster", "sources", "run", "hr").returncode == 1)
    told = server.run("roster", "sources", "list", "--format", "json").stdout
    assert "the required column hire_date is missing" in told
    assert server.run("roster", "sources", "accept", "hr").returncode == 2
    assert server.run("roster", "sources", "remove", "hr").returncode == 0
