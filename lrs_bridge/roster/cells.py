"""One cell of an HR file to one value, or to what is wrong with it in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from difflib import get_close_matches
from functools import cache
from zoneinfo import available_timezones

from lrs_bridge.roster.sheets import Fault

EARLIEST = date(1900, 1, 1)
"""Before any record; the start of what is held to have been so always."""

LATEST_YEAR = 2200

_EXPORT_DATES = "In Excel, give the column the custom format yyyy-mm-dd and export again."
_EXPORT_IDS = (
    "In Excel, give the column the format Text before the ids are entered, and export again from the HR system."
)

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_SERIAL = re.compile(r"(\d{5})([.,]\d+)?")
_PARTS = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
_EXPONENT = re.compile(r"\d+([.,]\d+)?E\+\d+|\d[.,]\d+E\d+", re.IGNORECASE)
_FRACTION = re.compile(r"\d+[.,]0+")
# RFC 5321 4.1.2 as far as addresses in rosters go: no quoted local parts, no address literals
_EMAIL = re.compile(r"[^\s@\"<>()\[\],;:\\]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{1,62}")


def iso_day(text: str) -> date | Fault:
    """A date as YYYY-MM-DD and nothing else: 03/04/2026 is another day in London than in New York."""
    if not _ISO.fullmatch(text):
        return _date_fault(text)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return Fault(f'"{text}" is not a day of the calendar', "Correct it in the HR system.")
    if not EARLIEST <= day <= date(LATEST_YEAR, 12, 31):
        return Fault(f'"{text}" cannot be: the year must lie between {EARLIEST.year} and {LATEST_YEAR}')
    return day


def last_day(text: str) -> date | Fault | None:
    """As iso_day; the 31 December 9999 that HR systems write for "no end" is None."""
    return None if text == "9999-12-31" else iso_day(text)


def _date_fault(text: str) -> Fault:
    if serial := _SERIAL.fullmatch(text):
        meant = date(1899, 12, 30) + timedelta(days=int(serial[1]))
        return Fault(f'"{text}" is an Excel date number (probably {meant}), not a date as YYYY-MM-DD', _EXPORT_DATES)
    if _PARTS.fullmatch(text):
        return Fault(f'"{text}" is not a date as YYYY-MM-DD: which part is the day cannot be known', _EXPORT_DATES)
    return Fault(f'"{text}" is not a date as YYYY-MM-DD', _EXPORT_DATES)


def text_id(text: str) -> str | Fault:
    """An id as it stands: ``000123`` is not ``123``. What a spreadsheet did to one is refused."""
    if _EXPONENT.fullmatch(text):
        return Fault(f'"{text}" is an id that a spreadsheet turned into a rounded number', _EXPORT_IDS)
    if _FRACTION.fullmatch(text):
        return Fault(f'"{text}" is an id that a spreadsheet turned into a decimal number', _EXPORT_IDS)
    if text.startswith(("=", '"', "'")):
        return Fault(f"{text} is an id wrapped as a spreadsheet formula or text mark", _EXPORT_IDS)
    return text


def email(text: str) -> str | Fault:
    """The domain of an address has no case (RFC 5321 2.4); what stands before the @ is kept as written."""
    if not _EMAIL.fullmatch(text):
        return Fault(f'"{text}" is not an e-mail address', "One address such as name@example.com, or leave it empty.")
    local, _, domain = text.rpartition("@")
    return f"{local}@{domain.lower()}"


def country(text: str) -> str | Fault:
    """The shape of an ISO 3166-1 alpha-2 code, in capitals."""
    if re.fullmatch(r"[A-Za-z]{2}", text):
        return text.upper()
    return Fault(f'"{text}" is not a country code', "Two letters of ISO 3166-1, such as GB, DE or IN.")


NOT_COUNTRIES = {"UK": "GB", "EL": "GR", "EN": "GB"}
"""Codes in daily use that ISO 3166-1 does not know, and the one that is meant."""


@cache
def _zones() -> frozenset[str]:
    # these three are files of the machine, not places on earth
    return frozenset(available_timezones() - {"localtime", "posixrules", "Factory"})


@cache
def time_zone(text: str) -> str | Fault:
    """A name of the IANA time zone database."""
    if text in _zones():
        return text
    folded = {zone.rpartition("/")[2].casefold(): zone for zone in sorted(_zones())}
    folded |= {zone.casefold(): zone for zone in sorted(_zones())}
    close = get_close_matches(text.casefold().replace(" ", "_"), folded, n=1, cutoff=0.75)
    hint = f'Did you mean "{folded[close[0]]}"? ' if close else ""
    return Fault(f'"{text}" is not a known time zone', f"{hint}Use an IANA name such as Europe/Berlin.")


def without_zeros(employee_id: str) -> str:
    """What is left of an id when a spreadsheet takes it for a number."""
    return employee_id.lstrip("0")


def meant_with_zeros(employee_id: str, bare: Mapping[str, str]) -> str:
    """Words for an id that is known with other leading zeros, the usual loss between two exports; else none."""
    close = bare.get(without_zeros(employee_id))
    return f"; {close} may be meant" if close else ""
