"""The demo's server: a process of its own that goes on after the command has ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

PID_FILE = "demo.pid"
LOG_FILE = "server.log"


def first_free_port(wanted: int) -> int:
    """``wanted``, or the next port that nobody listens on."""
    for port in range(wanted, wanted + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    return wanted


def start(folder: Path, port: int, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start `serve` detached, with its output in the folder's log."""
    command = [sys.executable, "-m", "lrs_bridge", "serve", "--port", str(port)]
    with (folder / LOG_FILE).open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command line
            command, env=dict(environment), stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
        )
    (folder / PID_FILE).write_text(str(process.pid))
    return process


def stop(folder: Path) -> bool:
    """Stop the server that an earlier demo left; False where none ran."""
    path = folder / PID_FILE
    if not path.exists():
        return False
    pid = int(path.read_text())
    path.unlink()
    if not _is_ours(pid):
        return False
    os.killpg(pid, signal.SIGTERM)
    for _ in range(100):
        if not _is_ours(pid):
            return True
        time.sleep(0.1)
    os.killpg(pid, signal.SIGKILL)
    return True


def _is_ours(pid: int) -> bool:
    """Whether the process still runs and is a demo's server: a number may have been given out again."""
    listed = subprocess.run(  # noqa: S603
        ["ps", "-o", "stat=,args=", "-p", str(pid)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    return "lrs_bridge serve" in listed.stdout and not listed.stdout.startswith("Z")
