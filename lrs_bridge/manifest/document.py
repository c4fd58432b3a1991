"""The XML of plugin_manifest.xml: parsed without network, entities or DTD, and walked in our namespace."""

from __future__ import annotations

from lxml import etree

from lrs_bridge.errors import ManifestInvalid, Problem

NAME = "plugin_manifest.xml"
PLACEHOLDER = "https://bridge.invalid"
"""Stands for PUBLIC_URL in the file; RFC 2606 reserves .invalid."""

BLTI = "{http://www.imsglobal.org/xsd/imsbasiclti_v1p0}"
LTICP = "{http://www.imsglobal.org/xsd/imslticp_v1p0}"
LTICC = "{http://www.imsglobal.org/xsd/imslticc_v1p0}"
OURS = "{https://lrs-bridge.dev/ns/plugin/1}"


def parsed(source: bytes) -> etree._Element:
    parser = etree.XMLParser(no_network=True, resolve_entities=False, remove_comments=True, remove_pis=True)
    try:
        link = etree.fromstring(source, parser)
    except etree.XMLSyntaxError as error:
        place = f"{NAME}:{error.lineno or 1}"
        raise invalid([Problem(place, f"is not well-formed XML: {error.msg}", "Mend the XML at this line")]) from error
    if link.getroottree().docinfo.internalDTD is not None:
        line = source[: max(source.find(b"<!DOCTYPE"), 0)].count(b"\n") + 1
        raise invalid([Problem(f"{NAME}:{line}", "holds a document type declaration (DTD)", "Take the <!DOCTYPE …> "
                                "out: a manifest needs none, and entities could read other files")])  # fmt: skip
    return link


def invalid(problems: list[Problem]) -> ManifestInvalid:
    words = "; ".join(str(problem) for problem in problems)
    return ManifestInvalid(f"The plugin manifest is wrong: {words}", remedy=problems[0].remedy, problems=problems)


def place(element: etree._Element) -> str:
    return f"{NAME}:{element.sourceline}"


def children(parent: etree._Element, path: str) -> list[etree._Element]:
    return parent.findall("/".join(OURS + step for step in path.split("/")))


def text(element: etree._Element) -> str:
    return (element.text or "").strip()


def attribute(element: etree._Element, name: str) -> str:
    return (element.get(name) or "").strip()


def is_true(element: etree._Element, name: str) -> bool:
    return attribute(element, name) in {"true", "1"}


def plugin_of(link: etree._Element) -> etree._Element:
    return next(link.iterchildren(f"{OURS}plugin"))
