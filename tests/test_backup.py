"""Backup and restore: everything comes back, on both databases; a damaged file or a full target changes nothing."""

from __future__ import annotations

import gzip
import io
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from threading import Event, Thread

import pytest
import sqlalchemy as sa

from lrs_bridge.errors import Refused
from lrs_bridge.services.backup import back_up
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.credentials import authenticate, create_credential
from lrs_bridge.services.evidence_keys import rotate_key, signing_key, verification_keys
from lrs_bridge.services.restore import restore
from lrs_bridge.settings import Settings
from lrs_bridge.storage.attachments import attachment_store
from lrs_bridge.storage.database import insert_new
from lrs_bridge.storage.schema.compliance import lease
from tests.servers import PostgreSQL

AT = datetime(2026, 3, 31, 12, tzinfo=UTC)


def filled(bridge: Bridge) -> tuple[str, str, str]:
    """A credential and a course file; returns key, secret and digest."""
    made, secret = create_credential(bridge, "lms", ["statements/write"])
    kept = bridge.content.put(BytesIO(b"a page of a course"))
    attachment_store(bridge.settings.data_dir).put(BytesIO(b"a certificate"))
    return made.key, secret, kept.digest


def other_place(bridge: Bridge, folder: Path, request: pytest.FixtureRequest) -> Settings:
    """An empty target of the same kind."""
    if bridge.database.is_sqlite:
        url = f"sqlite:///{folder / 'restored.db'}"
    else:
        cluster: PostgreSQL = request.getfixturevalue("postgresql")
        url = cluster.new_database()
    return Settings.from_environment({"LRS_BRIDGE_DATA_DIR": str(folder), "LRS_BRIDGE_DATABASE_URL": url})


def test_everything_comes_back(bridge: Bridge, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    key, secret, digest = filled(bridge)
    rotate_key(bridge.settings)
    file, steps = tmp_path / "backup.tar.gz", list[tuple[int, int]]()
    manifest = back_up(bridge, file, at=AT, progress=lambda done, of: steps.append((done, of)))
    assert steps[-1][0] == steps[-1][1] > 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".lrs-bridge")] == []
    target = other_place(bridge, tmp_path / "other", request)
    assert restore(target, file) == manifest
    opened = Bridge.open(target)
    try:
        assert authenticate(opened, key, secret).name == "lms"
        assert opened.content.path(digest).read_bytes() == b"a page of a course"
        assert len(list((target.data_dir / "attachments").glob("??/*"))) == 1
        assert opened.signing_key == bridge.signing_key
        assert signing_key(target).thumbprint() == signing_key(bridge.settings).thumbprint()
        assert len(verification_keys(target)) == len(verification_keys(bridge.settings)) == 2
    finally:
        opened.close()
    assert [path for path in target.data_dir.iterdir() if path.name.startswith(".")] == []


def test_a_target_with_something_in_it_is_refused_and_replaced_by_force(
    bridge: Bridge, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    filled(bridge)
    file = tmp_path / "backup.tar.gz"
    back_up(bridge, file, at=AT)
    target = other_place(bridge, tmp_path / "other", request)
    restore(target, file)
    opened = Bridge.open(target)
    later, secret = create_credential(opened, "later", ["statements/write"])
    with pytest.raises(Refused, match="something already"):
        restore(target, file)
    with opened.database.reading(), pytest.raises(Refused, match="in use"):
        restore(target, file, force=True)
    assert authenticate(opened, later.key, secret).name == "later"
    opened.close()
    restore(target, file, force=True)
    again = Bridge.open(target)
    with again.database.reading() as connection:
        assert list(connection.scalars(sa.text("SELECT name FROM credential"))) == ["lms"]
    again.close()


def test_a_backup_is_of_one_moment_while_others_write(bridge: Bridge, tmp_path: Path) -> None:
    """Two rows change together in every transaction: in the backup they are alike."""
    stop = Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with bridge.database.writing() as connection:
                for name in ("one", "two"):
                    values = {"name": name, "holder": str(number), "until": AT}
                    insert = insert_new(connection, lease).values(values)
                    update = insert.on_conflict_do_update(index_elements=["name"], set_={"holder": str(number)})
                    connection.execute(update)

    writer = Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            back_up(bridge, tmp_path / f"{number}.tar.gz", at=AT)
    finally:
        stop.set()
        writer.join()
    if bridge.database.is_sqlite:  # pg_dump's snapshot is PostgreSQL's own
        for number in range(3):
            with tarfile.open(tmp_path / f"{number}.tar.gz") as archive:
                archive.extract("database", tmp_path / str(number), filter="data")
            with closing(sqlite3.connect(tmp_path / str(number) / "database")) as copy:
                found = copy.execute("SELECT count(DISTINCT holder) FROM lease").fetchone()
            assert found[0] <= 1


def members(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]


def written(file: Path, content: dict[str, bytes]) -> None:
    with tarfile.open(file, "w:gz") as archive:
        for name, body in content.items():
            member = tarfile.TarInfo(name)
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def without(name: str) -> Callable[[Path], None]:
    return lambda file: written(file, {key: body for key, body in members(file).items() if key != name})


def with_other(name: str, body: bytes) -> Callable[[Path], None]:
    return lambda file: written(file, members(file) | {name: body})


DAMAGE: dict[str, tuple[Callable[[Path], None], str]] = {
    "cut off": (cut, "cut off"),
    "empty": (lambda file: file.write_bytes(b"") and None, "damaged|no backup"),
    "not a tar": (lambda file: file.write_bytes(gzip.compress(b"hello")) and None, "damaged"),
    "not gzip": (lambda file: file.write_bytes(b"hello") and None, "damaged"),
    "no manifest": (without("manifest.json"), "no manifest"),
    "another manifest": (with_other("manifest.json", b"[]"), "no manifest"),
    "no database": (without("database"), "does not hold"),
    "no key": (without("secret_key"), "does not hold"),
    "another database": (with_other("database", b"x"), "does not hold"),
    "a file more": (with_other("content/aa/" + "aa" * 32, b"x"), "does not hold"),
    "a file outside": (with_other("../../evil", b"x"), "not a backup"),
    "an absolute path": (with_other("/tmp/evil", b"x"), "not a backup"),
}


@pytest.mark.parametrize(("spoil", "words"), DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_backup_changes_nothing(tmp_path: Path, spoil: Callable[[Path], None], words: str) -> None:
    source = Bridge.open(Settings.from_environment({"LRS_BRIDGE_DATA_DIR": str(tmp_path / "one")}))
    filled(source)
    file = tmp_path / "backup.tar.gz"
    back_up(source, file, at=AT)
    source.close()
    spoil(file)
    target = Settings.from_environment({"LRS_BRIDGE_DATA_DIR": str(tmp_path / "two")})
    with pytest.raises(Refused, match=words):
        restore(target, file)
    assert list(target.data_dir.rglob("*")) == []


def test_a_backup_is_not_restored_as_another_kind(tmp_path: Path, postgresql: PostgreSQL) -> None:
    source = Bridge.open(Settings.from_environment({"LRS_BRIDGE_DATA_DIR": str(tmp_path / "one")}))
    back_up(source, tmp_path / "backup.tar.gz", at=AT)
    source.close()
    environment = {"LRS_BRIDGE_DATA_DIR": str(tmp_path / "two"), "LRS_BRIDGE_DATABASE_URL": postgresql.new_database()}
    with pytest.raises(Refused, match="of sqlite"):
        restore(Settings.from_environment(environment), tmp_path / "backup.tar.gz")


def test_an_existing_file_is_not_written_over(bridge: Bridge, tmp_path: Path) -> None:
    (tmp_path / "backup").write_text("mine")
    with pytest.raises(Refused, match="there already"):
        back_up(bridge, tmp_path / "backup", at=AT)
    assert (tmp_path / "backup").read_text() == "mine"
