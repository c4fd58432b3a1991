"""The doctor: looks at everything that an operator can put right, changes nothing, and says what to do."""

from __future__ import annotations

import shutil
import ssl
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.engine import make_url

from lrs_bridge.errors import ManifestInvalid, SettingInvalid
from lrs_bridge.manifest import default_manifest_path, load_manifest
from lrs_bridge.outbound.certificates import certificate_end
from lrs_bridge.services.bridge import check_answer_version
from lrs_bridge.settings import Settings

Outcome = Literal["ok", "warning", "fault"]
GIB = 1024**3
LEAST_FREE = GIB // 4
LITTLE_FREE = 2 * GIB
CERTIFICATE_WARNING = timedelta(days=21)
PLAYER = Path(__file__).parent.parent / "web" / "static" / "vendor" / "scorm-again-2004.min.js"


@dataclass(frozen=True, slots=True)
class Check:
    """What one look found: in words, with what to do about it where it is not ok."""

    name: str
    outcome: Outcome
    words: str
    remedy: str = ""


def check_machine(settings: Settings, *, at: datetime) -> list[Check]:
    """Everything that can be looked at without the database."""
    looks: tuple[Callable[[], Iterable[Check]], ...] = (
        lambda: [Check("settings", "ok", f"served at {settings.public_url}, courses at {settings.content_url}")],
        lambda: _manifest(settings),
        _player,
        lambda: _data_folder(settings),
        lambda: _disk(settings),
        _time_zones,
        lambda: _certificates(settings, at),
    )
    return [check for look in looks for check in look()]


def _manifest(settings: Settings) -> Iterator[Check]:
    path = settings.manifest or default_manifest_path()
    try:
        check_answer_version(settings, load_manifest(path))
    except (ManifestInvalid, SettingInvalid) as error:
        words = "; ".join(map(str, error.problems)) or error.reason
        yield Check("manifest", "fault", words, error.remedy or f"Put {path} right; the server does not start with it")
    else:
        yield Check("manifest", "ok", str(path))


def _player(path: Path = PLAYER) -> Iterator[Check]:
    if path.is_file() and path.stat().st_size:
        yield Check("player", "ok", f"{path.name}, {path.stat().st_size:,} bytes")
    else:
        yield Check("player", "fault", f"{path} is missing: no course can be played", "Fetch it: make player")


def _data_folder(settings: Settings) -> Iterator[Check]:
    folder = settings.data_dir.absolute()
    if not folder.is_dir():
        yield Check("data folder", "fault", f"{folder} is not there", "Make it with: lrs-bridge init-db")
        return
    key = folder / "secret_key"
    if not settings.secret_key and key.exists() and key.stat().st_mode & 0o077:
        yield Check("data folder", "warning", f"{key} can be read by others of this machine", f"chmod 600 {key}")
    else:
        yield Check("data folder", "ok", str(folder))


def _disk(settings: Settings) -> Iterator[Check]:
    places = {"data folder": settings.data_dir}
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        places["database"] = Path(url.database).parent
    for name, folder in places.items():
        free = shutil.disk_usage(_nearest(folder)).free
        outcome: Outcome = "fault" if free < LEAST_FREE else "warning" if free < LITTLE_FREE else "ok"
        remedy = "" if outcome == "ok" else "Free some space: with a full disk nothing is stored"
        yield Check(f"disk of the {name}", outcome, f"{free / GIB:.1f} GiB free", remedy)


def _nearest(folder: Path) -> Path:
    """The folder, or the one above it that is there."""
    return next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())


def _time_zones() -> Iterator[Check]:
    try:
        ZoneInfo("Europe/Berlin")
    except ZoneInfoNotFoundError:
        yield Check("time zones", "fault", "there is no time zone database", "Install the package tzdata")
    else:
        yield Check("time zones", "ok", "the time zone database is there")


def _certificates(settings: Settings, at: datetime) -> Iterator[Check]:
    for address in (settings.public_url, settings.content_url):
        parts = urlsplit(address)
        if parts.scheme == "https" and parts.hostname:
            yield _certificate(f"certificate of {parts.netloc}", parts.hostname, parts.port or 443, at)


def _certificate(name: str, host: str, port: int, at: datetime) -> Check:
    try:
        end = certificate_end(host, port)
    except ssl.SSLError as error:
        reason = getattr(error, "verify_message", "") or error.reason or "no TLS"
        return Check(name, "fault", f"browsers and the LMS will refuse it: {reason}", "Renew it, with its whole chain")
    except OSError as error:
        return Check(name, "warning", f"nobody answers from here: {error.strerror or error}",
                     "Start the reverse proxy, or ask from where the LMS is")  # fmt: skip
    words = f"good until {end:%Y-%m-%d}"
    if end - at < CERTIFICATE_WARNING:
        return Check(name, "warning", f"{words}, {(end - at).days} days", "Renew it now")
    return Check(name, "ok", words)
