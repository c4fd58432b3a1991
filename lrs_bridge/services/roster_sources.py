"""Sources of rosters: added, listed and removed by people; what one offers is taken in services.roster_pulling."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from lrs_bridge.errors import NotFound, RequestRefused
from lrs_bridge.roster.column_names import OURS, PRESETS, ColumnNames, read_mapping
from lrs_bridge.roster.plan import RosterKind
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.sealing import seal
from lrs_bridge.services.targets import check_address, check_name
from lrs_bridge.storage import roster_sources as storage
from lrs_bridge.storage.database import Database, now

SHORTEST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class HeldRoster:
    """A file that waits for a human: why, and what opens its way."""

    file: str
    reason: str
    remedy: str
    gates: tuple[str, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RosterSourceView:
    """What may be shown of a source: everything but its secret. ``age``: since its last roster was applied."""

    name: str
    place: str
    kind: str
    every: timedelta
    state: str
    age: timedelta | None
    last_applied: datetime | None
    last_success: datetime | None
    next_attempt: datetime | None
    last_error: str
    held: tuple[HeldRoster, ...]


def add_source(  # noqa: PLR0913 - what a source is
    bridge: Bridge,
    name: str,
    *,
    folder: Path | None = None,
    pattern: str = "*",
    url: str = "",
    secret: str = "",
    kind: RosterKind,
    preset: str = "",
    mapping: str = "",
    every: timedelta,
) -> None:
    """Either a folder or an address. Raises RequestRefused, or RosterRefused for a wrong ``mapping``."""
    check_name(name)
    place = _folder(folder, pattern) if folder else _address(url)
    if every < SHORTEST:
        raise RequestRefused("Every minute is the most often", remedy="Such as --every 15m")
    column_names(preset, mapping)
    values = {
        "id": uuid4(),
        "name": name,
        "place": place,
        "pattern": pattern if folder else "",
        "sealed_secret": seal(bridge, secret) if secret else "",
        "kind": kind,
        "preset": preset,
        "mapping": mapping,
        "every_seconds": int(every.total_seconds()),
        "created": now(),
        "etag": "",
        "digest": "",
        "files": {},
        "failures": 0,
        "last_error": "",
    }
    with bridge.database.writing() as connection:
        if not storage.add_source(connection, values):
            raise RequestRefused(f"There is a roster source {name!r} already", remedy="Choose another name")


def _folder(folder: Path, pattern: str) -> str:
    place = folder.absolute()
    if not place.is_dir():
        raise RequestRefused(f"{place} is no folder", remedy="Make it, readable and writable for the server")
    if not pattern or "/" in pattern:
        raise RequestRefused(f"{pattern!r} is no pattern of file names", remedy="Such as --glob '*.csv'")
    return str(place)


def _address(url: str) -> str:
    check_address(url)
    if urlsplit(url).scheme != "https":
        raise RequestRefused("A roster is not fetched over plain http: anybody between could read and change it",
                             remedy="Write https://host/path")  # fmt: skip
    return url


def column_names(preset: str, mapping: str) -> ColumnNames:
    """Raises RosterRefused for a wrong ``mapping``."""
    names = PRESETS[preset] if preset else OURS
    return read_mapping(mapping, source="the mapping", base=names) if mapping else names


def list_sources(database: Database, *, at: datetime | None = None) -> list[RosterSourceView]:
    with database.reading() as connection:
        return [_view(row, at or now()) for row in storage.sources(connection)]


def _view(row: Any, at: datetime) -> RosterSourceView:
    marks = {name: mark["held"] for name, mark in sorted(row.files.items()) if mark.get("held")}
    return RosterSourceView(
        name=row.name,
        place=f"{row.place}/{row.pattern}" if row.pattern else row.place,
        kind=row.kind,
        every=timedelta(seconds=row.every_seconds),
        state="failing" if row.failures else "held" if marks else "up to date" if row.last_success else "new",
        age=at - row.last_applied if row.last_applied else None,
        last_applied=row.last_applied,
        last_success=row.last_success,
        next_attempt=row.next_attempt,
        last_error=row.last_error,
        held=tuple(_held(name, held) for name, held in marks.items()),
    )


def _held(name: str, held: dict[str, Any]) -> HeldRoster:
    return HeldRoster(name, held["reason"], held["remedy"], tuple(held["gates"]), tuple(held["problems"]))


def remove_source(bridge: Bridge, name: str) -> None:
    """What it brought stays."""
    source = source_named(bridge, name)
    with bridge.database.writing() as connection:
        storage.remove_source(connection, source.id)


def source_named(bridge: Bridge, name: str) -> Any:
    with bridge.database.reading() as connection:
        source = storage.source_named(connection, name)
    if source is None:
        raise NotFound(f"No roster source is called {name!r}", remedy="lrs-bridge roster sources list")
    return source
