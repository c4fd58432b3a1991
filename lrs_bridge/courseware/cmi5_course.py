"""What a cmi5 course structure declares (cmi5 13.1): units with their launch parameters, blocks, objectives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from lrs_bridge.courseware.course import Course, LaunchableUnit

Texts = Mapping[str, str]
"""By language tag; ``und`` where the structure names none."""


@dataclass(frozen=True, slots=True)
class Cmi5Unit(LaunchableUnit):
    """An assignable unit.

    ``launch_parameters`` and ``entitlement_key`` are None where the structure has none: empty is a value.
    ``extensions`` are the elements of other namespaces, as XML, and ``foreign`` their attributes.
    """

    titles: Texts = field(default_factory=dict)
    descriptions: Texts = field(default_factory=dict)
    objectives: tuple[str, ...] = ()
    move_on: str = "NotApplicable"
    launch_method: str = "AnyWindow"
    launch_parameters: str | None = None
    entitlement_key: str | None = None
    extensions: tuple[str, ...] = ()
    foreign: Texts = field(default_factory=dict)

    @classmethod
    def of_body(cls, body: Mapping[str, Any]) -> Cmi5Unit:
        """As it was stored, from JSON."""
        listed = ("files", "objectives", "extensions")
        return cls(**{**body, **{name: tuple(body[name]) for name in listed}})


@dataclass(frozen=True, slots=True)
class Objective:
    identifier: str
    titles: Texts
    descriptions: Texts


@dataclass(frozen=True, slots=True)
class Block:
    """The course itself, or a block in it. Members are blocks, and units by their identifier."""

    identifier: str
    titles: Texts
    descriptions: Texts
    members: tuple[Block | str, ...]
    objectives: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    foreign: Texts = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> Block:
        members = tuple(one if isinstance(one, str) else cls.of_json(one) for one in stored["members"])
        listed = {name: tuple(stored[name]) for name in ("objectives", "extensions")}
        return cls(**{**stored, **listed, "members": members})

    @property
    def units(self) -> tuple[str, ...]:
        """Every unit in it, however deep."""
        found: list[str] = []
        for member in self.members:
            found += [member] if isinstance(member, str) else member.units
        return tuple(found)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Every block in it, the inner before the outer, without itself."""
        found: list[Block] = []
        for member in self.members:
            if not isinstance(member, str):
                found += [*member.blocks, member]
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Cmi5Course(Course):
    """``tree`` is the course as its outermost block."""

    tree: Block | None = None
    objectives: tuple[Objective, ...] = ()
