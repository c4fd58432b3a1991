"""For how long evidence holds: the three renewal bases, and what ends a term before its time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from lrs_bridge.domain.deeds import Deed
from lrs_bridge.domain.histories import Retake
from lrs_bridge.domain.periods import DAY, add_months, is_endless, last_valid_day
from lrs_bridge.domain.requirements import Renewal, Requirement


class Term(NamedTuple):
    """``last`` None: for ever. ``renewable_from``: the first day on which doing it again leads further."""

    last: date | None
    renewable_from: date | None


FOR_EVER = Term(None, None)


class Chain(NamedTuple):
    """Where whole terms are counted from, so that ends never drift."""

    anchor: date
    months: int

    @property
    def last(self) -> date:
        return last_valid_day(self.anchor, self.months)


def window_start(last: date, window_months: int) -> date:
    """The window is whole months that end with the last valid day: 12 Jan to 11 Feb is one month."""
    return add_months(last + DAY, -window_months)


def terms(counting: Sequence[tuple[Deed, Requirement]], retakes: Sequence[Retake]) -> Iterator[Term]:
    """For each deed, in order, the term by the version that judges it. What must be done again begins anew."""
    chain: Chain | None = None
    era = 0
    for (day, _), judge in counting:
        if retakes and (now := sum(retake.first <= day for retake in retakes)) != era:
            chain, era = None, now
        if judge.renewal is None:
            yield FOR_EVER
            continue
        chain = _next(chain, day, judge, judge.renewal)
        yield Term(chain.last, window_start(chain.last, judge.renewal.window_months))


def _next(chain: Chain | None, day: date, judge: Requirement, renewal: Renewal) -> Chain:
    if renewal.basis == "fixed":
        slot = _slot(judge.anchor, renewal.months, add_months(day, renewal.min_active_months))
        return Chain(slot + DAY, 0)
    if renewal.basis == "completion" or chain is None or day > chain.last:
        return Chain(day, renewal.months)
    if day >= window_start(chain.last, renewal.window_months):
        return Chain(chain.anchor, chain.months + renewal.months)
    return chain


def _slot(anchor: date, months: int, earliest: date) -> date:
    """The first day of the calendar ``anchor`` ± n × ``months`` that is not before ``earliest``."""
    apart = (earliest.year - anchor.year) * 12 + earliest.month - anchor.month
    number = apart // months - 1
    while (slot := add_months(anchor, number * months)) < earliest:
        number += 1
    return slot


def limited(term: Term, day: date, expires: date | None, retakes: Sequence[Retake]) -> Term:
    """Ended by its issuer, or by a version that asks to do it again: renewable at once when that is in force."""
    if expires and not is_endless(expires) and (term.last is None or expires < term.last):
        term = Term(expires, max(day, window_start(expires, 1)))
    for retake in retakes:
        if day < retake.first and (term.last is None or retake.last < term.last):
            first = retake.first if term.renewable_from is None else min(retake.first, term.renewable_from)
            term = Term(retake.last, first)
    return term
