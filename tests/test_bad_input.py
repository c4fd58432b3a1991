"""Bad input on the command line: what it says (place, reason, remedy), and that the last good state goes on serving."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.test_cli import Terminal, run  # noqa: F401 - the fixture

HEADER = "employee_id,given_name,family_name,manager_id,department,hire_date\n"
STAFF = "000100,Top,Chief,,Board,2015-01-01\n" + "".join(
    f"{number:06},Ann,Nr {number},000100,Sales,2020-01-01\n" for number in range(123, 163)
)
ROSTER = HEADER + STAFF
LAST = ROSTER.splitlines()[-1]
ACTIVITY = "https://learn.example.com/courses/security/1"
REQUIREMENT = f"""
[[requirement]]
id = "security"
title = "Security"
due = {{ fixed = 2026-03-31 }}
[[requirement.module]]
activity = "{ACTIVITY}"
"""
ABSENCES = "employee_id,first_day,last_day,kind\n"
ROSTER_IMPORT = ("roster", "import", "{file}", "--as-of", "2026-03-02")
OLDER_IMPORT = ("roster", "import", "{file}", "--as-of", "2026-02-01")
DRY_RUN = ("requirements", "import", "{file}", "--dry-run")
REQUIREMENT_IMPORT = ("requirements", "import", "{file}")
ABSENCE_IMPORT = ("absences", "import", "{file}")


@dataclass(frozen=True)
class Case:
    """``words`` all stand in what is printed: of a place, a reason and a remedy. ``code`` 0: a warning."""

    name: str
    file: str
    content: str | bytes
    command: tuple[str, ...]
    words: tuple[str, ...]
    code: int = 1


CASES = [
    Case("a truncated roster, in mid-row", "roster.csv", ROSTER.removesuffix(LAST + "\n") + LAST[:20], ROSTER_IMPORT, (
        "roster.csv:42:", "the last row has too few cells and no line end: the file was cut off",
        "Export or transfer it again.", "nothing of it was applied")),
    Case("a truncated roster, between rows", "roster.csv", HEADER + STAFF[: STAFF.index("000140")], ROSTER_IMPORT, (
        'roster.csv: held by the gate "shrunk": 18 rows, the last snapshot had 41',
        "import it again with --accept shrunk", "held whole; nothing was changed")),
    Case("a renamed header", "roster.csv", ROSTER.replace("employee_id", "emp_no"), ROSTER_IMPORT, (
        "roster.csv:1:employee_id: the required column employee_id is missing; found: given_name",
        "Rename that column to employee_id")),
    Case("a duplicate key", "roster.csv", ROSTER + "000123,Eve,Other,000100,Sales,2020-01-01\n", ROSTER_IMPORT, (
        "roster.csv:43:employee_id: 000123 stands in line 3 already, with different values", '"Ann" and "Eve"',
        "Leave the row that is right, or --accept duplicates")),
    Case("a wrong encoding: no letters", "roster.csv", ROSTER.replace("Ann", "J\xfcrg", 1).encode("cp1252") + b"\x81",
        ROSTER_IMPORT, ("roster.csv:43:", "are no letters in Windows-1252: wrong encoding, or a damaged file",
        '"CSV UTF-8 (Comma delimited)"')),
    Case("a wrong encoding: UTF-16 without its mark", "roster.csv", ROSTER.encode("utf-16-le"), ROSTER_IMPORT, (
        "roster.csv:1: the file holds NUL bytes", "UTF-16 without its byte order mark", '"Save as"')),
    Case("an Excel date", "roster.csv", ROSTER.replace("2020-01-01", "43831", 1), ROSTER_IMPORT, (
        'roster.csv:3:hire_date: "43831" is an Excel date number (probably 2020-01-01)',
        "give the column the custom format yyyy-mm-dd")),
    Case("000123 as 123, of one person", "roster.csv", ROSTER.replace("\n000123", "\n123"), ROSTER_IMPORT, (
        'roster.csv: held by the gate "zeros": 1 person would leave and join under the same id',
        "with other leading zeros: 000123 as 123", "--accept zeros", "nothing was changed")),
    Case("000123 as 123, of everybody", "roster.csv", ROSTER.replace("\n000", "\n"), ROSTER_IMPORT, (
        'held by the gate "leavers": 41 of 41 people would leave', 'held by the gate "zeros": 41 people',
        "000100 as 100, 000123 as 123, 000124 as 124, …")),
    Case("000123 as 123, in another file", "absences.csv", ABSENCES + "123,2026-03-01,2026-03-10,sick\n",
        ABSENCE_IMPORT, ("absences.csv:2:employee_id: 123 is in no roster; 000123 may be meant",)),
    Case("an older file after a newer", "roster.csv", ROSTER.replace("Sales", "Service"), OLDER_IMPORT, (
        'roster.csv: held by the gate "older": it is as of 2026-02-01',
        "but one as of 2026-03-01 has been applied already", "--accept older")),
    Case("an activity that nothing ever named", "r.toml", REQUIREMENT.replace("security", "safety"), DRY_RUN, (
        "r.toml: requirement[0].module[0].activity: no installed package and no statement ever named "
        "https://learn.example.com/courses/safety/1", "Check it letter by letter"), code=0),
    Case("a mastery above 1", "r.toml", REQUIREMENT + "mastery = 80\n", REQUIREMENT_IMPORT, (
        "r.toml: requirement[0].module[0].mastery: mastery is 80; it is a part of the whole, from 0 to 1",
        "Write 0.8 for 80 %", "nothing of it was imported")),
    Case("one bad requirement beside a good one", "r.toml",
        REQUIREMENT.replace('"security"', '"good"') + REQUIREMENT + "mastery = 1.2\n", REQUIREMENT_IMPORT, (
        "requirement[1].module[0].mastery: mastery is 1.2", "nothing of it was imported")),
    Case("an audience that matches nobody", "r.toml",
        REQUIREMENT.replace("due =", 'audience = [ { department = ["Mars"] } ]\ndue ='), DRY_RUN, (
        "r.toml: requirement[0].audience: the audience of security matches nobody", "Compare its words with those"),
        code=0),
    Case("an absence that ends before it starts", "absences.csv",
        ABSENCES + "000124,2026-03-01,2026-03-10,sick\n000123,2026-03-10,2026-03-01,sick\n", ABSENCE_IMPORT, (
        "absences.csv:3:last_day: the absence ends on 2026-03-01, before it starts on 2026-03-10",
        "Correct the dates", "nothing of it was applied")),
]  # fmt: skip


@pytest.fixture
def good(run: Terminal, tmp_path: Path) -> Terminal:  # noqa: F811
    (tmp_path / "good.csv").write_text(ROSTER)
    (tmp_path / "good.toml").write_text(REQUIREMENT)
    assert run("roster", "import", tmp_path / "good.csv", "--as-of", "2026-03-01").code == 0
    assert run("requirements", "import", tmp_path / "good.toml").code == 0
    return run


def served(run: Terminal) -> str:  # noqa: F811
    """The feed byte for byte but for the moment of asking, and every absence."""
    feed = run("feed", "--as-of", "2026-03-15", "--format", "json")
    assert feed.code == 0, feed.err
    return feed.out.replace(feed.json["known_at"], "") + run("absences", "list", "--format", "json").out


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_input_is_told_and_changes_nothing(good: Terminal, tmp_path: Path, case: Case) -> None:
    before = served(good)
    file = tmp_path / case.file
    file.write_bytes(case.content if isinstance(case.content, bytes) else case.content.encode())
    done = good(*(word.replace("{file}", str(file)) for word in case.command))
    told = done.out + done.err
    assert done.code == case.code, told
    for words in case.words:
        assert words in told
    assert served(good) == before
    roster = good("feed", "--as-of", "2026-03-15", "--format", "json", "--limit", "1").json["roster"]
    assert roster == {"source": "good.csv", "as_of": "2026-03-01", "days": 14}
    assert "roster of 2026-03-01, 14 days old" in good("feed", "--as-of", "2026-03-15", "--limit", "1").out


def test_a_manager_loop_is_applied_and_told_and_loses_nobody(good: Terminal, tmp_path: Path) -> None:
    loop = tmp_path / "loop.csv"
    loop.write_text(HEADER + "000100,Top,Chief,000123,Board,2015-01-01\n")
    done = good("roster", "import", loop, "--kind", "delta", "--as-of", "2026-03-02")
    assert done.code == 0
    told = done.out + done.err
    assert "loop.csv:2:manager_id: 000100 is unowned: the managers form a loop: 000100 → 000123 → 000100." in told
    assert "Correct manager_id in the HR system; until then nobody is asked to act for this person." in told
    feed = good("feed", "--as-of", "2026-03-15", "--format", "json").json
    assert (feed["total"], feed["counts"]["missing"]) == (41, 41)
    unowned = good("organisation", "unowned", "--as-of", "2026-03-15", "--format", "json").json["items"]
    assert [row["employee_id"] for row in unowned] == ["000100", "000123"]


def test_a_held_roster_is_in_the_history_and_not_served(good: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "roster.csv"
    file.write_text(HEADER)
    assert good("roster", "import", file, "--as-of", "2026-03-02").code == 1
    history = good("roster", "history", "--format", "json").json
    assert [(row["source"], row["outcome"]) for row in history] == [("roster.csv", "held"), ("good.csv", "applied")]


def test_people_who_really_have_new_ids_are_let_through(good: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "roster.csv"
    file.write_text(ROSTER.replace("\n000123", "\n123"))
    assert good("roster", "import", file, "--as-of", "2026-03-02", "--accept", "zeros").code == 0
    rows = good("feed", "--as-of", "2026-03-15", "--format", "json").json["rows"]
    reasons = {row["employee_id"]: row["reason"] for row in rows if row["employee_id"] in {"123", "000123"}}
    assert reasons == {"123": "upcoming", "000123": "not_employed"}
