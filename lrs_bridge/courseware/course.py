"""What a package declares, whatever its standard: a course and its launchable units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class LaunchableUnit:
    """A SCO, an AU or an AICC unit.

    ``href`` is the name of a file in the archive; ``parameters`` is ready to follow its URL: empty, or a query and
    a fragment with their ``?`` and ``#``. ``mastery_score`` is scaled 0…1, ``mastery_raw`` what the manifest says.
    ``reports`` is false for a unit that the standard lets be launched but that never speaks to an LMS.
    """

    identifier: str
    title: str
    href: str
    parameters: str = ""
    mastery_score: float | None = None
    mastery_raw: str = ""
    max_time_allowed: str = ""
    time_limit_action: str = ""
    launch_data: str = ""
    prerequisites: str = ""
    files: tuple[str, ...] = ()
    order: int = 0
    visible: bool = True
    reports: bool = True

    @property
    def url(self) -> str:
        """The launch URL relative to the root of the package."""
        return quote(self.href, safe="/~!$&'()*+,;=@") + self.parameters


@dataclass(frozen=True, slots=True)
class Section:
    """A line of the table of contents: a heading, a unit (by identifier), or both."""

    title: str
    unit: str = ""
    visible: bool = True
    children: tuple[Section, ...] = ()

    def walk(self) -> Iterator[Section]:
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Course:
    """A package's manifest, read."""

    identifier: str
    title: str
    version: str
    standard: str
    units: tuple[LaunchableUnit, ...]
    structure: tuple[Section, ...] = ()
    description: str = ""
    language: str = ""
