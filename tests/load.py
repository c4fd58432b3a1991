"""Load on a running server, and how it is told afterwards what became of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.servers import BridgeServer
from tests.statements import statement

XAPI = {"X-Experience-API-Version": "1.0.3"}
STATEMENTS = "/xapi/statements"
Auth = tuple[str, str]


def credential(server: BridgeServer, *scopes: str) -> Auth:
    flags = [part for scope in scopes or ("all",) for part in ("--scope", scope)]
    done = server.run("credentials", "create", "load", *flags, "--format", "json")
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    return made["key"], made["secret"]


@contextmanager
def session(auth: Auth) -> Iterator[requests.Session]:
    with requests.Session() as opened:
        opened.auth = auth
        opened.headers.update(XAPI)
        yield opened


def pages(url: str, auth: Auth, **params: str) -> Iterator[list[dict[str, Any]]]:
    """Every page of a query, by ``more``."""
    with session(auth) as client:
        answer = client.get(url + STATEMENTS, params={"limit": "200"} | params, timeout=30)
        while True:
            assert answer.status_code == 200, answer.text
            body = answer.json()
            yield body["statements"]
            if not body["more"]:
                return
            answer = client.get(url + body["more"], timeout=30)


def stored_ids(url: str, auth: Auth) -> list[str]:
    return [found["id"] for page in pages(url, auth) for found in page]


class Poster(threading.Thread):
    """Posts batches until it is told to stop, whatever happens; remembers what was sent and what became of it."""

    def __init__(self, url: str, auth: Auth, *, size: int = 3, one: Callable[[], dict[str, Any]] = statement) -> None:
        super().__init__()
        self.url, self.auth, self.size, self.one = url + STATEMENTS, auth, size, one
        self.acknowledged: list[str] = []
        self.sent: list[str] = []
        self.refusals: list[tuple[int, dict[str, Any]]] = []
        self.broken = 0
        self.stopping = threading.Event()
        self.progress = threading.Semaphore(0)

    def run(self) -> None:
        with session(self.auth) as client:
            while not self.stopping.is_set():
                self._post(client, [self.one() for _ in range(self.size)])

    def _post(self, client: requests.Session, batch: list[dict[str, Any]]) -> None:
        self.sent += [sent["id"] for sent in batch]
        try:
            answer = client.post(self.url, json=batch, timeout=30)
        except requests.RequestException:
            self.broken += 1
            return
        if answer.status_code == 200:
            self.acknowledged += answer.json()
            self.progress.release()
        else:
            self.refusals.append((answer.status_code, answer.json()))


@contextmanager
def posting(count: int, url: str, auth: Auth, **more: Any) -> Iterator[list[Poster]]:
    posters = [Poster(url, auth, **more) for _ in range(count)]
    for poster in posters:
        poster.start()
    try:
        yield posters
    finally:
        for poster in posters:
            poster.stopping.set()
        for poster in posters:
            poster.join(60)


def wait_for(posters: list[Poster], answers: int) -> None:
    """Until each of them was acknowledged so often from now on."""
    for poster in posters:
        while poster.progress.acquire(blocking=False):
            pass
    for poster in posters:
        for _ in range(answers):
            assert poster.progress.acquire(timeout=60), poster.refusals[-1:]


def all_acknowledged(posters: list[Poster]) -> list[str]:
    return [one for poster in posters for one in poster.acknowledged]


def worker_pids(server: BridgeServer) -> list[int]:
    """The processes below the supervisor that serve: not multiprocessing's tracker of resources."""
    assert server.process is not None
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    return [int(pid) for pid in children if b"tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()]


def memory(pid: int, what: str = "VmRSS") -> int:
    """Bytes of a process: VmRSS now, VmHWM at its highest."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(what))


def reset_peak(pid: int) -> None:
    """VmHWM begins anew (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def open_sockets(pid: int) -> int:
    return sum(1 for path in Path(f"/proc/{pid}/fd").iterdir() if _target(path).startswith("socket:"))


def _target(path: Path) -> str:
    try:
        return str(path.readlink())
    except FileNotFoundError:
        return ""
