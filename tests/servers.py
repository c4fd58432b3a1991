"""Real servers for tests: a PostgreSQL cluster of our own, and the bridge as a process that listens."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import psycopg
import requests

from tests.real_parts import postgresql_bin


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class PostgreSQL:
    """A cluster below ``folder``. PostgreSQL refuses to run as root, so root runs it as the user postgres."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def _command(self, program: str, *arguments: str) -> list[str]:
        found = postgresql_bin()
        assert found is not None, "PostgreSQL is missing: python -m tests.real_parts"
        prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        return [*prefix, str(found / program), *arguments]

    def create(self) -> None:
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        command = self._command("initdb", "-D", str(self.folder / "data"), "-U", "bridge", "-A", "trust", "-E", "UTF8")
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")

    def start(self) -> None:
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            "max_connections": "200",
        }
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        command = self._command("postgres", "-D", str(self.folder / "data"), *flags)
        log = (self.folder / "log").open("ab")
        with log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/")
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(self.url("postgres", driver="postgresql"), connect_timeout=2).close()
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, (self.folder / "log").read_text()
                time.sleep(0.1)
            else:
                return

    def stop(self) -> None:
        if self.process is not None:
            subprocess.run(
                self._command("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop"),
                check=False,
                stdout=subprocess.DEVNULL,
                cwd="/",
            )
            self.process.wait(30)
            self.process = None

    def url(self, database: str, *, driver: str = "postgresql+psycopg") -> str:
        return f"{driver}://bridge@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        name = f"bridge_{uuid4().hex}"
        with psycopg.connect(self.url("postgres", driver="postgresql"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)


@contextmanager
def postgresql_cluster() -> Iterator[PostgreSQL]:
    folder = Path(tempfile.mkdtemp(prefix="bridge-pg-"))
    cluster = PostgreSQL(folder, free_port())
    try:
        cluster.create()
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class BridgeServer:
    """``lrs-bridge serve`` as its own process, on two origins of one port."""

    data_dir: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    workers: int = 1
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def content_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.data_dir / "server.log"

    def _environment(self) -> dict[str, str]:
        plain = {name: value for name, value in os.environ.items() if not name.startswith("LRS_BRIDGE_")}
        own = {
            "LRS_BRIDGE_DATA_DIR": str(self.data_dir),
            "LRS_BRIDGE_PUBLIC_URL": self.url,
            "LRS_BRIDGE_CONTENT_URL": self.content_url,
        }
        return plain | own | self.environment

    def start(self) -> BridgeServer:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            where = ["--host", "127.0.0.1", "--port", str(self.port), "--workers", str(self.workers)]
            self.process = subprocess.Popen(
                [sys.executable, "-m", "lrs_bridge", "serve", *where],
                env=self._environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while not self._is_ready():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)
        return self

    def _is_ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/health/ready", timeout=5).status_code == 200
        except requests.ConnectionError:
            return False

    def kill(self) -> None:
        """As a power cut would: the supervisor and every worker at once."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, how)
            self.process.wait(30)
            self.process = None

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One command of the command line beside the server."""
        return subprocess.run(
            [sys.executable, "-m", "lrs_bridge", *arguments],
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )
