"""Inputs of `lrs-bridge demo`: an invented company of 3,000 people and a month of its mandatory training.

Everything is a pure function of one day, ``today``: the same day gives the same bytes. The people are the same on
every day; only dates move with it.
"""

from __future__ import annotations

from importlib.resources import files

from lrs_bridge.demo.evidence import evidence_csv
from lrs_bridge.demo.leave import absences_csv, exemptions_csv
from lrs_bridge.demo.population import LMS_HOME_PAGE, employee_id_of, roster_csv
from lrs_bridge.demo.requirements import UNITS, requirements_toml
from lrs_bridge.demo.results import BROWSER_LEARNER, statements

__all__ = [
    "BROWSER_LEARNER",
    "LMS_HOME_PAGE",
    "UNITS",
    "absences_csv",
    "employee_id_of",
    "evidence_csv",
    "exemptions_csv",
    "moodle_batches",
    "requirements_toml",
    "roster_csv",
    "statements",
]


def moodle_batches() -> list[bytes]:
    """The bodies of the captured POSTs, in order; see samples/SOURCES.md."""
    return files(__name__).joinpath("samples/moodle_batches.jsonl").read_bytes().splitlines()
