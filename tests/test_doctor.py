"""The doctor: a table of things gone wrong, each with the outcome and the words that name it."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from socket import socket
from threading import Thread
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.credentials import create_credential
from lrs_bridge.services.doctor import Check, _player, check_machine
from lrs_bridge.services.doctor_database import check_database
from lrs_bridge.services.readers import create_reader
from lrs_bridge.services.record_statements import record_statements
from lrs_bridge.services.targets import Kind, add_target, pause_target
from lrs_bridge.settings import Settings
from lrs_bridge.storage.database import now
from lrs_bridge.storage.outbox import bury, target_named
from lrs_bridge.storage.schema.compliance import dirty_person
from lrs_bridge.storage.schema.people import roster_import
from lrs_bridge.storage.schema.statements import statement as statement_table
from tests.servers import BridgeServer
from tests.statements import recorder, statement

DAY = timedelta(days=1)


def looked(bridge: Bridge, *, at: datetime | None = None) -> dict[str, Check]:
    return {check.name: check for check in check_database(bridge.settings, at=at or now())}


def test_a_new_bridge_has_no_fault(bridge: Bridge) -> None:
    found = looked(bridge)
    assert {check.outcome for check in found.values()} <= {"ok", "warning"}
    assert [check.name for check in found.values() if check.outcome == "warning"] == ["roster"]
    expected = {"database", "migrations", "clock", "credentials", "readers", "course files", "attachments"}
    assert expected | {"statuses", "quarantine", "unmatched", "zones of people"} <= set(found)
    assert ("watermark" in found) != bridge.database.is_sqlite


def wide(bridge: Bridge) -> None:
    create_credential(bridge, "wide", ["all"])


def reading_compat(bridge: Bridge) -> None:
    create_credential(bridge, "moodle", ["statements/write", "statements/read"], compat=True)


def endless_reader(bridge: Bridge) -> None:
    create_reader(bridge, "Max", role="hr")


def old_mark(bridge: Bridge) -> None:
    with bridge.database.writing() as connection:
        connection.execute(sa.insert(dirty_person), {"person_id": uuid4(), "marked": now() - DAY})


def old_roster(bridge: Bridge) -> None:
    row = {"id": uuid4(), "source": "x", "sha256": "x", "kind": "snapshot", "as_of": date(2020, 1, 1), "rows": 1,
           "outcome": "applied", "gates": [], "accepted": [], "summary": {}, "recorded": now()}  # fmt: skip
    with bridge.database.writing() as connection:
        connection.execute(sa.insert(roster_import), row)


def target(bridge: Bridge, kind: Kind, *, hours: int) -> UUID:
    """A target that an old statement waits for; returns the statement."""
    add_target(bridge, kind, "x", "http://127.0.0.1:1/", secret="s")
    (key,) = record_statements(bridge, [statement()], by=recorder())
    with bridge.database.writing() as connection:
        connection.execute(sa.update(statement_table).values(stored=now() - timedelta(hours=hours)))
    return key


def late_target(bridge: Bridge) -> None:
    target(bridge, "lrs", hours=3)


def paused_target(bridge: Bridge) -> None:
    target(bridge, "lrs", hours=3)
    pause_target(bridge, "lrs", "x", paused=True)


def refusing_webhook(bridge: Bridge) -> None:
    key = target(bridge, "webhook", hours=0)
    with bridge.database.writing() as connection:
        found = target_named(connection, "webhook", "x")
        assert found is not None
        bury(connection, found.id, [(key, "no")], at=now())


def new_target(bridge: Bridge) -> None:
    target(bridge, "lrs", hours=0)


def held_statement(bridge: Bridge) -> None:
    record_statements(bridge, ["no statement"], by=recorder(compat=True))


def newer_version(bridge: Bridge) -> None:
    with bridge.database.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))


def older_version(bridge: Bridge) -> None:
    with bridge.database.writing() as connection:
        connection.execute(sa.text("DELETE FROM alembic_version"))


@pytest.mark.parametrize(
    ("spoil", "name", "outcome", "words", "remedy"),
    [
        (wide, "credential 'wide'", "warning", "may do everything", "revoke"),
        (reading_compat, "credential 'moodle'", "warning", "may read what others sent", "revoke"),
        (endless_reader, "readers", "warning", "never expires: 'Max'", "--days"),
        (old_mark, "statuses", "warning", "1 people wait", "log"),
        (old_roster, "roster", "warning", "of 2020-01-01", "Import the newest"),
        (new_target, "forwarding to 'x'", "ok", "1 statements wait, 0 were refused", ""),
        (late_target, "forwarding to 'x'", "warning", "1 statements wait, 0 were refused for good, the first for 3",
         "lrs-bridge forward list"),
        (paused_target, "forwarding to 'x'", "warning", "it is paused", "lrs-bridge forward resume x"),
        (refusing_webhook, "webhook 'x'", "warning", "1 were refused for good", "lrs-bridge webhooks dead-letters x"),
        (held_statement, "quarantine", "warning", "1 statements that could not be stored", "quarantine list"),
        (newer_version, "migrations", "fault", "9999 is of a newer version", "restore"),
        (older_version, "migrations", "fault", "revision none", "init-db"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(
    bridge: Bridge, spoil: Callable[[Bridge], None], name: str, outcome: str, words: str, remedy: str
) -> None:
    spoil(bridge)
    (found,) = [check for key, check in looked(bridge).items() if key.startswith(name)]
    assert found.outcome == outcome
    assert words in found.words
    assert remedy in found.remedy


def test_a_credential_that_nobody_uses(bridge: Bridge) -> None:
    create_credential(bridge, "old", ["statements/write"])
    assert "credentials" in looked(bridge, at=now() + 80 * DAY)
    (found,) = [check for name, check in looked(bridge, at=now() + 91 * DAY).items() if "'old'" in name]
    assert "never used" in found.words


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    settings = Settings.from_environment({"LRS_BRIDGE_DATA_DIR": str(tmp_path / "nowhere")})
    (found,) = check_database(settings, at=now())
    assert (found.outcome, found.remedy) == ("fault", "Make it with: lrs-bridge init-db")
    assert not settings.data_dir.exists(), "the doctor makes nothing"


def test_a_database_that_does_not_answer(tmp_path: Path) -> None:
    url = "postgresql://bridge@127.0.0.1:1/bridge"
    environment = {"LRS_BRIDGE_DATA_DIR": str(tmp_path), "LRS_BRIDGE_DATABASE_URL": url}
    (found,) = check_database(Settings.from_environment(environment), at=now())
    assert found.outcome == "fault"
    assert "does not answer" in found.words


def test_a_player_that_was_not_fetched(tmp_path: Path) -> None:
    (found,) = _player(tmp_path / "scorm-again.min.js")
    assert (found.outcome, found.remedy) == ("fault", "Fetch it: make player")


def test_a_wrong_manifest(tmp_path: Path) -> None:
    settings = Settings.from_environment({"LRS_BRIDGE_DATA_DIR": str(tmp_path)})
    found = {check.name: check for check in check_machine(replace(settings, manifest=tmp_path / "x.xml"), at=now())}
    assert found["manifest"].outcome == "fault"
    assert found["time zones"].outcome == "ok"


def certificate(folder: Path, days: int) -> Path:
    """A certificate of localhost that signs itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    end = datetime.now(UTC) + timedelta(days=days, hours=1)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(end - timedelta(days=400))
    builder = builder.not_valid_after(end).add_extension(
        x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False
    )
    made = builder.sign(key, hashes.SHA256())
    plain = serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path = folder / "certificate.pem"
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def listening(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[int, Path]]:
    path = certificate(tmp_path, request.param)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        thread = Thread(target=answer_once, args=(door, context))
        thread.start()
        yield door.getsockname()[1], path
        thread.join(10)


def answer_once(door: socket, context: ssl.SSLContext) -> None:
    peer, _ = door.accept()
    with peer, suppress(OSError):  # the caller was not convinced
        context.wrap_socket(peer, server_side=True).close()


@pytest.mark.parametrize(
    ("listening", "trusted", "outcome", "words"),
    [
        (100, True, "ok", "good until"),
        (3, True, "warning", "3 days"),
        (-2, True, "fault", "expired"),
        (100, False, "fault", "self-signed certificate"),
    ],
    indirect=["listening"],
)
def test_certificates(
    listening: tuple[int, Path], trusted: bool, outcome: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, path = listening
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
    settings = Settings.from_environment({"LRS_BRIDGE_PUBLIC_URL": f"https://localhost:{port}"})
    found = {check.name: check for check in check_machine(settings, at=now())}[f"certificate of localhost:{port}"]
    assert found.outcome == outcome
    assert words in found.words


def test_the_command(tmp_path: Path) -> None:
    beside = BridgeServer(tmp_path)
    assert beside.run("doctor").returncode == 1
    assert beside.run("init-db").returncode == 0
    done = beside.run("doctor", "--format", "json")
    assert done.returncode == 0, done.stdout
    assert '"outcome": "ok"' in done.stdout
    wrong = BridgeServer(tmp_path, {"LRS_BRIDGE_SECRET_KEY": "short"}).run("doctor")
    assert wrong.returncode == 1
    assert "LRS_BRIDGE_SECRET_KEY is shorter" in wrong.stdout
