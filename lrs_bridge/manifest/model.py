"""What a manifest declares, and what this version of the product can serve of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Built:
    """What this version of the product can serve; a manifest may declare less, never more."""

    xapi_versions: frozenset[str] = frozenset({"1.0.3", "2.0.0"})
    xapi_auth: frozenset[str] = frozenset({"basic", "oauth2"})
    standards: frozenset[str] = frozenset({"scorm12", "xapi", "aicc", "cmi5"})
    feeds: frozenset[str] = frozenset({"compliance", "aggregates"})
    formats: frozenset[str] = frozenset({"json", "csv", "xlsx", "atom", "ics", "parquet"})
    tables: Mapping[str, frozenset[str]] = field(
        default_factory=lambda: {"aggregates": frozenset({"json", "csv", "xlsx"})}
    )
    """Feeds that are served in some of the formats only."""
    pages: frozenset[str] = frozenset({"manage", "admin"})
    endpoints: Mapping[str, str] = field(
        default_factory=lambda: {
            "launches": "public",
            "cmi5": "public",
            "absences": "public",
            "evidence": "public",
            "evidence-packs": "public",
            "identities": "public",
            "health": "public",
            "metrics": "public",
            "openapi": "public",
            "scim": "public",
            "player": "content",
            "content": "content",
            "runtime": "content",
        }
    )
    """By name, the origin each belongs on."""
    lti: bool = False


BUILT = Built()


@dataclass(frozen=True, slots=True)
class LtiMessage:
    type: str
    placements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lti:
    """The LTI 1.3 tool. Its routes are mounted only where ``enabled``; an empty path is one not offered."""

    enabled: bool
    login: str
    launch: str
    jwks: str
    deep_linking: str
    registration: str
    messages: tuple[LtiMessage, ...]
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Xapi:
    path: str
    versions: tuple[str, ...]
    auth: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Packages:
    path: str
    standards: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Feed:
    name: str
    path: str
    formats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    name: str
    path: str
    origin: str
    """``public``, or ``content`` for what is served under CONTENT_URL."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the server mounts: an entry that is not here has no route."""

    title: str
    description: str
    vendor: str
    lti: Lti | None
    xapi: Xapi | None
    packages: Packages | None
    feeds: tuple[Feed, ...]
    pages: tuple[Page, ...]
    endpoints: tuple[Endpoint, ...]
    source: bytes = field(repr=False)

    @property
    def standards(self) -> tuple[str, ...]:
        return self.packages.standards if self.packages else ()

    def feed(self, name: str) -> Feed | None:
        return next((feed for feed in self.feeds if feed.name == name), None)

    def page(self, name: str) -> Page | None:
        return next((page for page in self.pages if page.name == name), None)

    def endpoint(self, name: str) -> Endpoint | None:
        return next((endpoint for endpoint in self.endpoints if endpoint.name == name), None)
