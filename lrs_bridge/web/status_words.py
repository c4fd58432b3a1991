"""A status in words that a team leader understands: neutral, and never why somebody is away (DESIGN 4.10)."""

from __future__ import annotations

from datetime import date

from lrs_bridge.domain.compliance import Reason
from lrs_bridge.feeds.relation import FeedRow

REASONS = {
    "overdue": "Overdue",
    "expired": "Expired",
    "in_grace": "In the grace period",
    "due_soon": "Due soon",
    "upcoming": "Due later",
    "due_for_renewal": "Renewal open",
    "current": "Current",
    "absent": "Away",
    "waiver": "Waiver",
    "out_of_scope": "Not asked of this person",
    "not_employed": "Not employed",
}
"""The reasons by name, the most urgent first."""
STATUSES = {"compliant": "Compliant", "missing": "Missing", "exempt": "Away or exempt"}
PROGRESS = {"not_started": "not started", "in_progress": "in progress", "failed": "failed last attempt"}
LATE = {Reason.OVERDUE, Reason.EXPIRED}


def day_words(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def days_words(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def kind_of(row: FeedRow) -> str:
    """One of compliant, missing, overdue and exempt: how a row is marked and charted."""
    return "overdue" if row.status == "missing" and row.reason in LATE else row.status


def status_words(row: FeedRow, today: date, waived_until: date | None = None) -> tuple[str, ...]:
    """The status in parts to be joined by dashes: "Missing", "overdue by 3 days", "failed last attempt"."""
    match row.status:
        case "missing":
            return "Missing", _timing_words(row, today), PROGRESS[row.progress]
        case "compliant":
            return _compliant_words(row)
    return _exempt_words(row, waived_until)


def days_left_words(row: FeedRow, today: date) -> str:
    """What stands below a due date that asks for something now."""
    if row.due is None or not (row.status == "missing" or row.reason == Reason.DUE_FOR_RENEWAL):
        return ""
    days = (row.due - today).days
    if days == 0:
        return "today"
    if days > 0:
        return f"{days_words(days)} left"
    return f"{days_words(-days)} {'overdue' if row.reason in LATE else 'ago'}"


def _timing_words(row: FeedRow, today: date) -> str:
    if row.due is None:
        return "no due date yet"
    days = (row.due - today).days
    match row.reason:
        case Reason.OVERDUE:
            return f"overdue by {days_words(-days)}"
        case Reason.EXPIRED:
            return f"expired {days_words(-days)} ago"
        case Reason.IN_GRACE:
            return f"was due {days_words(-days)} ago, in the grace period"
    return f"due in {days_words(days)}" if days else "due today"


def _compliant_words(row: FeedRow) -> tuple[str, ...]:
    until = f"Compliant until {day_words(row.last_valid_day)}" if row.last_valid_day else "Compliant, does not expire"
    return (until, "renewal is open") if row.reason == Reason.DUE_FOR_RENEWAL else (until,)


def _exempt_words(row: FeedRow, waived_until: date | None) -> tuple[str, ...]:
    match row.reason:
        case Reason.WAIVER:
            until = f"Waiver until {day_words(waived_until)}" if waived_until else "Waiver without an end"
            return (f"{until}: not counted",)
        case Reason.ABSENT:
            return _away_words(row)
    return (REASONS[row.reason],)


def _away_words(row: FeedRow) -> tuple[str, ...]:
    if row.overdue_before_absence:
        return "Away: not counted", "was overdue before going away"
    if row.due is None:
        return ("Away until further notice: not counted",)
    return "Away: not counted", f"due by {day_words(row.due)}, after the return"
