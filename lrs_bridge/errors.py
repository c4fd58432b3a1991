"""One tree of errors. Every leaf says where, why and what to do; the web has one table from leaf to answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in an input.

    ``place`` is where to look: a JSON Pointer, a file, ``roster.csv:12:email``. ``clause`` names the
    paragraph of the standard, where one rules.
    """

    place: str
    reason: str
    remedy: str = ""
    clause: str = ""
    severity: Severity = "error"

    def __str__(self) -> str:
        words = f"{self.place}: {self.reason}" if self.place else self.reason
        clause = f" ({self.clause})" if self.clause else ""
        return f"{words}{clause}. {self.remedy}".rstrip() if self.remedy else f"{words}{clause}"

    def as_dict(self) -> dict[str, str]:
        return {key: value for key, value in asdict(self).items() if value}


class LrsBridgeError(Exception):
    """The root. ``problems`` holds everything that was found, not only the first."""

    def __init__(self, reason: str, *, remedy: str = "", problems: Iterable[Problem] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy
        self.problems = tuple(problems)


class SettingInvalid(LrsBridgeError):
    """An environment variable holds what the bridge cannot start with."""


class ManifestInvalid(LrsBridgeError):
    """plugin_manifest.xml does not validate."""


class Refused(LrsBridgeError):
    """An input was refused whole; nothing of it was applied."""


class PackageRefused(Refused):
    """A course package is broken or dangerous."""


class StatementRefused(Refused):
    """A statement or batch breaks the xAPI specification (400)."""


class RosterRefused(Refused):
    """A roster or another HR file cannot be read."""


class RosterHeld(Refused):
    """A roster is readable, but a gate holds it until a human accepts it by name."""


class RequirementRefused(Refused):
    """A requirements file is wrong."""


class RequestRefused(Refused):
    """A parameter, header or body of a request is wrong (400)."""


class StatementConflict(LrsBridgeError):
    """The same statement id with a different statement (409)."""


class DocumentConflict(LrsBridgeError):
    """A document is there already, and the request does not say which version of it the caller knows (409)."""


class PreconditionFailed(LrsBridgeError):
    """If-Match or If-None-Match does not hold for the document as it is now (412)."""


class TooLarge(Refused):
    """A body is larger than is kept (413)."""


class NotAuthenticated(LrsBridgeError):
    """No credential, or one that is unknown, revoked or expired (401)."""


class NotAllowed(LrsBridgeError):
    """The credential is good, but its scope does not cover this (403)."""


class LaunchRefused(LrsBridgeError):
    """A launch token is used up, expired, forged or not for this."""


class NotFound(LrsBridgeError):
    """No such thing, or not in the caller's scope, which must look the same (404)."""


class Gone(LrsBridgeError):
    """What the caller would go on from is no longer kept, or no longer theirs (410)."""


class NotInstalled(LrsBridgeError):
    """This needs a library that was left out of the installation (501)."""


class Unavailable(LrsBridgeError):
    """A thing that the bridge needs does not answer now; nothing was acknowledged (503)."""
