"""What was found out a moment ago and need not be asked again."""

from __future__ import annotations

from collections.abc import Hashable
from time import monotonic
from typing import Generic, TypeVar

V = TypeVar("V")


class Recent(Generic[V]):
    """Values by key, each for a few seconds. Threads share it: a dictionary's single steps are atomic.

    It holds ``most`` values and starts afresh when it is full: it saves questions, and must never grow by being asked.
    """

    def __init__(self, seconds: float, *, most: int = 4096) -> None:
        self._seconds = seconds
        self._most = most
        self._kept: dict[Hashable, tuple[float, V]] = {}

    def get(self, key: Hashable) -> V | None:
        kept = self._kept.get(key)
        return kept[1] if kept and kept[0] > monotonic() else None

    def keep(self, key: Hashable, value: V, *, at_most: float | None = None) -> None:
        """Keep ``value``, for ``at_most`` seconds where that is shorter."""
        if len(self._kept) >= self._most:
            self._kept.clear()
        seconds = self._seconds if at_most is None else min(self._seconds, at_most)
        self._kept[key] = (monotonic() + seconds, value)

    def forget(self) -> None:
        self._kept.clear()
