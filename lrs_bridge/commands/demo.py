"""demo: the main job from an empty folder to a manager's page."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import click
import orjson

from lrs_bridge import demo as company
from lrs_bridge.commands.output import console, print_table, progress
from lrs_bridge.demo import server
from lrs_bridge.demo.client import LmsClient
from lrs_bridge.demo.requirements import PACKAGE
from lrs_bridge.errors import Refused
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.compliance_feed import FeedQuery, compliance_feed
from lrs_bridge.services.credentials import create_credential
from lrs_bridge.services.import_absences import import_absences, import_exemptions
from lrs_bridge.services.import_requirements import import_requirements
from lrs_bridge.services.import_roster import import_roster
from lrs_bridge.services.install_package import InstalledPackage, install_package
from lrs_bridge.services.readers import OPERATOR, create_reader, sign_in_code
from lrs_bridge.services.record_evidence import import_evidence
from lrs_bridge.services.refresh_compliance import refresh
from lrs_bridge.settings import PREFIX, Settings

MARK = "made-by-lrs-bridge-demo"
LEADERS = {"68": "Max Manager", "67": "Tess Teacher"}
"""Two team leaders of the captured Moodle, by their accounts there."""
TAKEN_UNIT = "passwords-and-phishing"


@dataclass(frozen=True, slots=True)
class Demo:
    folder: Path
    port: int
    environment: dict[str, str]
    today: date

    @classmethod
    def at(cls, folder: Path, port: int) -> Demo:
        free = server.first_free_port(port)
        own = {
            "DATA_DIR": str(folder),
            "DATABASE_URL": f"sqlite:///{folder / 'lrs_bridge.db'}",
            "PUBLIC_URL": f"http://localhost:{free}",
            "CONTENT_URL": f"http://127.0.0.1:{free}",
            "LMS_HOME_PAGES": company.LMS_HOME_PAGE,
        }
        environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        environment |= {PREFIX + name: value for name, value in own.items()}
        return cls(folder, free, environment, datetime.now(UTC).date())


@click.command()
@click.option("--data", "folder", type=click.Path(path_type=Path), default=Path("data/demo"), show_default=True,
              help="Folder for the demo's own data; made anew each time.")  # fmt: skip
@click.option("--port", default=8000, show_default=True, help="The next free port from here is used.")
@click.option("--stop", is_flag=True, help="Stop the server that an earlier demo left running, and do nothing else.")
def demo(folder: Path, port: int, stop: bool) -> None:
    """Run the main job on an invented company of 3,000 people, and leave the server running.

    Example: lrs-bridge demo --port 8000
    """
    folder = folder.absolute()
    stopped = server.stop(folder)
    if stop:
        console.print("The demo's server was stopped" if stopped else "No demo's server was running")
        return
    began = monotonic()
    _empty(folder)
    here = Demo.at(folder, port)
    bridge = Bridge.open(Settings.from_environment(here.environment))
    try:
        _run(here, bridge)
    finally:
        bridge.close()
    console.print(f"Done in {monotonic() - began:.0f} seconds. The server goes on; `lrs-bridge demo --stop` ends it.")


def _run(here: Demo, bridge: Bridge) -> None:
    package = _prepare(here, bridge)
    process = server.start(here.folder, here.port, here.environment)
    credential, secret = create_credential(bridge, "demo LMS", ["statements/write", "launches"], compat=True)
    lms = LmsClient(bridge.settings.public_url, credential.key, secret)
    lms.wait_until_ready(lambda: process.poll() is None)
    _post(here, lms, package)
    _take_in_browser(lms)
    with progress("Judging every person and requirement") as tell:
        refresh(bridge, tell=tell)
    _print_summary(bridge)
    _print_links(here, bridge)


def _prepare(here: Demo, bridge: Bridge) -> InstalledPackage:
    """Everything that HR and the LMS's admins bring: people, absences, the course, the requirements."""
    with progress("Roster of 3,000 people in 14 countries") as tell:
        import_roster(bridge, company.roster_csv(here.today), source="demo-roster.csv", tell=tell)
    with progress("Absences and exemptions"):
        import_absences(bridge, company.absences_csv(here.today), source="demo-absences.csv")
        import_exemptions(bridge, company.exemptions_csv(here.today), source="demo-exemptions.csv")
    from scorm_packages.build import build

    with TemporaryDirectory() as folder, progress("Sample course") as tell:
        package = install_package(bridge, build(Path(folder)), progress=tell)
    text = company.requirements_toml(here.today).encode()
    import_requirements(bridge, text, source="demo-requirements.toml")
    with progress("A workshop, and an assessment by a leader"):
        import_evidence(bridge, company.evidence_csv(here.today), source="demo-evidence.csv", by="Demo HR")
    return package


def _post(here: Demo, lms: LmsClient, package: InstalledPackage) -> None:
    """What a real Moodle sent, byte for byte, then a month of everybody else's results."""
    with progress("Captured Moodle batches over HTTP") as tell:
        lms.post_statements(company.moodle_batches(), lambda done: tell(done, 916))
    activities = {unit.identifier: unit.activity for unit in package.units}
    batches = list(company.statements(here.today, activities))
    total = sum(map(len, batches))
    with progress("A month of results over HTTP", total) as tell:
        lms.post_statements(map(orjson.dumps, batches), lambda done: tell(done, total))


def _take_in_browser(lms: LmsClient) -> None:
    from scorm_packages.build import answers

    try:
        from lrs_bridge.demo.learner import browser_path, headless_browser, take_unit
    except ImportError:
        console.print("No browser driver here: the course was not taken in a browser (pip install lrs-bridge[demo])")
        return
    path = browser_path()
    if path is None:
        console.print("No Chromium here: the course was not taken in a browser")
        return
    with progress("One learner takes a module in headless Chromium"), headless_browser(path) as browser:
        url = lms.launch_url(PACKAGE, TAKEN_UNIT, company.BROWSER_LEARNER)
        take_unit(browser.new_page(), url, answers(TAKEN_UNIT))


def _print_summary(bridge: Bridge) -> None:
    feed = compliance_feed(bridge, OPERATOR, FeedQuery())
    tally = Counter((row.requirement, _column(row.status, row.reason)) for row in feed.rows)
    columns = ("compliant", "missing", "overdue", "away or waived", "not concerned")
    rows = []
    for requirement, title in feed.titles.items():
        numbers = [tally[requirement, name] for name in columns]
        asked = numbers[0] + numbers[1] + numbers[2]
        rate = f"{numbers[0] / asked:.1%}" if asked else "–"
        rows.append([title, *(f"{number:,}" for number in numbers), rate])
    headings = ("requirement", "compliant", "missing, in time", "missing, overdue", *columns[3:], "rate")
    print_table(headings, rows, title=f"Compliance as of {feed.as_of}")


def _column(status: str, reason: str) -> str:
    if status == "missing":
        return "overdue" if reason in {"overdue", "expired"} else "missing"
    if status == "exempt":
        return "not concerned" if reason in {"out_of_scope", "not_employed"} else "away or waived"
    return status


def _print_links(here: Demo, bridge: Bridge) -> None:
    everybody, token = create_reader(bridge, "Demo HR", role="hr")
    page = f"{bridge.settings.public_url}{path.path if (path := bridge.manifest.page('manage')) else ''}"
    for account, name in LEADERS.items():
        leader, _ = create_reader(bridge, name, employee_id=company.employee_id_of(here.today, account))
        click.echo(f"{name}'s team:  {page}/enter/{sign_in_code(bridge, leader)}")
    click.echo(f"Everybody (HR):  {page}/enter/{sign_in_code(bridge, everybody)}")
    click.echo(f"The feed:        curl -H 'Authorization: Bearer {token}' "
               f"'{bridge.settings.public_url}/feeds/compliance.json?status=missing'")  # fmt: skip


def _empty(folder: Path) -> None:
    """A folder of an earlier demo is made anew; any other is left alone."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            raise Refused(f"{folder} is not empty and was not made by a demo", remedy="Name another folder with --data")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()
