"""The people of an invented payments company: 3,000 rows of a roster, 14 countries, teams of 6 to 12.

One chief executive, 8 executives, 64 units (a department in a country) with a head each, 256 team leaders. Every
leader has 6 to 12 people in the roster, and at least 6 who are employed on ``today``. About 2 % joined in the last
four weeks, some start soon, some have left or will, 6 % are contractors. 12 % have no account in the LMS and are
known to it by address only. The learners of the captured Moodle make up two teams, under Max Manager in Dublin and
under Tess Teacher in London.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import count, islice

from lrs_bridge.demo.names import COUNTRIES, MOODLE_LEADERS, MOODLE_LEARNERS, Country, ascii_form, native
from lrs_bridge.demo.units import EXECUTIVES, JOBS, TEAMS_IN_UNIT, Unit, dice, team_sizes, units

LMS_HOME_PAGE = "http://127.0.0.1:8085"
"""The homePage of every account: that of the captured Moodle."""

_WORKER_TYPES = ("employee", "contractor", "intern")


@dataclass(frozen=True, slots=True)
class Member:
    """One row of the roster; the fields are its columns, in their order."""

    employee_id: str
    given_name: str
    family_name: str
    email: str
    lms_account: str
    manager_id: str
    department: str
    job_code: str
    job_title: str
    location: str
    country: str
    time_zone: str
    worker_type: str
    hire_date: date
    termination_date: date | None = None

    def employed_on(self, day: date) -> bool:
        return self.hire_date <= day and (self.termination_date is None or day <= self.termination_date)


@dataclass(frozen=True, slots=True)
class _Seat:
    """A place in the company, before anybody has it."""

    manager_id: str
    department: str
    country: Country
    place: tuple[str, str]
    job_code: str
    job_title: str


@dataclass(frozen=True, slots=True)
class _Terms:
    """From when until when, and how, somebody works here."""

    hired: date
    left: date | None = None
    worker_type: str = "employee"


def roster_csv(today: date) -> bytes:
    """The snapshot that HR would send on ``today``, in the canonical columns."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [column.name for column in fields(Member)], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(asdict(member) for member in population(today))
    return text.getvalue().encode()


@lru_cache(maxsize=4)
def population(today: date) -> tuple[Member, ...]:
    """Everybody, each after their manager."""
    return tuple(_Company(today).members())


def employee_id_of(today: date, account: str) -> str:
    """Who has an account in the LMS: "68" is Max Manager, "67" Tess Teacher, "47" to "66" are their people."""
    return next(member.employee_id for member in population(today) if member.lms_account == account)


class _Company:
    """Hands out staff numbers, accounts and addresses, each once, while the tree is built from the top."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.dice = dice("people")
        self.numbers = count(123, 3)
        self.accounts = count(1001)
        self.addresses: Counter[str] = Counter()

    def members(self) -> Iterator[Member]:
        home = COUNTRIES[0]
        chief = self.leader(_Seat("", "Executive Office", home, home.places[0], "EXE1", "Chief Executive Officer"))
        yield chief
        waiting = iter(units())
        for title, departments in EXECUTIVES:
            country = self.dice.choice(COUNTRIES[:3])
            seat = _Seat(chief.employee_id, "Executive Office", country, country.places[0], "EXE2", title)
            executive = self.leader(seat)
            yield executive
            for unit in islice(waiting, sum(number for _, number in departments)):
                yield from self.unit(unit, executive.employee_id)

    def unit(self, unit: Unit, manager_id: str) -> Iterator[Member]:
        country, prefix = unit.country, JOBS[unit.department][0]
        title = f"Head of {unit.department}, {country.code}"
        head = self.leader(_Seat(manager_id, unit.department, country, country.places[0], f"{prefix}8", title))
        yield head
        seat = _Seat(head.employee_id, unit.department, country, country.places[0], f"{prefix}6", "Team Leader")
        staff = self.dice.randint(2, 6)
        sizes = team_sizes(self.dice, unit.size - 1 - TEAMS_IN_UNIT - staff, fixed_first=unit.moodle is not None)
        for number, size in enumerate(sizes):
            here = replace(seat, place=country.places[number % len(country.places)])
            if unit.moodle is not None and number == 0:
                yield from self.moodle_team(here, unit.moodle)
            else:
                yield from self.team(here, size)
        for _ in range(staff):
            yield self.worker(seat, head.employee_id)

    def team(self, seat: _Seat, size: int) -> Iterator[Member]:
        leader = self.leader(seat)
        yield leader
        moves = self.moves() if size >= 9 else []  # so that six are left whatever happens
        for place in range(size):
            yield self.worker(seat, leader.employee_id, moves[place] if place < len(moves) else None)

    def moodle_team(self, seat: _Seat, number: int) -> Iterator[Member]:
        """Hired on fixed days: what they did was captured on a fixed day, too."""
        account, given, family, mailbox = MOODLE_LEADERS[number]
        hired = _Terms(date(2015, 9, 1))
        leader = self.member(seat, hired, (given, family), mailbox=mailbox, account=account)
        yield leader
        for place, learner in enumerate(MOODLE_LEARNERS[number * 10 : number * 10 + 10]):
            account, given, family, mailbox, employee_id = learner
            yield replace(
                self.member(
                    self.desk(seat, leader.employee_id),
                    _Terms(date(2016 + place, 2, 1)),
                    (given, family),
                    mailbox=mailbox,
                    account=account,
                ),
                employee_id=employee_id,
            )

    def leader(self, seat: _Seat) -> Member:
        days = self.dice.randint(900, 5475)
        return self.member(seat, _Terms(_weekday(self.today - timedelta(days))))

    def worker(self, seat: _Seat, manager_id: str, terms: _Terms | None = None) -> Member:
        if terms is None:
            terms = _Terms(self.hired(), worker_type=self.dice.choices(_WORKER_TYPES, (91, 7, 2))[0])
        return self.member(self.desk(seat, manager_id), terms)

    def desk(self, seat: _Seat, manager_id: str) -> _Seat:
        prefix, titles = JOBS[seat.department]
        grade = self.dice.randrange(len(titles))
        country = self.dice.choice(COUNTRIES) if self.dice.random() < 0.04 else seat.country
        place = seat.place if country is seat.country else self.dice.choice(country.places)
        return _Seat(manager_id, seat.department, country, place, f"{prefix}{grade + 1}", titles[grade])

    def hired(self) -> date:
        if self.dice.random() < 0.022:
            return _weekday(self.today - timedelta(self.dice.randint(3, 27)))
        return _weekday(self.today - timedelta(40 + int(5400 * self.dice.random() ** 1.6)))

    def moves(self) -> list[_Terms]:
        """Who of a team has left, who will, who is still to come."""
        day = self.today
        long_ago = _weekday(day - timedelta(self.dice.randint(400, 3000)))
        left = _Terms(long_ago, day - timedelta(self.dice.randint(1, 75)))
        leaving = _Terms(long_ago, day + timedelta(self.dice.randint(2, 45)))
        coming = _Terms(_weekday(day + timedelta(self.dice.randint(4, 30))))
        return [terms for terms, share in ((left, 0.27), (leaving, 0.11), (coming, 0.09)) if self.dice.random() < share]

    def member(
        self, seat: _Seat, terms: _Terms, name: tuple[str, str] | None = None, *, mailbox: str = "", account: str = ""
    ) -> Member:
        given, family = name or (self.dice.choice(seat.country.given), self.dice.choice(seat.country.family))
        has_account = self.dice.random() < (0.6 if terms.worker_type == "contractor" else 0.9)
        fresh_account = str(next(self.accounts)) if has_account else ""
        return Member(
            employee_id=f"{next(self.numbers):06d}",
            given_name=native(given),
            family_name=native(family),
            email=f"{mailbox or self.mailbox(given, family)}@example.com",
            lms_account=account or fresh_account,
            manager_id=seat.manager_id,
            department=seat.department,
            job_code=seat.job_code,
            job_title=seat.job_title,
            location=seat.place[0],
            country=seat.country.code,
            time_zone=seat.place[1],
            worker_type=terms.worker_type,
            hire_date=terms.hired,
            termination_date=terms.left,
        )

    def mailbox(self, given: str, family: str) -> str:
        plain = f"{ascii_form(given)}.{ascii_form(family)}"
        self.addresses[plain] += 1
        return plain if self.addresses[plain] == 1 else f"{plain}{self.addresses[plain]}"


def _weekday(day: date) -> date:
    """The Monday after, for a day of the weekend."""
    return day + timedelta(max(0, 7 - day.weekday()) if day.weekday() >= 5 else 0)
