"""The command line: exit codes, formats for machines, and every problem of what it refuses."""

from __future__ import annotations

import csv
import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest

from lrs_bridge import cli
from tests.packages import package

SAMPLES = Path(__file__).parent / "samples"
ROSTER = SAMPLES / "roster" / "good.csv"
REQUIREMENTS = """
[[requirement]]
id = "security"
title = "Security"
due = { fixed = 2026-03-31 }
[[requirement.module]]
activity = "https://learn.example.com/courses/security/1"
"""


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Terminal:
    """``lrs-bridge`` as the shell calls it, in this process: a start of Python a command would take minutes."""

    def __init__(self, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.capfd, self.monkeypatch = capfd, monkeypatch

    def __call__(self, *arguments: object) -> Done:
        self.monkeypatch.setattr(sys, "argv", ["lrs-bridge", *map(str, arguments)])
        self.capfd.readouterr()
        code: Any = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code or 0
        sys.stdout.flush()
        sys.stderr.flush()
        out, err = self.capfd.readouterr()
        return Done(code, out, err)


@pytest.fixture
def run(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("LRS_BRIDGE_DATA_DIR", str(tmp_path / "data"))
    return Terminal(capfd, monkeypatch)


@pytest.fixture
def filled(run: Terminal, tmp_path: Path) -> Terminal:
    (tmp_path / "requirements.toml").write_text(REQUIREMENTS)
    assert run("roster", "import", ROSTER, "--as-of", "2026-03-01").code == 0
    assert run("requirements", "import", tmp_path / "requirements.toml").code == 0
    return run


def every_command(group: click.Group = cli.cli) -> list[list[str]]:
    return [
        [name, *below]
        for name, command in group.commands.items()
        for below in (every_command(command) if isinstance(command, click.Group) else [[]])
    ]


@pytest.mark.parametrize("command", every_command(), ids=" ".join)
def test_every_command_has_help_with_an_example(run: Terminal, command: list[str]) -> None:
    done = run(*command, "--help")
    assert done.code == 0
    assert "Example:" in done.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("dance",),
        ("feed", "--colour", "red"),
        ("feed", "--status", "late"),
        ("feed", "--known-at", "noon"),
        ("feed", "--as-of", "31.03.2026"),
        ("roster", "import"),
        ("roster", "import", "nothing-here.csv"),
        ("roster", "import", ROSTER, "--accept", "everything"),
        ("roster", "import", ROSTER, "--kind", "full"),
        ("packages", "check"),
        ("packages", "check", "nothing-here.zip"),
        ("packages", "remove", "not-an-id"),
        ("credentials", "create", "lms"),
        ("credentials", "create", "lms", "--scope", "everything"),
        ("readers", "create", "hr", "--role", "king"),
        ("readers", "create", "hr", "--role", "hr", "--days", "0"),
        ("readers", "create", "hr", "--role", "hr", "--days", "-1"),
    ],
)
def test_wrong_usage_is_2(run: Terminal, arguments: tuple[object, ...]) -> None:
    done = run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert "Error" in done.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("credentials", "revoke", "nobody"), "No live credential has the key 'nobody'"),
        (("readers", "revoke", "00000000-0000-0000-0000-000000000000"), "No live reader"),
        (("readers", "create", "Ann", "--manager", "999"), "Nobody has the employee id '999'"),
        (("readers", "create", "Ann"), "A reader is a leader with an employee id"),
        (("packages", "remove", "00000000-0000-0000-0000-000000000000"), "No installed package"),
        (("requirements", "show", "nothing"), "There is no requirement 'nothing'"),
        (("feed", "--manager", "999"), "Nobody in your scope"),
        (("feed", "--sort", "colour"), "sort: is 'colour'"),
    ],
)
def test_a_refusal_is_1_in_words(run: Terminal, arguments: tuple[object, ...], words: str) -> None:
    done = run(*arguments)
    assert (done.code, done.out) == (1, "")
    assert words in done.err
    assert "Traceback" not in done.err


def test_wrong_settings_are_refused_in_words(run: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LRS_BRIDGE_PUBLIC_URL", "here")
    monkeypatch.setenv("LRS_BRIDGE_COLOUR", "red")
    done = run("init-db")
    assert done.code == 1
    assert "LRS_BRIDGE_PUBLIC_URL" in done.err
    assert "LRS_BRIDGE_COLOUR" in done.err


def test_credentials(run: Terminal) -> None:
    made = run("credentials", "create", "moodle", "--scope", "statements/write", "--compat", "--format", "json")
    assert made.code == 0
    assert made.json["name"] == "moodle"
    assert (made.json["scopes"], made.json["compat"]) == (["statements/write"], True)
    assert len(made.json["secret"]) >= 43
    listed = run("credentials", "list", "--format", "json")
    assert [(row["key"], row["revoked"]) for row in listed.json] == [(made.json["key"], None)]
    assert made.json["secret"] not in listed.out + run("credentials", "list").out
    assert run("credentials", "revoke", made.json["key"]).code == 0
    assert run("credentials", "list", "--format", "json").json[0]["revoked"]
    assert run("credentials", "revoke", made.json["key"]).code == 1


def test_readers(filled: Terminal) -> None:
    run = filled
    made = run("readers", "create", "Zoë", "--manager", "000123", "--days", "30", "--format", "json").json
    assert (made["role"], made["employee_id"]) == ("leader", "000123")
    listed = run("readers", "list", "--format", "json")
    assert listed.json[0]["expires"]
    assert made["token"] not in listed.out
    link = run("readers", "link", made["id"])
    assert link.out.startswith("http://localhost:8000/manage/enter/")
    assert run("readers", "revoke", made["id"]).code == 0
    assert run("readers", "link", made["id"]).code == 1


# --- HR


def test_a_roster_and_its_history(run: Terminal) -> None:
    done = run("roster", "import", ROSTER, "--as-of", "2026-03-01", "--format", "json")
    assert (done.code, done.json["rows"], done.json["counts"]["joiner"]) == (0, 4, 4)
    assert "good.csv: 4 rows, UTF-8" in run("roster", "import", ROSTER, "--as-of", "2026-03-01").out
    held = run("roster", "import", ROSTER, "--as-of", "2020-01-01")
    assert held.code == 1
    assert "--accept older" in held.err
    assert run("roster", "import", ROSTER, "--as-of", "2020-01-01", "--accept", "older").code == 0
    history = run("roster", "history", "--format", "json").json
    assert [(row["outcome"], row["gates"], row["accepted"]) for row in history][:2] == [
        ("applied", "older", "older"),
        ("held", "older", ""),
    ]
    assert history[-1]["as_of"] == "2026-03-01"
    assert "good.csv" in run("roster", "history").out


@pytest.mark.parametrize(
    ("name", "lines"),
    [("duplicate_key.csv", [7]), ("renamed_header.csv", [1]), ("excel_dates.csv", []), ("spreadsheet_ids.csv", []),
     ("truncated_row.csv", []), ("truncated_quote.csv", []), ("truncated_letter.csv", [])],
)  # fmt: skip
def test_a_roster_that_is_refused_lists_every_place_and_changes_nothing(
    run: Terminal, name: str, lines: list[int]
) -> None:
    done = run("roster", "import", SAMPLES / "roster" / name)
    assert (done.code, done.out) == (1, "")
    assert "Refused:" in done.err
    assert f"{name}:" in done.err
    assert all(f"{name}:{line}" in done.err for line in lines)
    assert run("feed", "--format", "json").json["roster"] is None


def test_absences_and_exemptions(filled: Terminal) -> None:
    run = filled
    done = run("absences", "import", SAMPLES / "roster" / "absences.csv")
    assert (done.code, "3 new, 0 changed, 0 ended, 0 unchanged" in done.out) == (0, True)
    assert "3 unchanged" in run("absences", "import", SAMPLES / "roster" / "absences.csv").out
    wrong = run("absences", "import", SAMPLES / "roster" / "absences_backwards.csv")
    assert wrong.code == 1
    assert "absences_backwards.csv:" in wrong.err
    assert "3 new" in run("exemptions", "import", SAMPLES / "roster" / "exemptions.csv").out
    waiver, *_ = run("exemptions", "list", "--kind", "waiver", "--format", "json").json["items"]
    assert run("exemptions", "withdraw", waiver["id"], "--by", "Jo", "--because", "forged").code == 0
    assert "2 altogether" in run("exemptions", "list").out
    assert "forged" in run("exemptions", "history", waiver["employee_id"]).out
    assert [row["id"] for row in run("exemptions", "list", "--withdrawn", "--format", "json").json["items"]] == [
        waiver["id"]
    ]


def test_a_leader_reports_an_absence_and_hr_decides(filled: Terminal) -> None:
    run = filled
    said = ("--first-day", "2026-03-02", "--last-day", "2026-03-20", "--kind", "sick")
    made = run("absences", "report", "000123", *said, "--by", "000100", "--format", "json").json
    assert made["state"] == "pending"
    outside = run("absences", "report", "000100", *said, "--by", "000123")
    assert (outside.code, "Nobody in your scope has the employee id '000100'" in outside.err) == (1, True)
    assert "overlaps the one from 2026-03-02" in run("absences", "report", "000123", *said, "--by", "000100").err
    assert made["id"] in run("absences", "list", "--pending").out
    assert run("absences", "refuse", made["id"], "--by", "Jo").code == 2
    assert run("absences", "confirm", made["id"], "--by", "Jo").code == 0
    (row,) = run("absences", "list", "--format", "json").json["items"]
    assert (row["state"], row["kind"], row["who"]) == ("confirmed", "short", "Jo")
    assert run("absences", "withdraw", row["id"], "--by", "Jo", "--because", "a slip").code == 0
    actions = [one["action"] for one in run("absences", "history", "000123", "--format", "json").json]
    assert actions == ["reported", "confirmed", "withdrawn"]
    assert "0 altogether; the next" not in run("absences", "list").out


def test_the_organisation(filled: Terminal) -> None:
    run = filled
    found = run("organisation", "show", "--format", "json").json
    assert [line["employee_id"] for line in found["items"]][:1] == ["000100"]
    period = ("--from", "2026-07-01", "--until", "2026-07-31")
    made = run("organisation", "delegate", "000100", "000123", *period, "--by", "000100", "--format", "json").json
    shown = run("organisation", "show", "--as-of", "2026-07-15").out
    assert "000123 until 2026-07-31" in shown
    assert made["id"] in run("organisation", "delegations", "--on", "2026-07-15").out
    wrong = run(
        "organisation", "delegate", "000100", "000123", "--from", "2026-07-02", "--until", "9999-12-31", "--by", "x"
    )
    assert (wrong.code, "the delegation has no end" in wrong.err) == (1, True)
    assert "altogether" in run("organisation", "unowned").out


def test_requirements(filled: Terminal, tmp_path: Path) -> None:
    run = filled
    (listed,) = run("requirements", "list", "--format", "json").json
    assert (listed["id"], listed["version"], listed["modules"]) == ("security", 1, 1)
    assert run("requirements", "show", "security").json["id"] == "security"
    assert "is unchanged" in run("requirements", "import", tmp_path / "requirements.toml").out
    bad = tmp_path / "bad.toml"
    bad.write_text(REQUIREMENTS.replace('"security"', '"other"').replace("title", "titel") + 'needs = "luck"\n')
    done = run("requirements", "import", bad)
    assert done.code == 1
    for word in ("titel", "needs", "bad.toml"):
        assert word in done.err
    assert len(run("requirements", "list", "--format", "json").json) == 1


# --- packages

PACKAGES = json.loads((SAMPLES / "packages" / "expected.json").read_text())


def test_every_sample_package_is_judged_as_expected(run: Terminal) -> None:
    found = run("packages", "check", *(SAMPLES / "packages" / name for name in PACKAGES), "--format", "json")
    judged = {Path(result["file"]).name: result for result in found.json}
    assert found.code == 1
    for name, expected in PACKAGES.items():
        if "reject-or" not in expected["expect"]:
            assert judged[name]["ok"] == expected["expect"].startswith("accept"), name
        if expected["expect"] != "accept":
            assert judged[name].get("problems") or judged[name].get("reason"), name
    xxe = judged["xxe-file.zip"]
    assert "root:" not in json.dumps(xxe)


def test_check_installs_nothing_and_install_goes_on_after_a_refusal(run: Terminal, tmp_path: Path) -> None:
    good, bad = SAMPLES / "packages" / "ok-minimal.zip", SAMPLES / "packages" / "slip-dotdot.zip"
    assert run("packages", "check", good).code == 0
    assert run("packages", "list", "--format", "json").json == []
    done = run("packages", "install", bad, good, "--format", "json")
    assert done.code == 1
    assert "Refused:" in done.err
    (row,) = run("packages", "list", "--format", "json").json
    assert done.json[0]["package"] == row["package"]
    assert run("packages", "install", good, "--format", "json").json[0]["package"] == row["package"]
    assert run("packages", "remove", row["package"]).code == 0
    assert run("packages", "list", "--format", "json").json == []
    assert run("packages", "install", package(tmp_path, {}), "--format", "json").json[0]["unit"] == "I1"


# --- the feed


def test_the_feed_in_each_format(filled: Terminal) -> None:
    run = filled
    whole = run("feed", "--as-of", "2026-03-15", "--format", "json")
    assert whole.code == 0
    assert whole.json["counts"]["missing"] == 4
    assert {row["employee_id"] for row in whole.json["rows"]} == {"000100", "000123", "000124", "000125"}
    team = run("feed", "--as-of", "2026-03-15", "--manager", "000123", "--sort", "-employee_id", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(team.out.removeprefix("\ufeff"))))
    assert [row["employee_id"] for row in rows] == ["000125", "000124"]
    assert rows[1]["name"] == "Rahul Deshpande"
    table = run("feed", "--as-of", "2026-03-15", "--status", "missing")
    assert "4 rows as of 2026-03-15" in table.out
    assert "roster of 2026-03-01, 14 days old" in table.out
    unknown = run("feed", "--requirement", "nothing", "--format", "json")
    assert (unknown.code, "requirement: is 'nothing', which is not known" in unknown.err) == (1, True)
    narrow = (
        "--as-of",
        "2026-03-15",
        "--due-from",
        "2026-03-01",
        "--due-until",
        "2026-12-31",
        "--progress",
        "not_started",
    )
    counts = {format_: run("feed", *narrow, "--format", format_).code for format_ in ("json", "xlsx", "ics", "parquet")}
    assert set(counts.values()) == {0}
    assert (
        run("feed", *narrow, "--sort", "-due", "--limit", "1", "--page", "2", "--format", "json").json["next"] is None
    )
    assert run("feed", "--known-at", "2020-01-01T00:00:00Z", "--format", "json").json["total"] == 0
