"""How the invented company is cut: executives, departments, units in countries, and how many people each has."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from lrs_bridge.demo.names import COUNTRIES, Country

PEOPLE = 3000
TEAMS_IN_UNIT = 4

EXECUTIVES = (
    ("Chief Operating Officer", (("Payments Operations", 8), ("Customer Onboarding", 4))),
    ("Chief Customer Officer", (("Contact Centre", 11),)),
    ("Chief Commercial Officer", (("Sales", 9),)),
    ("Chief Product Officer", (("Product", 3), ("Marketing", 3))),
    ("Chief Financial Officer", (("Finance", 6),)),
    ("Chief Risk Officer", (("Risk and Compliance", 4), ("Legal", 2))),
    ("Chief People Officer", (("Human Resources", 3), ("Facilities", 3))),
    ("Chief Information Officer", (("Information Technology", 8),)),
)
JOBS = {
    "Payments Operations": ("PAY", ("Payments Associate", "Payments Specialist", "Reconciliation Analyst")),
    "Customer Onboarding": ("ONB", ("Onboarding Associate", "Due Diligence Analyst", "Onboarding Specialist")),
    "Contact Centre": ("ADV", ("Customer Adviser", "Senior Customer Adviser", "Complaints Adviser")),
    "Sales": ("SAL", ("Sales Representative", "Account Executive", "Partner Consultant")),
    "Product": ("PRD", ("Product Owner", "Product Designer", "Business Analyst")),
    "Marketing": ("MKT", ("Campaign Specialist", "Content Editor", "Market Analyst")),
    "Finance": ("FIN", ("Accountant", "Financial Controller", "Treasury Analyst")),
    "Risk and Compliance": ("RSK", ("Risk Analyst", "Compliance Officer", "Transaction Monitoring Analyst")),
    "Legal": ("LEG", ("Paralegal", "Legal Counsel", "Contract Specialist")),
    "Human Resources": ("HRM", ("People Partner", "Recruiter", "Payroll Specialist")),
    "Facilities": ("FAC", ("Workplace Coordinator", "Security Officer", "Procurement Specialist")),
    "Information Technology": ("ITE", ("Software Engineer", "Systems Engineer", "Service Desk Analyst")),
}
# The units whose first team is that of a leader of the captured Moodle
MOODLE_UNITS = (("Customer Onboarding", "IE"), ("Finance", "GB"))


@dataclass(frozen=True, slots=True)
class Unit:
    """A department in a country; ``moodle`` is the number of the captured team that is its first one."""

    department: str
    country: Country
    size: int
    moodle: int | None = None


def dice(topic: str) -> Random:
    """Chance that falls the same way on every machine: seeded with text, Random is defined by its documentation."""
    return Random(f"lrs-bridge demo: {topic}")  # noqa: S311 - nothing here is a secret


def units() -> list[Unit]:
    """Departments in the order of the executives, countries dealt out, sizes that add up to PEOPLE."""
    chance = dice("units")
    countries = [country for country in COUNTRIES for _ in range(country.units)]
    chance.shuffle(countries)
    departments = [name for _, owned in EXECUTIVES for name, number in owned for _ in range(number)]
    firsts = {departments.index(name): (code, number) for number, (name, code) in enumerate(MOODLE_UNITS)}
    for at, (code, _) in firsts.items():
        other = next(i for i, country in enumerate(countries) if country.code == code and i not in firsts)
        countries[at], countries[other] = countries[other], countries[at]
    return [
        Unit(department, country, size, firsts[at][1] if at in firsts else None)
        for at, (department, country, size) in enumerate(
            zip(departments, countries, _unit_sizes(chance, len(departments)), strict=True)
        )
    ]


def _unit_sizes(chance: Random, units: int) -> list[int]:
    """40 to 53 each: what one unit has more than the mean, another has less."""
    mean, rest = divmod(PEOPLE - 1 - len(EXECUTIVES), units)
    more = [chance.randint(-6, 6) for _ in range(units // 2)]
    return [mean + offset + (at < rest) for at, offset in enumerate([*more, *(-offset for offset in more)])]


def team_sizes(chance: Random, people: int, *, fixed_first: bool) -> list[int]:
    """``people`` in four teams of 6 to 12, not all alike; a captured team has ten."""
    teams = TEAMS_IN_UNIT
    sizes = [people // teams + (at < people % teams) for at in range(teams)]
    if fixed_first:
        others = people - 10
        return [10, *(others // 3 + (at < others % 3) for at in range(3))]
    for _ in range(3):
        source, target = chance.sample(range(teams), 2)
        if sizes[source] > 6 and sizes[target] < 12:
            sizes[source], sizes[target] = sizes[source] - 1, sizes[target] + 1
    return sizes
