"""A User of SCIM beside the columns of a roster: what it says of a person, and what our tables say meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, TypeVar
from unicodedata import normalize

from scim2_models import Extension, InvalidValueException

from lrs_bridge.domain.periods import Period, overlap
from lrs_bridge.roster import cells
from lrs_bridge.roster.absences import absence_kind
from lrs_bridge.roster.entries import JOB_COLUMNS, PERSON_COLUMNS
from lrs_bridge.roster.plan import KnownPerson
from lrs_bridge.roster.sheets import Fault
from lrs_bridge.services.scim_models import Absence, Email, Employment, EnterpriseUser, Manager, Name, ScimUser

Values = dict[str, Any]
"""Columns of a roster as texts, and ``absences`` as a list of [first day, last day, kind]."""
Kind = TypeVar("Kind", bound=Extension)

CHECKS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "email": ("emails", cells.email),
    "lms_account": ("lmsAccount", cells.text_id),
    "manager_id": ("manager", cells.text_id),
    "country": ("country", cells.country),
    "time_zone": ("timezone", cells.time_zone),
    "hire_date": ("hireDate", cells.iso_day),
    "termination_date": ("terminationDate", cells.last_day),
}
IN_EMPLOYMENT = ("job_code", "location", "country", "lms_account", "hire_date", "termination_date")


def values_of(user: ScimUser) -> Values:
    """What a User says, checked as the cells of a roster are; raises InvalidValueException with all that is wrong."""
    enterprise, employment = _extension(user, EnterpriseUser), _extension(user, Employment)
    name = user.name or Name()
    values: Values = {
        "given_name": name.given_name or "",
        "family_name": name.family_name or "",
        "email": _address(user.emails or []),
        "manager_id": _manager(enterprise.manager),
        "department": enterprise.department or "",
        "job_title": user.title or "",
        "time_zone": user.timezone or "",
        "worker_type": user.user_type or "",
        **{column: getattr(employment, column) or "" for column in IN_EMPLOYMENT},
    }
    faults = [fault for column in CHECKS if (fault := _checked(values, column))]
    values["absences"] = _absences(employment.absences or [], faults)
    first, last = values["hire_date"], values["termination_date"]
    if not faults and first and last and last < first:
        faults.append(f"terminationDate {last} is before hireDate {first}")
    if faults:
        raise InvalidValueException(detail="; ".join(faults))
    return values


def _extension(user: ScimUser, kind: type[Kind]) -> Kind:
    found: Kind | None = user[kind]
    return found if found is not None else kind()


def called(user: ScimUser) -> str:
    """What somebody is called whose name is not given in its parts: nobody is without a name."""
    return user.display_name or (user.name.formatted if user.name else None) or user.user_name or ""


def _address(emails: Iterable[Email]) -> str:
    """The primary one, else that of work, else the first."""
    ranked = sorted(emails, key=lambda email: (not email.primary, email.type != "work"))
    return next((email.value for email in ranked if email.value), "")


def _manager(manager: Manager | None) -> str:
    if manager is None:
        return ""
    return manager.value or str(manager.ref or "").rpartition("/")[2]


def _checked(values: Values, column: str) -> str:
    """Puts the value in its usual form; returns what is wrong with it."""
    attribute, check = CHECKS[column]
    if not values[column]:
        return ""
    found = check(values[column])
    if isinstance(found, Fault):
        return f"{attribute}: {found.reason}. {found.remedy}".rstrip()
    values[column] = "" if found is None else str(found)
    return ""


def _absences(absences: Iterable[Absence], faults: list[str]) -> list[list[str]]:
    """By their first days: a later one of the same day replaces the earlier."""
    found: dict[str, list[str]] = {}
    for one in absences:
        first, last = cells.iso_day(one.first_day or ""), cells.last_day(one.last_day) if one.last_day else None
        kind = absence_kind(one.kind or "")
        wrong = [f"absences: {part.reason}. {part.remedy}" for part in (first, last, kind) if isinstance(part, Fault)]
        faults += wrong
        if not wrong:
            found[str(first)] = [str(first), str(last or ""), str(kind)]
    ordered = [found[first] for first in sorted(found)]
    if not faults:
        faults += _untimely(ordered)
    return ordered


def _untimely(absences: list[list[str]]) -> list[str]:
    faults = [f"absences: one ends on {last}, before it starts on {first}" for first, last, _ in absences
              if last and last < first]  # fmt: skip
    if faults:
        return faults
    periods = [period_of(absence) for absence in absences]
    return [
        f"absences: two overlap on {later.first}" for earlier, later in pairwise(periods) if overlap(earlier, later)
    ]


def period_of(absence: list[str]) -> Period:
    first, last, _ = absence
    return Period(date.fromisoformat(first), date.fromisoformat(last) if last else None)


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What our own tables say of a person: everything that a User may say, in the same form."""

    known: KnownPerson
    absences: list[list[str]]

    @property
    def values(self) -> Values:
        person, job, spell = self.known, self.known.job, self.known.spell
        return {
            **{column: getattr(person, column) for column in PERSON_COLUMNS},
            **{column: getattr(job, column) if job else "" for column in JOB_COLUMNS},
            "hire_date": str(spell.period.first) if spell else "",
            "termination_date": str(spell.period.last or "") if spell else "",
            "absences": self.absences,
        }


def bring_up_to_date(user: ScimUser, told: Values, record: OnRecord, today: date) -> None:
    """Where our tables say something else than when the User was last accepted, it says so too."""
    values = record.values
    news = {column: value for column, value in values.items() if value != told.get(column)}
    for column, value in news.items():
        _set(user, column, value or None)
    if {"given_name", "family_name"} & news.keys():
        given, family = values["given_name"], values["family_name"]
        user.name = Name(given_name=given or None, family_name=family or None, formatted=f"{given} {family}".strip())
    spell = record.known.spell
    if spell is not None and spell.period.last is not None and spell.period.last < today:
        user.active = False
    elif news.keys() & {"hire_date", "termination_date"} and user.active is False:
        user.active = spell is not None


def _set(user: ScimUser, column: str, value: Any) -> None:
    if column in {"time_zone", "worker_type", "job_title"}:
        names = {"time_zone": "timezone", "worker_type": "user_type", "job_title": "title"}
        setattr(user, names[column], value)
    elif column == "email":
        others = [email for email in user.emails or [] if email.value != _address(user.emails or [])]
        user.emails = [Email(value=value, type="work", primary=True), *others] if value else others or None
    elif column in {"department", "manager_id"}:
        enterprise = _extension(user, EnterpriseUser)
        if column == "department":
            enterprise.department = value
        else:
            enterprise.manager = Manager(value=value) if value else None
        user[EnterpriseUser] = enterprise
    elif column in {*IN_EMPLOYMENT, "absences"}:
        employment = _extension(user, Employment)
        setattr(employment, column, absences_as_said(value) if column == "absences" else value)
        user[Employment] = employment


def absences_as_said(absences: list[list[str]] | None) -> list[Absence] | None:
    return [Absence(first_day=a, last_day=b or None, kind=kind) for a, b, kind in absences or []] or None


def name_key(user_name: str) -> str:
    """RFC 7643 4.1.1: a userName is not case exact."""
    return normalize("NFC", normalize("NFC", user_name).lower())


def keep_only_lengths(user: ScimUser, values: Values) -> None:
    """Why somebody is away is HR's secret: what was said of it is replaced by long or short before it is kept."""
    if employment := user[Employment]:
        employment.absences = absences_as_said(values["absences"])
