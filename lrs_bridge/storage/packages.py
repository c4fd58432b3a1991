"""Installed packages, their units and files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lrs_bridge.storage.schema.courseware import launchable_unit, package, package_file

LIVE = package.c.removed.is_(None)


def insert_package(
    connection: sa.Connection,
    values: Mapping[str, Any],
    *,
    units: Sequence[Mapping[str, Any]],
    files: Sequence[Mapping[str, Any]],
) -> None:
    connection.execute(sa.insert(package), values)
    connection.execute(sa.insert(launchable_unit), list(units))
    connection.execute(sa.insert(package_file), list(files))


def live_packages(connection: sa.Connection) -> list[Any]:
    return list(connection.execute(sa.select(package).where(LIVE).order_by(package.c.title, package.c.installed)))


def live_package_of(connection: sa.Connection, sha256: str) -> Any:
    return connection.execute(sa.select(package).where(LIVE, package.c.sha256 == sha256)).one_or_none()


def find_package(connection: sa.Connection, package_id: UUID) -> Any:
    return connection.execute(sa.select(package).where(package.c.id == package_id)).one_or_none()


def newest_package(connection: sa.Connection, identifier: str) -> Any:
    """The live package with this identifier of its manifest that was installed last."""
    query = sa.select(package).where(LIVE, package.c.identifier == identifier)
    return connection.execute(query.order_by(package.c.installed.desc()).limit(1)).one_or_none()


def units_of(connection: sa.Connection, package_id: UUID) -> list[Any]:
    query = sa.select(launchable_unit).where(launchable_unit.c.package_id == package_id)
    return list(connection.execute(query.order_by(launchable_unit.c.position)))


def find_unit(connection: sa.Connection, unit_id: UUID) -> Any:
    return connection.execute(sa.select(launchable_unit).where(launchable_unit.c.id == unit_id)).one_or_none()


def unit_activity(connection: sa.Connection, identifier: str, unit: str | None) -> str | None:
    """The activity of a unit of the newest package; without ``unit`` of its only one. None: not installed."""
    newest = newest_package(connection, identifier)
    units = units_of(connection, newest.id) if newest else []
    if unit is None:
        return units[0].activity if len(units) == 1 else None
    return next((row.activity for row in units if row.identifier == unit), None)


def file_of(connection: sa.Connection, package_id: UUID, path: str) -> Any:
    query = sa.select(package_file).where(package_file.c.package_id == package_id, package_file.c.path == path)
    return connection.execute(query).one_or_none()


def live_digests(connection: sa.Connection) -> set[str]:
    """Every content file that some package still needs; removed packages keep theirs for running attempts."""
    return set(connection.scalars(sa.select(package_file.c.digest).distinct()))


def mark_removed(connection: sa.Connection, package_id: UUID, *, at: datetime) -> int:
    update = sa.update(package).where(package.c.id == package_id, LIVE).values(removed=at)
    return connection.execute(update).rowcount
