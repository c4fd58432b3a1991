"""kill -9 in the middle of documents and of a course attempt's commits: what was acknowledged is there, once."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import requests

from tests.load import Auth, credential, pages, session
from tests.packages import package
from tests.servers import BridgeServer
from tests.statements import HOME_PAGE

POSTERS = 4
ENOUGH = 20


@pytest.fixture
def both(tmp_path: Path, database_url: str) -> Iterator[BridgeServer]:
    """A server on each kind of database."""
    running = BridgeServer(tmp_path / "data", {"LRS_BRIDGE_DATABASE_URL": database_url}).start()
    yield running
    running.stop()


@dataclass
class Writer:
    """Sends number after number until the server is gone; ``send`` says whether one was acknowledged."""

    number: int
    acknowledged: list[int] = field(default_factory=list)
    sent: int = 0


def run_until_killed(server: BridgeServer, writers: list[Writer], send: Any) -> None:
    enough = threading.Semaphore(0)

    def run(writer: Writer) -> None:
        while True:
            writer.sent += 1
            try:
                assert send(writer, writer.sent)
            except requests.RequestException:
                return
            writer.acknowledged.append(writer.sent)
            enough.release()

    threads = [threading.Thread(target=run, args=(writer,)) for writer in writers]
    for thread in threads:
        thread.start()
    for _ in range(ENOUGH * len(writers)):
        assert enough.acquire(timeout=30)
    server.kill()
    for thread in threads:
        thread.join(30)
    server.start()


def test_kill_9_in_the_middle_of_documents(both: BridgeServer) -> None:
    auth = credential(both)

    def url(number: int) -> str:
        agent = json.dumps({"account": {"homePage": HOME_PAGE, "name": str(number)}})
        query = {"activityId": "https://example.com/1", "agent": agent, "stateId": "progress"}
        return f"{both.url}/xapi/activities/state?{urlencode(query)}"

    def merge(writer: Writer, turn: int) -> bool:
        with session(auth) as client:
            return client.post(url(writer.number), json={str(turn): turn}, timeout=20).status_code == 204

    writers = [Writer(number) for number in range(POSTERS)]
    run_until_killed(both, writers, merge)
    with session(auth) as client:
        for writer in writers:
            found = client.get(url(writer.number), timeout=20).json()
            expected = {str(turn): turn for turn in writer.acknowledged}
            assert found in (expected, expected | {str(writer.sent): writer.sent})
            assert merge(writer, writer.sent), "whoever got no answer sends again"


@dataclass(frozen=True)
class Attempt:
    """A launched unit, as the player's page sees it."""

    commit_url: str
    launch: str
    registration: str

    def commit(self, sequence: int) -> requests.Response:
        row = f"cmi.interactions.{sequence - 1}"
        cmi = {f"{row}.id": f"q{sequence}", f"{row}.type": "choice", f"{row}.student_response": "a"}
        body = {"launch": self.launch, "sequence": sequence, "final": False, "cmi": cmi}
        return requests.post(self.commit_url, json=body, timeout=20)


def launched(server: BridgeServer, auth: Auth, name: str) -> Attempt:
    actor = {"account": {"homePage": HOME_PAGE, "name": name}}
    made = requests.post(f"{server.url}/launches", json={"package": "M1", "actor": actor}, auth=auth, timeout=20)
    assert made.status_code == 201, made.text
    started = requests.get(made.json()["launch_url"], allow_redirects=False, timeout=20)
    token = urlsplit(started.headers["Location"]).path.split("/")[2]
    url = f"{server.content_url}/runtime/{token}/commit"
    return Attempt(url, made.json()["launch"], made.json()["registration"])


def test_kill_9_in_the_middle_of_commits(both: BridgeServer, tmp_path: Path) -> None:
    auth = credential(both, "all", "launches")
    installed = both.run("packages", "install", str(package(tmp_path, {})))
    assert installed.returncode == 0, installed.stderr
    attempts = {number: launched(both, auth, str(number)) for number in range(POSTERS)}

    def send(writer: Writer, turn: int) -> bool:
        answer = attempts[writer.number].commit(turn)
        return answer.status_code == 200 and answer.json()["acknowledged"] == turn

    writers = [Writer(number) for number in range(POSTERS)]
    run_until_killed(both, writers, send)
    for writer in writers:
        registration = attempts[writer.number].registration
        assert answered(both, auth, registration) in (len(writer.acknowledged), writer.sent)
        assert send(writer, writer.sent), "the player repeats what was not acknowledged"
        assert send(writer, writer.sent), "and may repeat it again"
        assert answered(both, auth, registration) == writer.sent, "each answer is one statement"


def answered(server: BridgeServer, auth: Auth, registration: str) -> int:
    """How many questions of an attempt were answered; none twice."""
    found = [one for page in pages(server.url, auth, registration=registration) for one in page]
    questions = [one["object"]["id"] for one in found if one["verb"]["id"].endswith("/responded")]
    assert len(questions) == len(set(questions))
    return len(questions)
