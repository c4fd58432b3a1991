"""The command line goes on from a delta, and lists requirements in order and in parts."""

from __future__ import annotations

from pathlib import Path

from tests.test_bad_input import HEADER, REQUIREMENT, good  # noqa: F401 - the fixture
from tests.test_cli import Terminal, run  # noqa: F401 - the fixture


def test_a_delta_goes_on_from_an_earlier_answer(good: Terminal, tmp_path: Path) -> None:  # noqa: F811
    token = good("feed", "--format", "json").json["delta"]
    nothing = good("feed", "--delta", token, "--format", "json").json
    assert (nothing["rows"], nothing["removed"]) == ([], [])
    moved = tmp_path / "moved.csv"
    moved.write_text(HEADER + "000123,Eve,Renamed,000100,Sales,2020-01-01\n")
    assert good("roster", "import", moved, "--kind", "delta", "--as-of", "2026-03-02").code == 0
    answer = good("feed", "--delta", nothing["delta"], "--format", "json").json
    assert [(row["employee_id"], row["name"]) for row in answer["rows"]] == [("000123", "Eve Renamed")]
    assert good("feed", "--delta", answer["delta"], "--format", "json").json["rows"] == []
    table = good("feed", "--delta", token).out
    assert "Eve Renamed" in table
    assert "the next delta: " in table


def test_where_a_delta_has_no_place(good: Terminal) -> None:  # noqa: F811
    token = good("feed", "--format", "json").json["delta"]
    as_csv = good("feed", "--delta", token, "--format", "csv")
    assert (as_csv.code, "as a table or as JSON only" in as_csv.err) == (2, True)
    damaged = good("feed", "--delta", token + "x", "--format", "json")
    assert (damaged.code, "delta: is damaged, or was given by another server" in damaged.err) == (1, True)
    filtered = good("feed", "--delta", token, "--status", "missing")
    assert (filtered.code, "was given for other filters" in filtered.err) == (1, True)
    assert good("feed", "--as-of", "2026-03-15", "--format", "json").json["delta"] is None


def test_requirements_are_listed_in_order_and_in_parts(good: Terminal, tmp_path: Path) -> None:  # noqa: F811
    file = tmp_path / "more.toml"
    both = REQUIREMENT.replace('"Security"', '"Another title"') + REQUIREMENT.replace('"security"', '"access"')
    file.write_text(both)
    assert good("requirements", "import", file).code == 0

    def ids(*options: str) -> list[str]:
        return [row["id"] for row in good("requirements", "list", "--format", "json", *options).json]

    assert ids() == ["access", "security"]
    assert ids("--sort", "-id") == ids("--sort", "title") == ["security", "access"]
    assert ids("--limit", "1", "--offset", "1") == ["security"]
    versions = good("requirements", "list", "security", "--sort", "-version", "--format", "json").json
    assert [row["version"] for row in versions] == [2, 1]
    assert "2 altogether; the next page: --offset 1" in good("requirements", "list", "--limit", "1").out
    wrong = good("requirements", "list", "--sort", "colour")
    assert (wrong.code, "Choose among id, version, title, authority, modules" in wrong.err) == (1, True)
