"""RosterEntry: one row of a roster, its columns and what a blank cell in each of them means."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from lrs_bridge.roster.sheets import Layout

COLUMNS = (
    "employee_id",
    "given_name",
    "family_name",
    "email",
    "lms_account",
    "manager_id",
    "department",
    "job_code",
    "job_title",
    "location",
    "country",
    "time_zone",
    "worker_type",
    "hire_date",
    "termination_date",
)
ROSTER = Layout(COLUMNS, required=("employee_id", "given_name", "family_name", "hire_date"))

PERSON_COLUMNS = ("given_name", "family_name", "email", "lms_account", "time_zone")
JOB_COLUMNS = ("manager_id", "department", "job_code", "job_title", "location", "country", "worker_type")

# What everybody has (a name, a zone, a country, an address that evidence is matched by) is kept when a cell is blank,
# since a gap in the export is likelier than the loss of it. What a person may truly have no longer (a manager, a
# department, a date of leaving) is erased. A column that the file does not have at all is always kept.
BLANK: dict[str, Literal["keep", "erase"]] = {
    "employee_id": "keep",
    "given_name": "keep",
    "family_name": "keep",
    "email": "keep",
    "lms_account": "keep",
    "manager_id": "erase",
    "department": "erase",
    "job_code": "erase",
    "job_title": "erase",
    "location": "erase",
    "country": "keep",
    "time_zone": "keep",
    "worker_type": "keep",
    "hire_date": "keep",
    "termination_date": "erase",
}


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """``hire_date`` is the first day of the current spell, ``termination_date`` the last day employed.

    ``given`` are the columns that the file has; ``place`` is where the row stands, and no part of what it says.
    """

    employee_id: str
    given_name: str
    family_name: str
    hire_date: date
    email: str = ""
    lms_account: str = ""
    manager_id: str = ""
    department: str = ""
    job_code: str = ""
    job_title: str = ""
    location: str = ""
    country: str = ""
    time_zone: str = ""
    worker_type: str = ""
    termination_date: date | None = None
    given: frozenset[str] = field(default=frozenset(COLUMNS), repr=False)
    place: str = field(default="", compare=False)

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    def employed_on(self, day: date) -> bool:
        return self.hire_date <= day and (self.termination_date is None or day <= self.termination_date)
