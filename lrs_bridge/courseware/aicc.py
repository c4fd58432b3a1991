"""AICC: the descriptors of a course (.crs .au .des .cst and their companions) to a Course (AICC CMI001 4.0, chapter 7).

Names and identifiers are compared without regard to case, as the standard does. ``mastery_score`` is on the scale of
the unit's ``max_score``, or of 100 where it has none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from lrs_bridge.courseware.aicc_structure import Structure
from lrs_bridge.courseware.aicc_tables import Row, groups, keywords, read_text, table
from lrs_bridge.courseware.archive import Archive
from lrs_bridge.courseware.course import Course, LaunchableUnit
from lrs_bridge.courseware.entry_names import shown
from lrs_bridge.courseware.findings import listed, notice, warning
from lrs_bridge.courseware.launch_addresses import is_web_address
from lrs_bridge.courseware.references import Reference, resolve, with_parameters
from lrs_bridge.errors import PackageRefused, Problem

STANDARD: Final = "AICC"
REFUSED: Final = "The package is refused: its AICC descriptors do not lead to a course"
TIMESPAN: Final = re.compile(r"(\d{1,4}):(\d{1,2}):(\d{1,2})(?:\.\d+)?", re.ASCII)
LIMIT_ENDS: Final = {"e": "exit", "c": "continue"}
LIMIT_WORDS: Final = {"m": "message", "n": "no message"}
NO_FILE: Final = {
    "empty": ("names no file to start (file_name)", "Write the start page into file_name"),
    "scheme": ("starts with {}, which is no page", "Name a file of the package, or an address with https"),
    "outside": ("starts outside the package ({})", "Name a file of the package"),
    "malformed": ("starts with an address that holds control characters ({})", "Correct file_name"),
}


@dataclass
class Reading:
    """The descriptors of one course by their endings, and what was found wrong with them."""

    archive: Archive
    files: dict[str, str]
    problems: list[Problem] = field(default_factory=list)
    refused: bool = False

    def refuse(self, place: str, reason: str, remedy: str) -> None:
        self.refused = True
        self.problems.append(Problem(place, reason, remedy))

    def warn(self, place: str, reason: str, remedy: str = "") -> None:
        self.problems.append(warning(place, reason, remedy, "AICC CMI001 7"))

    def rows(self, ending: str) -> list[Row]:
        name = self.files.get(ending)
        return list(table(read_text(self.archive, name), name)) if name else []


def recognises(archive: Archive) -> bool:
    """A course file at the top level, or a file of descriptions, which is nobody else's either."""
    return bool(_named(archive, ".crs") or _named(archive, ".des"))


def read(archive: Archive) -> tuple[Course, list[Problem]]:
    """The course and what is suspicious about its descriptors; PackageRefused with all problems where it cannot run."""
    reading = _descriptors(archive)
    course_file = groups(read_text(archive, reading.files[".crs"]))
    head = keywords(course_file.get("course", ""))
    titles = {row["system_id"].lower(): row for row in reading.rows(".des")}
    wanted = {row["structure_element"].lower(): row["prerequisite"] for row in reading.rows(".pre")}
    units = _units(reading, titles, wanted)
    structure = Structure(reading.rows(".cst"), units, titles, reading.warn, reading.refuse).sections()
    _completion(reading)
    if not units and not reading.refused:
        reading.refuse(reading.files.get(".au", ""), "lists no unit", "Export the course again")
    if reading.refused:
        raise PackageRefused(REFUSED, problems=reading.problems)
    named = _identifier(reading, head)
    course = Course(
        identifier=named,
        title=head.get("course_title") or named,
        version="",  # Version in the file is that of the AICC guidelines
        standard=STANDARD,
        units=tuple(units.values()),
        structure=structure,
        description=" ".join(course_file.get("course_description", "").split()),
    )
    return course, reading.problems


def _named(archive: Archive, ending: str) -> list[str]:
    """The files at the top level with this ending."""
    return sorted(name for name in archive.names if "/" not in name and name.lower().endswith(ending))


def _descriptors(archive: Archive) -> Reading:
    courses = _named(archive, ".crs")
    if not courses:
        place = shown(_named(archive, ".des")[0])
        problem = Problem(place, "has no course file (.crs) beside it", "Add the .crs file of the course")
        raise PackageRefused(REFUSED, problems=[problem])
    stem = courses[0][: -len(".crs")].lower()
    reading = Reading(archive, {".crs": courses[0]})
    if len(courses) > 1:
        reading.warn(shown(courses[1]), f"is a second course; only {shown(courses[0])} is used", "Zip each on its own")
    for ending in (".au", ".des", ".cst", ".pre", ".ort", ".cmp"):
        names = _named(archive, ending)
        own = next((name for name in names if name[: -len(ending)].lower() == stem), names[0] if names else "")
        if own:
            reading.files[ending] = own
    if ".au" not in reading.files:
        problem = Problem(shown(courses[0]), "has no file of units (.au) beside it", "Add the .au file of the course")
        raise PackageRefused(REFUSED, problems=[problem])
    for ending, effect in ((".des", "units are called by their ids"), (".cst", "units come in the order of the .au")):
        if ending not in reading.files:
            reading.warn(shown(courses[0]), f"has no {ending} file beside it: {effect}", f"Add the {ending} file")
    return reading


def _identifier(reading: Reading, head: dict[str, str]) -> str:
    """Numbers such as 1 are common, so the creator's name tells courses of two vendors apart."""
    named = "/".join(part for part in (head.get("course_creator", ""), head.get("course_id", "")) if part)
    if not head.get("course_id"):
        place = reading.files[".crs"]
        reading.warn(shown(place), "has no Course_ID; the file's name is used", "Add one that stays between versions")
        named = named or place.rpartition(".")[0]
    return named


def _units(reading: Reading, titles: dict[str, Row], wanted: dict[str, str]) -> dict[str, LaunchableUnit]:
    found: dict[str, LaunchableUnit] = {}
    external: list[str] = []
    for row in reading.rows(".au"):
        identifier = row["system_id"]
        if not identifier:
            reading.refuse(row.place, "has no system_id", "Give the unit one")
        elif identifier.lower() in found:
            reading.refuse(row.place, f"a second unit has the system_id {shown(identifier)}", "Give each its own")
        else:
            described = titles.get(identifier.lower())
            title = (described["title"] if described else "") or identifier
            unit = _unit(reading, row, title, wanted.get(identifier.lower(), ""), len(found))
            found[identifier.lower()] = unit
            external += [shown(unit.address)] if unit.address else []
    if external:
        reading.problems.append(notice(reading.files[".au"], "starts on another server, which learns who starts it: "
                                       + listed(external)))  # fmt: skip
    return found


def _unit(reading: Reading, row: Row, title: str, prerequisites: str, order: int) -> LaunchableUnit:
    target = resolve(reading.archive, row["file_name"])
    address = _address(reading, row, target, title)
    mastery = _mastery(reading, row)
    return LaunchableUnit(
        identifier=row["system_id"],
        title=title,
        href=target.name or "",
        parameters="" if address else with_parameters(target.suffix, row["web_launch"]),
        mastery_score=None if mastery is None else round(mastery / 100, 6),
        mastery_raw="" if mastery is None else f"{mastery:g}",
        max_time_allowed=_time_allowed(reading, row),
        time_limit_action=_time_limit_action(reading, row),
        launch_data=row["core_vendor"],
        prerequisites=prerequisites,
        files=(target.name,) if target.name else (),
        order=order,
        address=address,
        max_score=_number(row["max_score"]) or None,
    )


def _address(reading: Reading, row: Row, target: Reference, title: str) -> str:
    """Where the unit starts on another server, with its own parameters; empty for a file of the package."""
    if target.kind == "external" and is_web_address(target.path):
        base, suffix = _cut(target.path)
        return base + with_parameters(suffix, row["web_launch"])
    if target.kind == "external":
        reading.refuse(row.place, f"{shown(title)} starts with {shown(target.path)}, which is no whole web address",
                       "Write it as https://host/path")  # fmt: skip
    elif target.kind in NO_FILE:
        reason, remedy = NO_FILE[target.kind]
        reading.refuse(row.place, f"{shown(title)} {reason.format(shown(target.path))}", remedy)
    elif target.name is None:
        reading.refuse(row.place, f"{shown(title)} starts with {shown(target.path)}, which is not in the package",
                       "Add the file, or correct file_name")  # fmt: skip
    elif target.habits:
        reading.warn(row.place, f"{shown(target.path)} {'; '.join(target.habits)}", "Correct the spelling")
    return ""


def _cut(url: str) -> tuple[str, str]:
    found = re.search(r"[?#]", url)
    return (url[: found.start()], url[found.start() :]) if found else (url, "")


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", text, re.ASCII) else None


def _mastery(reading: Reading, row: Row) -> float | None:
    """0…100."""
    raw = row["mastery_score"]
    score, highest = _number(raw), _number(row["max_score"]) or 100.0
    if not raw:
        return None
    if score is None or score > max(highest, 100):
        reading.warn(row.place, f"mastery_score is {shown(raw)!r}; it was ignored", f"Write a number up to {highest:g}")
        return None
    if score > highest:
        reading.warn(row.place, f"mastery_score {raw} is above max_score {highest:g}; it was taken as per cent",
                     "Correct one of the two")  # fmt: skip
        return score
    return round(score / highest * 100, 4)


def _time_allowed(reading: Reading, row: Row) -> str:
    raw = row["max_time_allowed"]
    match = TIMESPAN.fullmatch(raw)
    if not match:
        if raw:
            reading.warn(row.place, f"max_time_allowed is {shown(raw)!r}; it was ignored", "Write HH:MM:SS")
        return ""
    hours, minutes, seconds = map(int, match.groups())
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}" if hours or minutes or seconds else ""


def _time_limit_action(reading: Reading, row: Row) -> str:
    """Only the first letter of each word counts, and either may stand first."""
    raw = row["time_limit_action"]
    letters = [word.strip()[:1].lower() for word in re.split(r"[,/]", raw) if word.strip()]
    if not all(letter in LIMIT_ENDS or letter in LIMIT_WORDS for letter in letters):
        reading.warn(row.place, f"time_limit_action is {shown(raw)!r}; it was ignored", "Write such as exit,message")
        return ""
    ends = [LIMIT_ENDS[letter] for letter in letters if letter in LIMIT_ENDS]
    words = [LIMIT_WORDS[letter] for letter in letters if letter in LIMIT_WORDS]
    return ",".join([*ends[:1], *words[:1]])


def _completion(reading: Reading) -> None:
    if name := reading.files.get(".cmp"):
        reading.problems.append(notice(shown(name), "its completion rules are not applied: a unit's status is its own, "
                                       "and requirements say which units count"))  # fmt: skip
