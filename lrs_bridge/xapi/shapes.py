"""The building blocks of the tables that describe xAPI objects: what a value may be, and what an object may hold."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from itertools import islice
from typing import Any

from lrs_bridge.errors import Problem
from lrs_bridge.xapi.faults import FORMAT, MOST, OK, Check, Faults, fault, pointer, shown, under, wrong_type
from lrs_bridge.xapi.lexical import is_iri, is_language_tag

Rule = Callable[[dict[str, Any]], Faults]
"""What holds between the properties of one object."""


def text(value: Any) -> Faults:
    return OK if type(value) is str else wrong_type(value, "text")


def boolean(value: Any) -> Faults:
    return OK if type(value) is bool else wrong_type(value, "true or false, without quotes")


def number(value: Any) -> Faults:
    if type(value) is int or (type(value) is float and value - value == 0):  # neither NaN nor infinite
        return OK
    return wrong_type(value, "a number, without quotes")


def formatted(matches: Callable[[str], bool], what: str, clause: str, remedy: str = "") -> Check:
    """Text in a particular format, of which ``matches`` is the judge."""

    def check(value: Any) -> Faults:
        if type(value) is not str:
            return wrong_type(value, what, clause)
        if matches(value):
            return OK
        return fault(f"must be {what}, but is {shown(value)}", clause, remedy=remedy)

    return check


def one_of(values: Collection[str], clause: str) -> Check:
    listed = ", ".join(values)

    def check(value: Any) -> Faults:
        if type(value) is str and value in values:
            return OK
        if type(value) is not str:
            return wrong_type(value, f"one of {listed}", clause)
        near = next((name for name in values if name.lower() == value.lower()), "")
        reason = f"must be one of {listed}, but is {shown(value)}"
        return fault(reason, clause, remedy=f"Upper and lower case matter: write {near}" if near else "")

    return check


def list_of(check_item: Check, what: str, clause: str) -> Check:
    def check(value: Any) -> Faults:
        if type(value) is not list:
            return wrong_type(value, f"a list of {what}", clause)
        faults: list[Problem] = []
        for index, item in enumerate(value):
            if found := check_item(item):
                faults += under(pointer(index), found)
                if len(faults) > MOST:
                    break
        return tuple(faults)

    return check


def object_of(
    what: str,
    clause: str,
    properties: Mapping[str, Check],
    *,
    required: Collection[str] = (),
    rules: Collection[Rule] = (),
) -> Check:
    """An object with these properties and no others; every fault is found (up to ``MOST``), in the input's order."""
    check_of = dict(properties).get

    def check(value: Any) -> Faults:
        if type(value) is not dict:
            return wrong_type(value, f"an object: {what}", clause)
        faults: list[Problem] = []
        for name, item in value.items():
            check_item = check_of(name)
            found = check_item(item) if check_item else unknown_property(name, what, properties, clause)
            if found:
                faults += under(pointer(name), found)
                if len(faults) > MOST:
                    return tuple(faults)
        for name in required:
            if name not in value:
                faults += fault(f"{what} must have {name!r}", clause, place=pointer(name))
        for rule in rules:
            faults += rule(value)
        return tuple(faults)

    return check


def unknown_property(name: str, what: str, known: Collection[str], clause: str) -> Faults:
    near = next((good for good in known if good.lower() == name.lower()), "")
    if near:
        remedy = f"Upper and lower case matter: write {near}"
    else:
        remedy = "Leave it out, or put it into extensions under an IRI"
    return fault(f"{what} has no property {shown(name)}", f"{FORMAT}; {clause}", remedy=remedy)


def extensions(value: Any) -> Faults:
    """Keys are IRIs; values are never judged (Data 4.1)."""
    if type(value) is not dict:
        return wrong_type(value, "an object: a map of extensions", "xAPI Data 4.1")
    if all(map(is_iri, value)):
        return OK
    wrong = islice((key for key in value if not is_iri(key)), MOST + 1)
    return tuple(
        problem
        for key in wrong
        for problem in fault(
            f"the key of an extension must be an IRI, but is {shown(key)}", "xAPI Data 4.1", place=pointer(key)
        )
    )


def language_map(value: Any) -> Faults:
    if type(value) is not dict:
        return wrong_type(value, "an object: a language map", "xAPI Data 4.2")
    faults: list[Problem] = []
    for tag, words in value.items():
        if not is_language_tag(tag):
            reason = f"the key must be a language tag of RFC 5646, but is {shown(tag)}"
            faults += fault(reason, "xAPI Data 4.2", remedy="Write a tag such as en or pt-BR", place=pointer(tag))
        if type(words) is not str:
            faults += under(pointer(tag), wrong_type(words, "text", "xAPI Data 4.2"))
        if len(faults) > MOST:
            break
    return tuple(faults)


def iri(clause: str) -> Check:
    remedy = "Write it with its scheme, and encode blanks and other characters that an IRI may not hold"
    return formatted(is_iri, "an IRI with a scheme (RFC 3987)", clause, remedy)
