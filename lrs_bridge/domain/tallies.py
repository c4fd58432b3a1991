"""What is counted of a group of people: statuses by reason, and the rates that follow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from lrs_bridge.domain.compliance import Reason, Status
from lrs_bridge.domain.rates import rate

NOT_ASKED = frozenset({Reason.OUT_OF_SCOPE, Reason.NOT_EMPLOYED})
COMPLIANT = (Reason.CURRENT, Reason.DUE_FOR_RENEWAL)
MISSING = (Reason.UPCOMING, Reason.DUE_SOON, Reason.IN_GRACE, Reason.OVERDUE, Reason.EXPIRED)
EXEMPT = (Reason.WAIVER, Reason.ABSENT)
LATE = frozenset({Reason.OVERDUE, Reason.EXPIRED})
SHARE_DIGITS = 4

Counts = Mapping[tuple[Status, Reason], int]
COUNTED = (
    "compliant",
    "due_for_renewal",
    "missing",
    *(reason.value for reason in MISSING),
    "exempt",
    *(reason.value for reason in EXEMPT),
    "rate",
    "overdue_rate",
)
"""The names of what `tally` tells. ``due_for_renewal`` is a part of compliant; ``overdue_rate`` has the expired too."""


def tally(counts: Counts) -> dict[str, int | float | None]:
    """The figures of one group. People who are not asked are no part of it; a rate of nobody is None."""
    asked = {key: number for key, number in counts.items() if key[1] not in NOT_ASKED}
    by_reason: Counter[Reason] = Counter()
    for (_, reason), number in asked.items():
        by_reason[reason] += number
    found = rate(asked)
    figures: dict[str, int | float | None] = {
        "compliant": found.compliant,
        "missing": found.missing,
        "exempt": found.exempt,
        "rate": rounded(found.compliant_rate),
        "overdue_rate": rounded(found.overdue_rate),
    }
    reasons = (Reason.DUE_FOR_RENEWAL, *MISSING, *EXEMPT)
    return figures | {reason.value: by_reason[reason] for reason in reasons}


def rounded(share: float | None) -> float | None:
    return None if share is None else round(share, SHARE_DIGITS)


def share(part: float, whole: float) -> float | None:
    """None where there is no whole."""
    return rounded(part / whole) if whole else None
