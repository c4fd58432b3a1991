"""Geometry of the pictures, in per cent of their frame.

The SVG is written by templates/manage_charts.html. It has no viewBox: lengths along the frame are per cent, so that
text, strokes and patterns keep their size from a phone to print. Nothing needs an inline style, which the
Content-Security-Policy forbids (chart libraries write one into each picture).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lrs_bridge.domain.rates import Rate
from lrs_bridge.services.team_picture import BurnUp

KINDS = {
    "compliant": "Compliant",
    "missing": "Missing, not overdue",
    "overdue": "Overdue",
    "exempt": "Away or waived",
}
"""The marks of pictures and lists, in the order in which a bar shows them."""


@dataclass(frozen=True, slots=True)
class Segment:
    kind: str
    count: int
    x: float
    width: float


def bar(share: Rate) -> list[Segment]:
    """The parts of a stacked bar; what is nobody is left out."""
    counts = {
        "compliant": share.compliant,
        "missing": share.missing - share.overdue,
        "overdue": share.overdue,
        "exempt": share.exempt,
    }
    total = sum(counts.values())
    segments: list[Segment] = []
    before = 0
    for kind in KINDS:
        if counts[kind]:
            segments.append(Segment(kind, counts[kind], _percent(before, total), _percent(counts[kind], total)))
        before += counts[kind]
    return segments


@dataclass(frozen=True, slots=True)
class Line:
    """A burn-up: ``area`` and ``line`` are paths in a square of 100 by 100; x of days are per cent."""

    line: str
    area: str
    today: float
    due: float | None
    due_ticks: tuple[float, ...]
    done: float
    """How far from the top the line ends, in per cent."""


def line(picture: BurnUp) -> Line:
    """The number done as a staircase: it holds until the day on which somebody finished."""
    top = max(picture.asked, 1)
    points = [(0.0, _height(picture.before, top))]
    for step in picture.steps:
        x = _along(step.day, picture)
        points += [(x, points[-1][1]), (x, _height(step.done, top))]
    end = max(_along(picture.today, picture), points[-1][0])
    points.append((end, points[-1][1]))
    path = "M" + " L".join(f"{x:g} {y:g}" for x, y in points)
    due = picture.due
    in_frame = due is not None and picture.first <= due <= picture.last
    return Line(
        line=path,
        area=f"{path} L{end:g} 100 L0 100 Z",
        today=_along(picture.today, picture),
        due=_along(due, picture) if due and in_frame else None,
        due_ticks=tuple(_along(day, picture) for day in picture.due_days),
        done=points[-1][1],
    )


def _along(day: date, picture: BurnUp) -> float:
    return _percent((day - picture.first).days, (picture.last - picture.first).days)


def _height(count: int, top: int) -> float:
    return round(100 - _percent(count, top), 2)


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2)
