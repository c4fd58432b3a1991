"""What of an incoming CMI is believed, whatever the edition of SCORM: a vocabulary per standard, checked alike.

The body of a commit is written by the package's own code, or by whoever holds the launch token: every value is checked,
what is not a learner's to say is left out, and each thing left out is noted in words for the "why not complete?" page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from lrs_bridge.errors import Problem

ROWS_LIMIT: Final = 2000
NESTED_ROWS_LIMIT: Final = 100
DECIMAL: Final = re.compile(r"-?\d{0,12}(\.\d{1,12})?(?<=\d)", re.ASCII)
INDEX_PATTERN: Final = "[0-9]{1,4}"
INDEX: Final = re.compile(rf"\.({INDEX_PATTERN})(?=\.)")
OUTERMOST: Final = ("cmi.", "adl.")

Note = Callable[[str, str], None]
Rule = tuple[re.Pattern[str], Callable[[str], bool], str]
"""Which elements, what their text must fulfil, and that in words."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The data model of one standard.

    ``from_launch`` are elements that only the launch says; an empty value of ``may_be_blank`` means "not set", because
    content and player both write it. ``suspend_data_standard`` is what the standard promises; longer is kept and noted.
    """

    name: str
    clause: str
    rules: tuple[Rule, ...]
    from_launch: re.Pattern[str]
    may_be_blank: re.Pattern[str]
    suspend_data_standard: int


def rules(*table: tuple[str, Callable[[str], bool], str]) -> tuple[Rule, ...]:
    """``N`` in a pattern stands for the index of a row."""
    return tuple(
        (re.compile(re.sub(r"\bN\b", INDEX_PATTERN, pattern)), check, expected) for pattern, check, expected in table
    )


def decimal(text: str) -> float | None:
    """CMIDecimal of SCORM 1.2, real(10,7) of SCORM 2004."""
    return float(text) if DECIMAL.fullmatch(text) else None


def one_of(words: frozenset[str]) -> Callable[[str], bool]:
    return lambda text: text in words


def at_most(letters: int, least: int = 0) -> Callable[[str], bool]:
    return lambda text: least <= len(text) <= letters


def believed(cmi: Mapping[str, Any], vocabulary: Vocabulary) -> tuple[dict[str, str], tuple[Problem, ...]]:
    """The elements of an incoming CMI (flat or nested, with or without its outer ``cmi``) that are taken over, and why
    each other one was not. Elements that are the launch's to say are left out without a word: players send them back.
    """
    problems: list[Problem] = []

    def note(element: str, reason: str) -> None:
        problems.append(Problem(element[:120], reason, severity="warning", clause=vocabulary.clause))

    taken = {
        element: text
        for element, value in _elements(cmi)
        if (text := _taken(element, value, note, vocabulary)) is not None
    }
    promised = vocabulary.suspend_data_standard
    if len(taken.get("cmi.suspend_data", "")) > promised:
        note("cmi.suspend_data", f"is longer than the {promised} characters of the standard; it is kept")
    return taken, tuple(problems)


def _elements(cmi: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in cmi.items():
        name = str(key)
        outer = "" if name == "cmi" or name.startswith(OUTERMOST) else "cmi."
        yield from _flat(outer + name, value)


def _flat(place: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(f"{place}.{key}", inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _flat(f"{place}.{index}", inner)
    else:
        yield place, value


def _taken(element: str, value: Any, note: Note, vocabulary: Vocabulary) -> str | None:
    """The value as text, or None with a note."""
    if value is None or vocabulary.from_launch.fullmatch(element):
        return None
    rule = next((rule for rule in vocabulary.rules if rule[0].fullmatch(element)), None)
    if rule is None:
        note(element, f"is not an element of {vocabulary.name} that a course can set; it was ignored")
        return None
    text = _text(value)
    if text == "" and vocabulary.may_be_blank.fullmatch(element):
        return None
    if text is None or not rule[1](text):
        note(element, f"was ignored: expected {rule[2]}, found {str(value)[:60]!r}")
        return None
    return text if _index_allowed(element, note) else None


def _text(value: Any) -> str | None:
    """Content sends text; a number from careless JSON is the same text. NUL has no place in any element."""
    if isinstance(value, str):
        return None if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value) else value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None


def _index_allowed(element: str, note: Note) -> bool:
    indices = [int(index) for index in INDEX.findall(element)]
    allowed = all(index < limit for index, limit in zip(indices, (ROWS_LIMIT, NESTED_ROWS_LIMIT), strict=False))
    if not allowed:
        note(element, f"was ignored: more than {ROWS_LIMIT} rows")
    return allowed
