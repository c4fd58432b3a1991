"""The working calendar of each country: holidays and weekends by the library ``holidays``, hours by the settings."""

from __future__ import annotations

from datetime import date

import holidays

from lrs_bridge.domain.periods import DAY
from lrs_bridge.domain.working_time import WorkingCalendar
from lrs_bridge.settings import Settings

USUAL_WEEKEND = frozenset({5, 6})
"""Saturday and Sunday, where a country is not known."""


def working_calendar(settings: Settings, country: str, first: date, last: date) -> WorkingCalendar:
    """For the days from ``first`` to ``last``. ``country`` is an ISO 3166 code; of any other text, and of none, the
    weekends are known and no holidays."""
    code = country.strip().upper()
    hours = {where: (opens, closes) for where, opens, closes in settings.working_hours}
    opens, closes = hours.get(code, hours[""])
    return WorkingCalendar(opens, closes, _free_days(code, first, last))


def _free_days(code: str, first: date, last: date) -> frozenset[date]:
    days = [first + number * DAY for number in range((last - first).days + 1)]
    if code not in holidays.list_supported_countries(include_aliases=True):
        return frozenset(day for day in days if day.weekday() in USUAL_WEEKEND)
    calendar = holidays.country_holidays(code, years=range(first.year, last.year + 1))
    return frozenset(day for day in days if not calendar.is_working_day(day))
