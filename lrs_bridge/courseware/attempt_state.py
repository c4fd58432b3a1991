"""What a run time keeps of an attempt between commits, and the learner it runs for: the same for every standard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from types import MappingProxyType
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Learner:
    """As the launch knows them; what a body says about identity is never read."""

    id: str
    family_name: str
    given_name: str


@dataclass(frozen=True, slots=True)
class AttemptState:
    """``launch`` and ``sequence`` name the last commit applied; ``open`` is true between the first commit of a session
    and its end. ``left`` is true after a session that was finished for good. ``total_seconds`` counts closed sessions
    only. ``verdict_raw`` is the score that the last verdict was said with, as its standard compares scores. ``notes``
    are the words about the last commit: what was ignored or decided, and why.
    """

    launch: str = ""
    sequence: int = 0
    open: bool = False
    suspended: bool = False
    left: bool = False
    completed: bool = False
    success: bool | None = None
    verdict_raw: float | None = None
    total_seconds: float = 0.0
    last_at: datetime | None = None
    cmi: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        plain = {one.name: getattr(self, one.name) for one in fields(self)}
        when = self.last_at.isoformat() if self.last_at else None
        return plain | {"last_at": when, "cmi": dict(self.cmi), "notes": list(self.notes)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        when = stored["last_at"]
        return cls(
            **{
                **stored,
                "last_at": datetime.fromisoformat(when) if when else None,
                "cmi": MappingProxyType(dict(stored["cmi"])),
                "notes": tuple(stored["notes"]),
            }
        )

    @property
    def begun(self) -> bool:
        return bool(self.launch)

    @property
    def goes_on(self) -> bool:
        """Whether the next session resumes this one: suspended, cut off, or left before it was finished."""
        return self.begun and (self.open or not self.left)
