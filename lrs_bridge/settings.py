"""What an operator may set: environment variables with the prefix LRS_BRIDGE_, read once at the start."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TypeVar
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from lrs_bridge.errors import Problem, SettingInvalid

PREFIX = "LRS_BRIDGE_"
T = TypeVar("T")
DEFAULT_PORT = 8000
PORT_FILE = "port"
DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}
USUAL_PORTS = {"http": 80, "https": 443}
NO_ORIGIN = "is not a web address|Write it like https://bridge.example.com"
ORIGINS_REMEDY = (
    "Packages are untrusted code: serve them under another host name or port, "
    "so that they never see a session of the application"
)

WorkingHours = tuple[str, time, time]
"""The country (empty: every other one), and from when to when people work there by their own clocks."""
USUAL_HOURS: WorkingHours = ("", time(8), time(18))
HOURS_REMEDY = "Write 08:00-18:00, and 08:00-18:00 AE=07:00-15:00 where a country has its own"


@dataclass(frozen=True, slots=True)
class Settings:
    """One start of the bridge. Every field is documented in docs/configuration.md."""

    data_dir: Path
    database_url: str
    public_url: str
    content_url: str
    secret_key: str
    lms_home_pages: tuple[str, ...] = ()
    leaver_after_days: int = 0
    reported_absences_stand: bool = False
    manifest: Path | None = None
    oauth_issuer: str = ""
    oauth_audience: str = ""
    oauth_jwks_url: str = ""
    xapi_answer_version: str = ""
    working_hours: tuple[WorkingHours, ...] = (USUAL_HOURS,)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None, *, port: int | None = None) -> Settings:
        """Read and check everything; raises SettingInvalid with every wrong value and its remedy.

        ``port`` is the server's, where PUBLIC_URL is not set; a command beside it finds it in the data folder.
        """
        reader = _Reader(os.environ if environ is None else environ)
        data_dir = reader.value("DATA_DIR", _path, Path("data"))
        port = port or _remembered_port(data_dir)
        settings = cls(
            data_dir=data_dir,
            database_url=reader.value("DATABASE_URL", _database_url, f"sqlite:///{data_dir / 'lrs_bridge.db'}"),
            public_url=reader.value("PUBLIC_URL", _origin, f"http://localhost:{port}"),
            content_url=reader.value("CONTENT_URL", _origin, f"http://127.0.0.1:{port}"),
            secret_key=reader.value("SECRET_KEY", _secret, ""),
            lms_home_pages=reader.value("LMS_HOME_PAGES", _home_pages, ()),
            leaver_after_days=reader.value("LEAVER_AFTER_DAYS", _days, 0),
            reported_absences_stand=reader.value("REPORTED_ABSENCES_STAND", _yes_or_no, default=False),
            manifest=reader.value("MANIFEST", _path, None),
            oauth_issuer=reader.value("OAUTH_ISSUER", _issuer, ""),
            oauth_audience=reader.value("OAUTH_AUDIENCE", str, ""),
            oauth_jwks_url=reader.value("OAUTH_JWKS_URL", _keys_url, ""),
            xapi_answer_version=reader.value("XAPI_ANSWER_VERSION", str, ""),
            working_hours=reader.value("WORKING_HOURS", _working_hours, (USUAL_HOURS,)),
        )
        # the Host of a request names no scheme, so that must not be the only difference
        if urlsplit(settings.public_url).netloc == urlsplit(settings.content_url).netloc:
            reader.refuse("CONTENT_URL", "is the same origin as PUBLIC_URL", ORIGINS_REMEDY)
        reader.refuse_half("OAUTH_ISSUER", "OAUTH_AUDIENCE", "OAUTH_JWKS_URL")
        reader.finish()
        return settings

    def signing_key(self) -> str:
        """The configured key, else one made at the first start and kept in the data folder."""
        if self.secret_key:
            return self.secret_key
        path = self.data_dir / "secret_key"
        try:
            if not path.exists():
                self.data_dir.mkdir(parents=True, exist_ok=True)
                _keep_new_key(path)
            return path.read_text()
        except OSError as error:
            raise SettingInvalid(
                f"{PREFIX}DATA_DIR: {data_dir_words(self.data_dir)} cannot be written: {error.strerror}",
                remedy="Name a folder that the server may write to",
            ) from error


def _keep_new_key(path: Path) -> None:
    """Private from its first byte, and there whole or not at all: workers start at the same moment."""
    with NamedTemporaryFile("w", dir=path.parent) as fresh, suppress(FileExistsError):
        fresh.write(secrets.token_urlsafe(48))
        fresh.flush()
        os.link(fresh.name, path)


def remember_port(data_dir: Path, port: int) -> None:
    """So that commands beside the server write the addresses that it is served at."""
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / PORT_FILE).write_text(str(port))


def _remembered_port(data_dir: Path) -> int:
    try:
        return int((data_dir / PORT_FILE).read_text())
    except (OSError, ValueError):
        return DEFAULT_PORT


def data_dir_words(path: Path) -> str:
    return str(path.absolute())


class _Reader:
    """Reads variable after variable and keeps every fault for the end."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[Problem] = []

    def value(self, name: str, parse: Callable[[str], T], default: T) -> T:
        raw = self.environ.get(PREFIX + name, "").strip()
        if not raw:
            return default
        try:
            return parse(raw)
        except ValueError as error:
            reason, _, remedy = str(error).partition("|")
            self.refuse(name, reason, remedy)
            return default

    def refuse(self, name: str, reason: str, remedy: str) -> None:
        self.problems.append(Problem(PREFIX + name, reason, remedy))

    def refuse_half(self, *names: str) -> None:
        """Settings that mean something together only."""
        missing = [name for name in names if not self.environ.get(PREFIX + name, "").strip()]
        if len(missing) < len(names):
            for name in missing:
                others = ", ".join(PREFIX + other for other in names if other not in missing)
                self.refuse(name, f"is missing beside {others}", "Set all of them, or none")

    def finish(self) -> None:
        known = {PREFIX + field.upper() for field in Settings.__slots__}
        for name in sorted(set(self.environ) - known):
            if name.startswith(PREFIX):
                self.refuse(name.removeprefix(PREFIX), "is not a setting of LRS Bridge", "See docs/configuration.md")
        if self.problems:
            raise SettingInvalid(
                "The settings are wrong: " + "; ".join(map(str, self.problems)), problems=self.problems
            )


def _path(raw: str) -> Path:
    return Path(raw).expanduser()


def _database_url(raw: str) -> str:
    """With the driver that we use, whichever was named."""
    try:
        url = make_url(raw)
    except (ArgumentError, ValueError) as error:  # the value itself stays unsaid: it may hold a password
        raise ValueError("is not a database URL|Write sqlite:////path/file.db or postgresql://…") from error
    kind = url.get_backend_name()
    if kind not in DRIVERS:
        raise ValueError(f"names {kind!r}|Use sqlite or postgresql")
    if kind == "sqlite" and url.database in {None, "", ":memory:"}:
        raise ValueError("names no file, so nothing would be kept|Write sqlite:////path/file.db")
    return url.set(drivername=DRIVERS[kind]).render_as_string(hide_password=False)


def _origin(raw: str) -> str:
    """As browsers write it: in small letters, without the port that goes without saying."""
    try:
        parts = urlsplit(raw)
        host, port = parts.netloc.lower(), parts.port
    except ValueError as error:  # a port that is no number, half an IPv6 address
        raise ValueError(NO_ORIGIN) from error
    if parts.scheme not in USUAL_PORTS or not parts.hostname or "@" in host or parts.query or parts.fragment:
        raise ValueError(NO_ORIGIN)
    if parts.path.strip("/"):
        raise ValueError(f"has a path: {raw!r}|The bridge is served at the root of its own host name")
    return f"{parts.scheme}://{host.removesuffix(f':{port}') if port == USUAL_PORTS[parts.scheme] else host}"


def _secret(raw: str) -> str:
    if len(raw) < 32:
        raise ValueError("is shorter than 32 characters|Make one with: python3 -c 'import secrets; "
                         "print(secrets.token_urlsafe(48))'")  # fmt: skip
    return raw


def _home_pages(raw: str) -> tuple[str, ...]:
    pages = tuple(raw.split())
    if not all(urlsplit(page).scheme for page in pages):
        raise ValueError(f"holds something that is not an IRI: {raw!r}|List the homePages of your LMS, with spaces")
    return pages


def _days(raw: str) -> int:
    if not (raw.isascii() and raw.isdigit()):
        raise ValueError(f"is not a number of days: {raw!r}|Write a whole number, 0 or more")
    return int(raw)


def _yes_or_no(raw: str) -> bool:
    if raw.lower() not in {"yes", "no"}:
        raise ValueError(f"is {raw!r}|Write yes or no")
    return raw.lower() == "yes"


def _working_hours(raw: str) -> tuple[WorkingHours, ...]:
    found = {"": USUAL_HOURS}
    for part in raw.split():
        country, _, hours = part.rpartition("=")
        opens, _, closes = hours.partition("-")
        try:
            hours_there = (country.upper(), time.fromisoformat(opens), time.fromisoformat(closes))
        except ValueError as error:
            raise ValueError(f"holds {part!r}|{HOURS_REMEDY}") from error
        if hours_there[1] >= hours_there[2] or hours_there[1].tzinfo or hours_there[2].tzinfo:
            raise ValueError(f"holds {part!r}, which is no stretch of one day|{HOURS_REMEDY}")
        found[country.upper()] = hours_there
    return tuple(found.values())


def _issuer(raw: str) -> str:
    if not urlsplit(raw).scheme:
        raise ValueError(f"is not an IRI: {raw!r}|Write it exactly as the token's iss claim has it")
    return raw


def _keys_url(raw: str) -> str:
    parts = urlsplit(raw)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}):
        raise ValueError(f"is not an https address: {raw!r}|Whoever can change these keys can sign tokens: use https")
    return raw
