"""The groups of HACP and the CMI of SCORM 1.2, which grew out of it: each in the words of the other.

``taken`` reads what PutParam sends, ``given`` writes what GetParam answers. Scores are kept on the scale of 0 to 100
that mastery is judged on: "18,20" becomes 90.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from lrs_bridge.courseware.aicc_tables import keywords
from lrs_bridge.courseware.cmi_rows import rows
from lrs_bridge.courseware.cmi_values import decimal
from lrs_bridge.courseware.course import LaunchableUnit

GROUPS: Final = re.compile(
    r"^[ \t]*\[(core|core_lesson|core_vendor|comments|evaluation|objectives_status|student_data"
    r"|student_demographics|student_preferences)\][ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
STATUSES: Final = {
    "p": "passed",
    "c": "completed",
    "f": "failed",
    "i": "incomplete",
    "b": "browsed",
    "n": "not attempted",
}
EXITS: Final = {"l": "logout", "t": "time-out", "s": "suspend"}
PREFERENCES: Final = ("audio", "language", "speed", "text")
TIME: Final = re.compile(r"(\d{1,4}):(\d{1,2}):(\d{1,2})(\.\d+)?", re.ASCII)
UNDECIDED: Final = frozenset({"", "not attempted", "incomplete", "browsed"})
OBJECTIVE: Final = re.compile(r"j_(id|score|status)\.(\d{1,4})", re.ASCII)


@dataclass
class Taken:
    """What a message means as elements of SCORM 1.2, and in words what of it could not be read."""

    cmi: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def put(self, element: str, value: str | None) -> None:
        if value is not None:
            self.cmi[element] = value


def taken(text: str, unit: LaunchableUnit, known: Mapping[str, str]) -> Taken:
    """PutParam. ``known`` is the attempt's CMI: objectives keep their rows in it."""
    found = Taken()
    groups = _groups(text)
    if not groups:
        found.notes.append("The message has no group, such as [Core]; nothing of it was taken")
    core = keywords(groups.get("core", ""))
    if "lesson_status" in core:
        _take_status(core["lesson_status"], found)
    if core.get("score"):
        _take_score(core["score"], "cmi.core.score.", unit.max_score, found)
    if core.get("time"):
        found.put("cmi.core.session_time", as_time(core["time"]) or core["time"])
    found.put("cmi.core.lesson_location", core.get("lesson_location"))
    found.put("cmi.suspend_data", groups["core_lesson"].strip("\n") if "core_lesson" in groups else None)
    found.put("cmi.comments", groups["comments"].strip("\n") if groups.get("comments") else None)
    preferences = keywords(groups.get("student_preferences", ""))
    for name in PREFERENCES:
        found.put(f"cmi.student_preference.{name}", preferences.get(name))
    take_objectives(_told_objectives(groups.get("objectives_status", "")), found, known)
    return found


def _groups(text: str) -> dict[str, str]:
    """Only a name of the standard begins a group: what a unit keeps in [Core_Lesson] may hold any other bracket."""
    headers = [*GROUPS.finditer(text)]
    ends = [header.start() for header in headers[1:]] + [len(text)]
    found: dict[str, str] = {}
    for header, end in zip(headers, ends, strict=False):
        found.setdefault(header[1].lower(), text[header.end() : end].removeprefix("\n"))
    return found


def status_of(word: str) -> str | None:
    """By its first letter, which alone counts (CMI001 6.1, lesson_status)."""
    return STATUSES.get(word.strip()[:1].lower())


def _take_status(told: str, found: Taken) -> None:
    """``status[, exit]``; the flags of an entry (ab-initio, resume) come back from units that echo them."""
    word, *flags = told.split(",")
    status = status_of(word)
    if status is None and word.strip():
        found.notes.append(f"The unit said the status {word.strip()[:40]!r}, which AICC does not know; it was ignored")
    found.put("cmi.core.lesson_status", status)
    exits = [EXITS[letter] for flag in flags if (letter := flag.strip()[:1].lower()) in EXITS]
    found.put("cmi.core.exit", exits[0] if exits else "")


def _take_score(told: str, prefix: str, out_of: float | None, found: Taken) -> None:
    """``raw[, max[, min]]`` as per cent."""
    parts = [part.strip().removesuffix("%").strip() for part in told.split(",")][:3]
    raw, high, low = (decimal(part) for part in (*parts, "", "")[:3])
    if raw is None:
        found.notes.append(f"The unit said the score {told.strip()[:40]!r}, which is no number; it was ignored")
        return
    floor, ceiling = low or 0.0, high or out_of or 100.0
    if not floor <= raw <= ceiling or floor >= ceiling:
        found.notes.append(f"The unit said the score {told.strip()[:40]!r}, which is not between its own limits; "
                           "it was taken as per cent")  # fmt: skip
        floor, ceiling = 0.0, 100.0
    percent = plain_number((raw - floor) / (ceiling - floor) * 100)
    if (floor, ceiling) != (0.0, 100.0):
        found.notes.append(f"The unit said the score {told.strip()[:40]!r}, which is {percent} of 100")
    found.put(f"{prefix}raw", percent)
    if high is not None or out_of is not None:
        found.cmi |= {f"{prefix}min": "0", f"{prefix}max": "100"}


def plain_number(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


def as_time(told: str) -> str | None:
    """A CMITimespan, from hours of one digit, too, and with any number of decimals."""
    match = TIME.fullmatch(told.strip())
    if not match:
        return None
    hours, minutes, seconds, decimals = match.groups()
    return f"{int(hours):02d}:{int(minutes):02d}:{int(seconds):02d}{(decimals or '')[:3]}"


def _told_objectives(text: str) -> Iterator[tuple[str, str, str]]:
    numbered: dict[int, dict[str, str]] = {}
    for keyword, value in keywords(text).items():
        if match := OBJECTIVE.fullmatch(keyword):
            numbered.setdefault(int(match[2]), {})[match[1]] = value
    for told in numbered.values():
        yield told.get("id", ""), told.get("score", ""), told.get("status", "")


def take_objectives(told: Iterator[tuple[str, str, str]], found: Taken, known: Mapping[str, str]) -> None:
    """Id, score and status of each: in the row that the objective has, or in the next free one."""
    places = {row["id"]: index for index, row in rows(known, "objectives").items() if "id" in row}
    free = max(rows(known, "objectives"), default=-1) + 1
    for name, score, status in told:
        if not name:
            continue
        index = places.setdefault(name, free)
        free = max(free, index + 1)
        prefix = f"cmi.objectives.{index}."
        found.put(f"{prefix}id", name)
        found.put(f"{prefix}status", status_of(status))
        if score:
            _take_score(score, f"{prefix}score.", None, found)


def leaving(cmi: Mapping[str, str]) -> dict[str, str]:
    """What ExitAU adds. A unit that is left undecided is gone on with: few say so with a flag of their own, and
    silence is no completion."""
    undecided = cmi.get("cmi.core.lesson_status", "") in UNDECIDED and not cmi.get("cmi.core.exit")
    return {"cmi.core.exit": "suspend"} if undecided else {}


def given(cmi: Mapping[str, str], unit: LaunchableUnit, course: str) -> str:
    """The aicc_data of GetParam, from the CMI that a session starts with."""
    groups = {
        "Core": _core(cmi, unit),
        "Core_Lesson": cmi.get("cmi.suspend_data", ""),
        "Core_Vendor": cmi.get("cmi.launch_data", "").replace("\r\n", "\n"),
        "Evaluation": f"Course_ID={{{_line(course)}}}",
        "Student_Data": _student_data(cmi, unit),
        "Objectives_Status": _objectives(cmi),
        "Student_Preferences": "\n".join(f"{name.title()}={_line(value)}" for name in PREFERENCES
                                         if (value := cmi.get(f"cmi.student_preference.{name}"))),
    }  # fmt: skip
    return "\n".join(f"[{name}]\n{text}" for name, text in groups.items() if text or name.startswith("Core"))


def _core(cmi: Mapping[str, str], unit: LaunchableUnit) -> str:
    entry = cmi.get("cmi.core.entry", "")
    status = cmi.get("cmi.core.lesson_status", "not attempted")
    lines = {
        "Student_ID": cmi["cmi.core.student_id"],
        "Student_Name": cmi["cmi.core.student_name"],
        "Lesson_Location": cmi.get("cmi.core.lesson_location", ""),
        "Credit": cmi["cmi.core.credit"],
        "Lesson_Status": f"{status},{entry}" if entry else status,
        "Score": _out_of(cmi.get("cmi.core.score.raw", ""), unit.max_score),
        "Time": cmi["cmi.core.total_time"],
        "Lesson_Mode": cmi["cmi.core.lesson_mode"],
    }
    return "\n".join(f"{keyword}={_line(value)}" for keyword, value in lines.items())


def _student_data(cmi: Mapping[str, str], unit: LaunchableUnit) -> str:
    lines = {
        "Mastery_Score": _out_of(unit.mastery_raw, unit.max_score),
        "Max_Time_Allowed": cmi.get("cmi.student_data.max_time_allowed", ""),
        "Time_Limit_Action": cmi.get("cmi.student_data.time_limit_action", ""),
    }
    return "\n".join(f"{keyword}={value}" for keyword, value in lines.items() if value)


def _out_of(percent: str, highest: float | None) -> str:
    """On the unit's own scale, as it said it."""
    number = decimal(percent)
    return percent if number is None or highest is None else plain_number(number * highest / 100)


def _objectives(cmi: Mapping[str, str]) -> str:
    lines = []
    for number, row in enumerate(rows(cmi, "objectives").values(), 1):
        told = {"J_ID": row.get("id"), "J_Score": row.get("score.raw"), "J_Status": row.get("status")}
        lines += [f"{keyword}.{number}={_line(value)}" for keyword, value in told.items() if value]
    return "\n".join(lines)


def _line(value: str) -> str:
    """One line: a name with a line break in it must not write a keyword of its own."""
    return " ".join(value.split())
