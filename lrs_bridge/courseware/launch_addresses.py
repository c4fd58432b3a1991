"""The address that a unit is started under, with the parameters by which it finds the bridge."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote_plus

from lrs_bridge.courseware.course import LaunchableUnit
from lrs_bridge.courseware.iris import is_iri

WEB = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?([/?#].*)?", re.ASCII | re.IGNORECASE)


def is_web_address(url: str) -> bool:
    """A whole address on another server, with a plain host and nobody's name or password in it."""
    return bool(WEB.fullmatch(url.encode("ascii", "replace").decode())) and is_iri(url)


def launch_address(unit: LaunchableUnit, parameters: Mapping[str, str]) -> str:
    """Relative to the package's root, or whole where the unit is on another server.

    Ours come first, and the unit's own parameters of the same names are left out: whichever of two a course reads, it
    is ours. They stand before the fragment, where a browser hands them to the page.
    """
    start, query, fragment = _parts(unit.address or unit.url)
    ours = [f"{name}={quote(value, safe='')}" for name, value in parameters.items()]
    taken = {name.lower() for name in parameters}
    own = [part for part in query.split("&") if part and unquote_plus(part.partition("=")[0]).lower() not in taken]
    return f"{start}?{'&'.join([*ours, *own])}{fragment}"


def _parts(url: str) -> tuple[str, str, str]:
    match = re.fullmatch(r"([^?#]*)\??([^#]*)(#.*)?", url, re.DOTALL)
    return (match[1], match[2], match[3] or "") if match else (url, "", "")
