"""What a package declares, whatever its standard: a course and its launchable units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class LaunchableUnit:
    """A SCO, an AU or an AICC unit.

    ``href`` is the name of a file in the archive; ``parameters`` is ready to follow its URL: empty, or a query and
    a fragment with their ``?`` and ``#``. ``mastery_score`` is scaled 0…1, ``mastery_raw`` what the manifest says.
    ``reports`` is false for a unit that the standard lets be launched but that never speaks to an LMS.
    ``activity`` is the IRI that the package itself gives the unit; ``address`` stands in place of ``href`` where the
    unit starts on another server; ``max_score`` is what a raw score of the unit is out of.
    ``completion_threshold`` and ``content_completes`` are SCORM 2004's: how much progress completes the unit, and that
    nobody but its content may call it completed.
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
    activity: str = ""
    activity_type: str = ""
    address: str = ""
    max_score: float | None = None
    completion_threshold: float | None = None
    content_completes: bool = False

    @property
    def url(self) -> str:
        """The launch URL relative to the root of the package."""
        return quote(self.href, safe="/~!$&'()*+,;=@") + self.parameters


@dataclass(frozen=True, slots=True)
class Section:
    """A line of the table of contents: a heading, a unit (by identifier), or both. ``identifier`` is its item's."""

    title: str
    unit: str = ""
    visible: bool = True
    children: tuple[Section, ...] = ()
    identifier: str = ""

    def walk(self) -> Iterator[Section]:
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class DescribedActivity:
    """What a package says of an activity that statements may be about; texts by language tag."""

    id: str
    type: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    descriptions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Course:
    """A package's manifest, read. ``activity_tree`` is what the sequencing of SCORM 2004 works on; else empty."""

    identifier: str
    title: str
    version: str
    standard: str
    units: tuple[LaunchableUnit, ...]
    structure: tuple[Section, ...] = ()
    description: str = ""
    language: str = ""
    activity_tree: Mapping[str, Any] = field(default_factory=dict)
    activities: tuple[DescribedActivity, ...] = ()
