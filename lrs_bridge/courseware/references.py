"""Where a relative URL in a manifest or a page leads inside the package."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, unquote

from lrs_bridge.courseware.archive import Archive
from lrs_bridge.courseware.entry_names import normal

Kind = Literal["inside", "external", "scheme", "outside", "malformed", "empty"]
SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
LEGAL_IN_QUERY = "!$&'()*+,;=:@/?%~"


@dataclass(frozen=True, slots=True)
class Reference:
    """``name`` is the file meant, None where it is not in the package; ``habits`` are faults that were forgiven."""

    kind: Kind
    path: str
    name: str | None = None
    suffix: str = ""
    habits: tuple[str, ...] = ()


def resolve(archive: Archive, href: str, bases: Iterable[str] = ()) -> Reference:
    """Follow ``href`` from its bases (RFC 3986, 5.2), forgiving what Windows tools get wrong."""
    href, steps = href.strip(), [base.strip() for base in bases if base.strip()]
    if not href:
        return Reference("empty", href)
    found = _resolve(archive, href, steps)
    if found.kind == "inside" and found.name is None and any(not base.endswith("/") for base in steps):
        # "xml:base='pkg'" means the folder to its author, though not to the RFC
        patient = _resolve(archive, href, [base.rstrip("/") + "/" for base in steps])
        if patient.name:
            return patient
    return found


def _resolve(archive: Archive, href: str, bases: list[str]) -> Reference:
    full, habits = "", []
    for step in [*bases, href]:
        path, suffix = _split(step)
        if "\\" in path:
            habits.append("is written with backslashes")
        full = _joined(full, path.replace("\\", "/") + suffix)
    if CONTROL.search(full):
        return Reference("malformed", full)
    if full.startswith("//") or full.lower().startswith(("http:", "https:")):
        return Reference("external", full)
    if SCHEME.match(full):
        return Reference("scheme", full)
    if full.startswith("/"):
        habits.append("begins with a slash")
    path, suffix = _split(full)
    return _found(archive, path, suffix, tuple(habits))


def _split(url: str) -> tuple[str, str]:
    end = re.search(r"[?#]", url)
    return (url[: end.start()], url[end.start() :]) if end else (url, "")


def _joined(base: str, step: str) -> str:
    if SCHEME.match(step) or step.startswith("/") or not base:
        return step
    return _split(base)[0].rpartition("/")[0] + "/" + step if "/" in _split(base)[0] else step


def _found(archive: Archive, path: str, suffix: str, habits: tuple[str, ...]) -> Reference:
    plain = _without_dots(path)
    if plain is None:
        return Reference("outside", path)
    # %E9 in a page of Windows-1252, and a file name that holds a real % or #
    candidates = [unquote(plain), plain, unquote(plain, "latin-1"), unquote(plain + suffix)]
    for candidate in map(normal, candidates):
        if candidate in archive:
            whole = candidate == normal(candidates[3]) and suffix != ""
            return Reference("inside", plain, candidate, "" if whole else suffix, habits)
    for candidate in candidates:
        if name := archive.like(candidate):
            return Reference("inside", plain, name, suffix, (*habits, f"differs in case from the file {name}"))
    return Reference("inside", normal(unquote(plain)), None, suffix, habits)


def _without_dots(path: str) -> str | None:
    steps: list[str] = []
    for step in path.split("/"):
        if step == "..":
            if not steps:
                return None
            steps.pop()
        elif step not in {"", "."}:
            steps.append(step)
    return "/".join(steps)


def with_parameters(suffix: str, parameters: str) -> str:
    """A URL's own query and fragment joined with an item's parameters (IMS CP 1.1.2, 'parameters').

    Leading ``?`` and ``&`` only separate; a query of both is joined with ``&`` and stands before the fragment,
    where a browser looks for it; the URL's own fragment wins over that of the parameters.
    """
    query, _, fragment = suffix.partition("#")
    more_query, _, more_fragment = parameters.strip().lstrip("?&").partition("#")
    queries = "&".join(part for part in (query.removeprefix("?"), more_query.rstrip("&")) if part)
    anchor = fragment or more_fragment
    return ("?" + quote(queries, safe=LEGAL_IN_QUERY) if queries else "") + (
        "#" + quote(anchor, safe=LEGAL_IN_QUERY) if anchor else ""
    )
