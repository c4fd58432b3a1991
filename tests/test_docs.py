"""What the documentation says is what the product has: settings, commands, links and examples."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from lrs_bridge.cli import cli
from lrs_bridge.domain.requirement_files import read_requirements
from lrs_bridge.errors import Problem
from lrs_bridge.roster.absences import read_absences
from lrs_bridge.roster.evidence import problems_of_evidence
from lrs_bridge.roster.exemptions import read_exemptions
from lrs_bridge.roster.reading import read_roster
from lrs_bridge.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^[ ]*```(\w*)\n(.*?)^[ ]*```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
# the lead takes the real screenshot when everything else is finished
MADE_AT_THE_END = {"docs/images/manager-page.png"}


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def words_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def examples(kind: str) -> Iterator[tuple[str, str]]:
    """Every fenced block of the kind, with the page it is on."""
    for page in PAGES:
        for number, found in enumerate(FENCE.finditer(words_of(page)), 1):
            if found[1] == kind:
                yield f"{name_of(page)}#{number}", found[2]


def commands(group: click.Group, *path: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)
        else:
            yield " ".join((*path, name)), command


COMMANDS = dict(commands(cli, "lrs-bridge"))
EVERYTHING = "\n".join(map(words_of, PAGES))


def test_the_table_holds_every_setting_and_no_other() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", words_of(ROOT / "docs" / "configuration.md"), re.MULTILINE)
    assert sorted(rows) == sorted(PREFIX + field.upper() for field in Settings.__slots__)


def test_no_page_names_a_setting_that_is_not_there() -> None:
    named = set(re.findall(rf"{PREFIX}([A-Z_]*[A-Z])", EVERYTHING))
    assert named <= {field.upper() for field in Settings.__slots__}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_on_a_page(command: str) -> None:
    assert command in EVERYTHING


@pytest.mark.parametrize(("name", "command"), COMMANDS.items())
def test_every_command_has_help_with_an_example_of_itself(name: str, command: click.Command) -> None:
    help_text = " ".join((command.help or "").split())
    assert re.search(rf"Example: (\S+=\S+ )?{name}\b", help_text), help_text


def test_the_pages_name_no_command_that_is_not_there() -> None:
    groups = {name.rpartition(" ")[0] for name in COMMANDS} - {"lrs-bridge"}
    told = {
        match[1]
        for _, block in examples("sh")
        for match in re.finditer(r"^\s*(?:\.venv/bin/)?(lrs-bridge(?: [a-z][a-z-]*){1,2})", block, re.MULTILINE)
    }
    known = {*COMMANDS, *groups}
    assert {
        words for words in told if not any(words == name or words.startswith(f"{name} ") for name in known)
    } == set()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_relative_links_lead_somewhere(page: Path) -> None:
    broken = [link for link in LINK.findall(words_of(page)) if "://" not in link and not leads(page, link)]
    assert broken == []


def leads(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists():
        return name_of(target) in MADE_AT_THE_END
    return not anchor or anchor in {slug(heading) for heading in HEADING.findall(words_of(target))}


def slug(heading: str) -> str:
    """As GitHub names the anchor of a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("words", ["make demo", "make test", "docs/index.md", "docs/images/manager-page.png"])
def test_the_readme_says_how_to_begin(words: str) -> None:
    assert words in words_of(ROOT / "README.md")


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=name_of)
def test_the_index_leads_to_every_page(page: Path) -> None:
    index = ROOT / "docs" / "index.md"
    assert page == index or f"({page.name})" in words_of(index)


@pytest.mark.parametrize(("place", "text"), list(examples("toml")))
def test_every_requirement_can_be_imported(place: str, text: str) -> None:
    def resolve(package: str, unit: str | None) -> str:
        return f"https://bridge.example.com/courses/{package}/{unit}"

    assert read_requirements(text, source=place, resolve_unit=resolve)


def problems_of_roster(raw: bytes, place: str) -> tuple[Problem, ...]:
    return read_roster(raw, source=place).problems


def problems_of_absences(raw: bytes, place: str) -> tuple[Problem, ...]:
    return read_absences(raw, source=place).problems


def problems_of_exemptions(raw: bytes, place: str) -> tuple[Problem, ...]:
    return read_exemptions(raw, source=place).problems


READERS: dict[str, Callable[[bytes, str], tuple[Problem, ...]]] = {
    "employee_id,given_name": problems_of_roster,
    "employee_id,first_day": problems_of_absences,
    "employee_id,requirement_id": problems_of_exemptions,
    "employee_id,kind": problems_of_evidence,
}


def test_there_is_an_example_of_every_hr_file() -> None:
    starts = {",".join(text.split(",")[:2]) for _, text in examples("csv")}
    assert starts == set(READERS)


@pytest.mark.parametrize(("place", "text"), list(examples("csv")))
def test_every_hr_file_is_read_without_problems(place: str, text: str) -> None:
    read = READERS[",".join(text.split(",")[:2])]
    assert read(text.encode(), place) == ()
