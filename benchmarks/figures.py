"""How long each figure takes for the invented company of 3,000, beside a floor: everybody judged for one day.

    python -m benchmarks.figures FOLDER

FOLDER keeps the database; where there is none yet, it is made without a server (a minute). One process, SQLite.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from lrs_bridge import demo as company
from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.figures import figures
from lrs_bridge.services.figures_people import programme_of, records_of
from lrs_bridge.services.figures_query import FiguresQuery
from lrs_bridge.services.import_absences import import_absences, import_exemptions
from lrs_bridge.services.import_requirements import import_requirements
from lrs_bridge.services.import_roster import import_roster
from lrs_bridge.services.install_package import install_package
from lrs_bridge.services.readers import OPERATOR
from lrs_bridge.services.record_statements import Recorder, record_statements
from lrs_bridge.services.refresh_compliance import refresh
from lrs_bridge.settings import Settings
from lrs_bridge.storage.people import all_people
from scorm_packages.build import build

REQUIREMENT = "security-essentials"
REPEATS = 3
ASKED = {
    "rates by team": FiguresQuery(group_by=("team",)),
    "rates by department and requirement": FiguresQuery(group_by=("department", "requirement")),
    "trend of 90 days": FiguresQuery("trend", requirement=REQUIREMENT),
    "forecast of 12 months": FiguresQuery("forecast", requirement=REQUIREMENT),
    "forecast of 12 months, every requirement": FiguresQuery("forecast"),
    "uptake, every requirement": FiguresQuery("uptake"),
    "abandoned": FiguresQuery("abandoned", requirement=REQUIREMENT),
    "working time of 90 days": FiguresQuery("working_time"),
}


def prepare(bridge: Bridge, folder: Path) -> None:
    today = datetime.now(UTC).date()
    import_roster(bridge, company.roster_csv(today), source="roster.csv")
    import_absences(bridge, company.absences_csv(today), source="absences.csv")
    import_exemptions(bridge, company.exemptions_csv(today), source="exemptions.csv")
    package = install_package(bridge, build(folder))
    import_requirements(bridge, company.requirements_toml(today).encode(), source="requirements.toml")
    activities = {unit.identifier: unit.activity for unit in package.units}
    by = Recorder(OPERATOR.id, ActorKey.of_account("https://bridge.example.com", "bench").as_actor())
    for batch in company.statements(today, activities):
        record_statements(bridge, batch, by=by)
    refresh(bridge)


def one_day(bridge: Bridge) -> int:
    """The floor of a trend: read everybody, and judge them once."""
    today = datetime.now(UTC).date()
    with bridge.database.reading() as connection:
        programme = programme_of(connection, [REQUIREMENT], None)
        people = all_people(connection)
        return sum(
            len(programme.evaluate(record, facts, as_of=today))
            for record, facts in records_of(connection, people, None)
        )


def measure(name: str, work: Callable[[], Any]) -> None:
    times = []
    for _ in range(REPEATS):
        began = perf_counter()
        work()
        times.append(perf_counter() - began)
    print(f"{name:45} {min(times):6.2f} s")


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    is_new = not (folder / "lrs_bridge.db").exists()
    bridge = Bridge.open(Settings.from_environment({"LRS_BRIDGE_DATA_DIR": str(folder)}))
    try:
        if is_new:
            prepare(bridge, folder)
        measure("floor: everybody, one day", lambda: one_day(bridge))
        for name, query in ASKED.items():
            measure(name, lambda query=query: figures(bridge, OPERATOR, query))  # type: ignore[misc]
    finally:
        bridge.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
