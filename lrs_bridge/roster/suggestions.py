"""Who an unmatched actor may be (tier D): clues and a score, for a human to decide by. Nothing is matched here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from math import prod
from typing import Literal

from rapidfuzz import fuzz, process

ClueKind = Literal["address", "alias", "account", "name", "department", "course"]
CLOSE = 82.0
"""Of 100; names below this are two names. "Jon Smith" and "John Smith" are at 95, "Ann Lead" and "Ada Lead" at 75."""
CERTAINTY = {"address": 0.9, "alias": 0.6, "account": 0.7, "department": 0.25, "course": 0.15}
SHOWN = 5
_WORDS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Stranger:
    """What the statements of one actor tell. ``address`` and ``account`` are empty where it is known otherwise.

    ``days`` are those of the first and the last statement looked at. ``held``: the actor itself is known, by employee
    id, as somebody's at another time (so it is of a SHA-1, too).
    """

    address: str = ""
    account: str = ""
    names: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    days: tuple[date, date] | None = None
    held: Mapping[str, HeldAddress] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HeldAddress:
    """An address or account of a person, and since when and until when; without days it is in their roster row."""

    value: str
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the roster."""

    employee_id: str
    name: str
    department: str = ""
    addresses: tuple[HeldAddress, ...] = ()
    accounts: tuple[HeldAddress, ...] = ()


@dataclass(frozen=True, slots=True)
class Clue:
    kind: ClueKind
    words: str
    certainty: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``score`` is from 0 to 99: what the clues say together, if each is right by itself with its certainty."""

    employee_id: str
    name: str
    department: str
    score: int
    clues: tuple[Clue, ...]


class Roll:
    """Everybody of the roster, made ready to be compared with one stranger after another."""

    def __init__(self, colleagues: Iterable[Colleague]) -> None:
        self._people = tuple(colleagues)
        self._names = [_plain(person.name) for person in self._people]
        self._places = {person.employee_id: place for place, person in enumerate(self._people)}
        self._by_word: dict[str, set[int]] = {}
        for place, person in enumerate(self._people):
            for word in _handles(person):
                self._by_word.setdefault(word, set()).add(place)

    def suggestions(self, stranger: Stranger, *, without: frozenset[str] = frozenset()) -> list[Suggestion]:
        """At most SHOWN, the likeliest first; ``without`` are employee ids that were rejected."""
        named = self._named_like(stranger)
        places = set(named).union(*(self._by_word.get(word, set()) for word in _words_of(stranger)))
        places |= {self._places[employee_id] for employee_id in stranger.held if employee_id in self._places}
        found = [_suggestion(stranger, self._people[place], named.get(place)) for place in sorted(places)]
        return _likeliest(one for one in found if one and one.employee_id not in without)[:SHOWN]

    def _named_like(self, stranger: Stranger) -> dict[int, tuple[str, float]]:
        """By place, the name that the statements say and how close it is."""
        best: dict[int, tuple[str, float]] = {}
        for name in (*stranger.names, _spoken(stranger.address)):
            if len(plain := _plain(name)) < 5 or " " not in plain:
                continue  # one word is too little to go by
            close = process.extract(
                plain, self._names, scorer=fuzz.token_sort_ratio, score_cutoff=CLOSE, limit=SHOWN * 2
            )
            for _, score, place in close:
                if score > best.get(place, ("", 0.0))[1]:
                    best[place] = (name, score)
        return best


def _suggestion(stranger: Stranger, person: Colleague, named: tuple[str, float] | None) -> Suggestion | None:
    clues = (*_identifiers(stranger, person), *_name_clues(person, named))
    if not clues:
        return None
    clues = (*clues, *_department_clues(stranger, person))
    return Suggestion(person.employee_id, person.name, person.department, _score(clues), clues)


def with_courses(suggestions: Iterable[Suggestion], courses: Mapping[str, str]) -> list[Suggestion]:
    """Ordered anew. ``courses``: by employee id, what the statements are about and the person has still to do."""
    return _likeliest(_with_course(one, courses.get(one.employee_id)) for one in suggestions)


def _with_course(suggestion: Suggestion, course: str | None) -> Suggestion:
    if course is None:
        return suggestion
    clue = Clue("course", f"{course} is required of them and missing", CERTAINTY["course"])
    clues = (*suggestion.clues, clue)
    return replace(suggestion, score=_score(clues), clues=clues)


def _likeliest(suggestions: Iterable[Suggestion]) -> list[Suggestion]:
    return sorted(suggestions, key=lambda one: (-one.score, one.employee_id))


def _score(clues: Iterable[Clue]) -> int:
    return min(99, round(100 * (1 - prod(1 - clue.certainty for clue in clues))))


def _identifiers(stranger: Stranger, person: Colleague) -> Iterator[Clue]:
    """The strongest that an address or account says: theirs at another time, the same at another place, or alike."""
    same = [held for held in person.addresses if stranger.address and held.value.lower() == stranger.address.lower()]
    if held := stranger.held.get(person.employee_id) or next(iter(same), None):
        yield Clue("address", f"{held.value} {_when(held)}{_but(stranger)}", CERTAINTY["address"])
        return
    local = _local(stranger.address)
    for held in person.addresses:
        if local and _local(held.value) == local:
            words = f"{stranger.address} and {held.value} differ only after the @"
            yield Clue("alias", words, CERTAINTY["alias"])
            return
    yield from _account_clues(stranger.account.lower(), person)


def _account_clues(account: str, person: Colleague) -> Iterator[Clue]:
    said: tuple[tuple[str, Callable[[str], str], Iterable[str]], ...] = (
        ("their employee id", _as_number, [person.employee_id]),
        ("their account", str.lower, [held.value for held in person.accounts]),
        ("their address", str.lower, [held.value for held in person.addresses]),
        ("the first half of their address", _local, [held.value for held in person.addresses]),
    )
    for words, plain, values in said:
        for value in values:
            if account and value and plain(value) == plain(account):
                yield Clue("account", f"the account {account} is {words} ({value})", CERTAINTY["account"])
                return


def _name_clues(person: Colleague, named: tuple[str, float] | None) -> Iterator[Clue]:
    if named:
        name, score = named
        certainty = 0.4 + 0.3 * (score - CLOSE) / (100 - CLOSE)
        yield Clue("name", f'"{name}" is {score:.0f} % like "{person.name}"', round(certainty, 3))


def _department_clues(stranger: Stranger, person: Colleague) -> Iterator[Clue]:
    """It makes a likeness likelier, and proves nothing alone."""
    mine = _plain(person.department)
    if mine and any(_plain(said) == mine for said in stranger.departments):
        yield Clue("department", f"the statements name their department, {person.department}", CERTAINTY["department"])


def _when(held: HeldAddress) -> str:
    if held.since is None and held.until is None:
        return "is the address in their row"
    since = f" from {held.since}" if held.since else ""
    return f"was theirs{since} to {held.until}" if held.until else f"is theirs{since}"


def _but(stranger: Stranger) -> str:
    if stranger.days is None:
        return ""
    first, last = stranger.days
    return f"; the statements are of {first}" + (f" to {last}" if last != first else "")


def _handles(person: Colleague) -> set[str]:
    """By what a person is looked up before anything is compared."""
    values = {held.value.lower() for held in (*person.addresses, *person.accounts)}
    return values | {_local(held.value) for held in person.addresses} | {_as_number(person.employee_id)} - {""}


def _words_of(stranger: Stranger) -> Sequence[str]:
    account, address = stranger.account.lower(), stranger.address.lower()
    return [word for word in (address, _local(address), account, _local(account), _as_number(account)) if word]


def _local(address: str) -> str:
    """What stands before the @, without what a mailbox takes for a label: ann.lead+lms@…"""
    return address.lower().partition("@")[0].partition("+")[0]


def _spoken(address: str) -> str:
    return re.sub(r"[._\d-]+", " ", _local(address)).strip()


def _plain(name: str) -> str:
    return " ".join(_WORDS.findall(name.casefold()))


def _as_number(employee_id: str) -> str:
    """Without the zeros that a spreadsheet takes away."""
    return employee_id.lower().lstrip("0")
