"""The demo's LMS: a client of the running server that posts statements and asks for launches over HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import requests

from lrs_bridge.errors import Unavailable

XAPI = {"X-Experience-API-Version": "1.0.3", "Content-Type": "application/json"}
START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class LmsClient:
    """``key`` and ``secret`` are a credential of the bridge."""

    url: str
    key: str
    secret: str
    session: requests.Session = field(default_factory=requests.Session)

    def wait_until_ready(self, still_running: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and still_running():
            try:
                if self.session.get(f"{self.url}/health/ready", timeout=5).ok:
                    return
            except requests.ConnectionError:
                time.sleep(0.1)
        raise Unavailable("The server did not start", remedy="Read server.log in the demo's data folder")

    def post_statements(self, bodies: Iterable[bytes], tell: Callable[[int], None]) -> int:
        """Post each body; returns how many statements were acknowledged."""
        acknowledged = 0
        for body in bodies:
            answer = self.session.post(
                f"{self.url}/xapi/statements", data=body, headers=XAPI, auth=(self.key, self.secret), timeout=60
            )
            answer.raise_for_status()
            acknowledged += len(answer.json())
            tell(acknowledged)
        return acknowledged

    def launch_url(self, package: str, unit: str, employee_id: str) -> str:
        wanted = {"package": package, "unit": unit, "employee_id": employee_id}
        answer = self.session.post(f"{self.url}/launches", json=wanted, auth=(self.key, self.secret), timeout=60)
        answer.raise_for_status()
        return str(answer.json()["launch_url"])
