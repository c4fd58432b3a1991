"""Shares of those who are asked."""

from __future__ import annotations

import pytest

from lrs_bridge.domain.compliance import Reason, Status
from lrs_bridge.domain.rates import Rate, rate


@pytest.mark.parametrize(
    ("counts", "expected", "compliant", "overdue"),
    [
        ({}, Rate(0, 0, 0, 0), None, None),
        ({(Status.EXEMPT, Reason.ABSENT): 3}, Rate(0, 0, 3, 0), None, None),
        (
            {
                (Status.COMPLIANT, Reason.CURRENT): 5,
                (Status.COMPLIANT, Reason.DUE_FOR_RENEWAL): 1,
                (Status.MISSING, Reason.UPCOMING): 2,
                (Status.MISSING, Reason.IN_GRACE): 1,
                (Status.MISSING, Reason.OVERDUE): 2,
                (Status.MISSING, Reason.EXPIRED): 1,
                (Status.EXEMPT, Reason.WAIVER): 4,
            },
            Rate(6, 6, 4, 3),
            0.5,
            0.25,
        ),
    ],
)
def test_rate(
    counts: dict[tuple[Status, Reason], int], expected: Rate, compliant: float | None, overdue: float | None
) -> None:
    found = rate(counts)
    assert (found, found.compliant_rate, found.overdue_rate) == (expected, compliant, overdue)
