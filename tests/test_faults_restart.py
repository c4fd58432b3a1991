"""PostgreSQL goes away in the middle of the load and comes back: the server goes on by itself, nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.load import all_acknowledged, credential, posting, stored_ids, wait_for
from tests.servers import BridgeServer, PostgreSQL, postgresql_cluster

pytestmark = pytest.mark.postgresql


@pytest.fixture
def cluster() -> Iterator[PostgreSQL]:
    """One of its own: the others' must not go away."""
    with postgresql_cluster() as running:
        yield running


def test_a_restart_of_the_database_under_load(tmp_path: Path, cluster: PostgreSQL) -> None:
    server = BridgeServer(tmp_path / "data", {"LRS_BRIDGE_DATABASE_URL": cluster.new_database()}).start()
    try:
        auth = credential(server)
        with posting(6, server.url, auth) as posters:
            wait_for(posters, 5)
            cluster.stop()  # immediate: as a crash, with nothing written back
            refused = requests.get(f"{server.url}/health/ready", timeout=30)
            assert refused.status_code == 503
            assert requests.get(f"{server.url}/health/live", timeout=30).status_code == 200
            cluster.start()
            wait_for(posters, 5)
        refusals = [refusal for poster in posters for refusal in poster.refusals]
        assert refusals, "somebody was refused meanwhile"
        assert {status for status, _ in refusals} == {503}, [body for status, body in refusals if status != 503][:3]
        assert all("database" in body["error"] and body["remedy"] for _, body in refusals), refusals[:3]
        assert not sum(poster.broken for poster in posters), "the server itself always answers"
        found = stored_ids(server.url, auth)
        assert len(found) == len(set(found)), "each once"
        assert set(all_acknowledged(posters)) <= set(found) <= {one for poster in posters for one in poster.sent}
    finally:
        server.stop()
