"""From the file to the Manifest that the server mounts."""

from __future__ import annotations

import sys
from pathlib import Path

from lxml import etree

from lrs_bridge.errors import Problem
from lrs_bridge.manifest.checks import beyond, misshapen
from lrs_bridge.manifest.document import (
    BLTI,
    LTICP,
    NAME,
    OURS,
    attribute,
    children,
    invalid,
    is_true,
    parsed,
    plugin_of,
    text,
)
from lrs_bridge.manifest.model import BUILT, Built, Endpoint, Feed, Lti, LtiMessage, Manifest, Packages, Page, Xapi


def default_manifest_path() -> Path:
    """Beside the package in a checkout; where setuptools' data_files put it in an installed one."""
    beside = Path(__file__).resolve().parents[2] / NAME
    return beside if beside.is_file() else Path(sys.prefix) / "share" / "lrs-bridge" / NAME


def load_manifest(path: Path, built: Built = BUILT) -> Manifest:
    """Read and check the file whole; raises ManifestInvalid with every problem and its line."""
    try:
        source = path.read_bytes()
    except OSError as error:
        problem = Problem(NAME, f"{path} cannot be read: {error.strerror}", "Put the file there, or name another "
                          "with LRS_BRIDGE_MANIFEST")  # fmt: skip
        raise invalid([problem]) from error
    link = parsed(source)
    problems = [*misshapen(link), *beyond(link, built)]
    if problems:
        raise invalid(sorted(problems, key=_line))
    return _manifest(link, source)


def _line(problem: Problem) -> int:
    return int(problem.place.rpartition(":")[2])


def _manifest(link: etree._Element, source: bytes) -> Manifest:
    plugin = plugin_of(link)
    return Manifest(
        title=link.findtext(f"{BLTI}title", "").strip(),
        description=link.findtext(f"{BLTI}description", "").strip(),
        vendor=link.findtext(f"{BLTI}vendor/{LTICP}name", "").strip(),
        lti=next(map(_lti, children(plugin, "lti")), None),
        xapi=next(map(_xapi, children(plugin, "xapi")), None),
        packages=next(map(_packages, children(plugin, "packages")), None),
        feeds=tuple(map(_feed, children(plugin, "feed"))),
        pages=tuple(Page(attribute(e, "name"), attribute(e, "path")) for e in children(plugin, "page")),
        endpoints=tuple(map(_endpoint, children(plugin, "endpoint"))),
        source=source,
    )


def _xapi(element: etree._Element) -> Xapi:
    return Xapi(attribute(element, "path"), _texts(element, "version"), _texts(element, "auth"))


def _packages(element: etree._Element) -> Packages:
    return Packages(attribute(element, "path"), _texts(element, "standard"))


def _feed(element: etree._Element) -> Feed:
    return Feed(attribute(element, "name"), attribute(element, "path"), _texts(element, "format"))


def _endpoint(element: etree._Element) -> Endpoint:
    return Endpoint(attribute(element, "name"), attribute(element, "path"), attribute(element, "origin") or "public")


def _lti(element: etree._Element) -> Lti:
    paths = {child.tag: attribute(child, "path") for child in element}
    return Lti(
        enabled=is_true(element, "enabled"),
        login=paths[f"{OURS}login"],
        launch=paths[f"{OURS}launch"],
        jwks=paths[f"{OURS}jwks"],
        deep_linking=paths.get(f"{OURS}deep_linking", ""),
        registration=paths.get(f"{OURS}registration", ""),
        messages=tuple(LtiMessage(attribute(e, "type"), _texts(e, "placement")) for e in children(element, "message")),
        scopes=_texts(element, "scope"),
    )


def _texts(parent: etree._Element, tag: str) -> tuple[str, ...]:
    return tuple(map(text, children(parent, tag)))
