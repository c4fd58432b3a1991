"""What is wrong with a manifest: its shape, and what it promises beyond this version. Everything, not the first."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lxml import etree

from lrs_bridge.errors import Problem
from lrs_bridge.manifest.document import BLTI, LTICC, NAME, OURS, PLACEHOLDER, attribute, children, is_true, place, text
from lrs_bridge.manifest.model import Built

_REMEDIES = {
    "SCHEMAV_CVC_PATTERN_VALID": "Write a path like /feeds/compliance (small letters, no slash at the end), or one "
    "word without spaces",
    "SCHEMAV_ELEMENT_CONTENT": "Put the elements in the order of lrs_bridge/plugin_manifest.xsd, and leave none "
    "that it needs out",
    "SCHEMAV_CVC_COMPLEX_TYPE_4": "Add the attribute",
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": "Take the attribute out",
}


def misshapen(link: etree._Element) -> Iterator[Problem]:
    """Where the document departs from our schemas; the words are libxml2's, without its namespaces."""
    if link.tag != f"{LTICC}cartridge_basiclti_link":  # our schema would take a plugin element alone, too
        words = f"the outermost element is {etree.QName(link).localname!r}"
        yield Problem(place(link), words, "It has to be a cartridge_basiclti_link of IMS LTI 1.1 that holds the plugin")
        return
    schema = etree.XMLSchema(file=str(Path(__file__).with_name("link.xsd")))
    schema.validate(link)
    faults: Any = schema.error_log  # iterable, which lxml-stubs do not know
    for fault in faults:
        words = re.sub(r"\{[^{}]*://[^{}]*\}", "", fault.message).replace("[facet '", "(").replace("']", ")")
        remedy = _REMEDIES.get(fault.type_name, "Compare it with lrs_bridge/plugin_manifest.xsd")
        yield Problem(f"{NAME}:{fault.line}", words.rstrip(". "), remedy)


def beyond(link: etree._Element, built: Built) -> Iterator[Problem]:
    """Where a well-shaped manifest says what this version cannot serve, or says something twice."""
    plugin = link.find(f"{OURS}plugin")
    if plugin is None:
        return
    for path, known in (
        ("xapi/version", built.xapi_versions),
        ("xapi/auth", built.xapi_auth),
        ("packages/standard", built.standards),
        ("feed/format", built.formats),
    ):
        yield from _unknown(path, ((e, text(e)) for e in children(plugin, path)), known)
    for tag, known in (("feed", built.feeds), ("page", built.pages), ("endpoint", frozenset(built.endpoints))):
        named = [(element, attribute(element, "name")) for element in children(plugin, tag)]
        yield from _unknown(tag, named, known)
        yield from _twice(f"the {tag} name", named)
    for feed in children(plugin, "feed"):
        formats = [(e, text(e)) for e in children(feed, "format") if text(e) in built.formats]
        name = attribute(feed, "name")
        yield from _unknown(f"{name} as", formats, built.tables.get(name, built.formats))
        yield from _twice("the format", [(e, text(e)) for e in children(feed, "format")])
    yield from _twice("the path", [(e, attribute(e, "path")) for e in plugin.iter(f"{OURS}*") if e.get("path")])
    yield from _misplaced(children(plugin, "endpoint"), built.endpoints)
    yield from _lti_problems(link, plugin, built)


def _unknown(kind: str, found: Iterable[tuple[etree._Element, str]], known: Collection[str]) -> Iterator[Problem]:
    for element, value in found:
        if value not in known:
            remedy = f"Take it out, or use one of: {', '.join(sorted(known))}"
            yield Problem(place(element), f"{kind} {value!r} is not served by this version", remedy)


def _twice(what: str, found: Iterable[tuple[etree._Element, str]]) -> Iterator[Problem]:
    first: dict[str, etree._Element] = {}
    for element, value in found:
        if value in first:
            reason = f"{what} {value!r} is already used in line {first[value].sourceline}"
            yield Problem(place(element), reason, "Keep one of the two, or rename one")
        first.setdefault(value, element)


def _misplaced(endpoints: Iterable[etree._Element], origins: Mapping[str, str]) -> Iterator[Problem]:
    """Packages are untrusted code: what plays them never shares an origin with the application, nor the reverse."""
    for element in endpoints:
        name, origin = attribute(element, "name"), attribute(element, "origin") or "public"
        if origins.get(name, origin) != origin:
            reason = f"endpoint {name!r} belongs on the {origins[name]} origin, not on the {origin} one"
            yield Problem(place(element), reason, f'Write origin="{origins[name]}"')


def _lti_problems(link: etree._Element, plugin: etree._Element, built: Built) -> Iterator[Problem]:
    lti = plugin.find(f"{OURS}lti")
    if lti is not None and is_true(lti, "enabled") and not built.lti:
        yield Problem(place(lti), "LTI is enabled, but this version does not serve it", 'Write enabled="false"')
    launch = link.find(f"{BLTI}secure_launch_url")
    if launch is None:
        return
    declared = next(iter(children(plugin, "lti/launch")), None)
    expected = PLACEHOLDER + (attribute(declared, "path") if declared is not None else "")
    if declared is None or text(launch) != expected:
        reason = f"the launch address {text(launch)!r} is not that of the lti element"
        remedy = f"Write {expected}" if declared is not None else "Take it out, or add the lti element"
        yield Problem(place(launch), reason, f"{remedy}; {PLACEHOLDER} stands for PUBLIC_URL")
