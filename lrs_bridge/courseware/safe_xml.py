"""XML of packages, read without trust: no DTD, no entities, no network, no huge trees."""

from __future__ import annotations

import re

from lxml import etree

from lrs_bridge.courseware.archive import MIB, Archive
from lrs_bridge.errors import PackageRefused, Problem

LARGEST = 10 * MIB
REMEDY = "Export the package again; if it was edited by hand, save it as UTF-8"
DECLARED_UTF16 = re.compile(rb"^((?:\xef\xbb\xbf)?\s*<\?xml[^>]*?)\s+encoding\s*=\s*[\"']utf-?16[\"']", re.IGNORECASE)


def parse(archive: Archive, name: str, problems: list[Problem]) -> etree._Element:
    """The root element of a file; raises PackageRefused where it is not plain, well-formed XML."""
    if archive.size(name) > LARGEST:
        raise _refused(name, f"is larger than {LARGEST // MIB} MiB", "No manifest is this large: export it again")
    content = archive.read(name, LARGEST)
    relabelled = DECLARED_UTF16.sub(rb"\1", content, count=1)
    if relabelled != content:  # text in 8-bit characters that calls itself UTF-16: a habit of .NET tools
        problems.append(Problem(name, "says it is UTF-16 but is not; it was read as UTF-8",
                                "Correct the encoding in its first line", severity="warning"))  # fmt: skip
    try:
        root = etree.fromstring(relabelled, _parser())
    except etree.XMLSyntaxError as error:
        place = f"{name}:{error.lineno}" if error.lineno else name
        raise _refused(place, f"is not well-formed XML: {error.msg}", REMEDY) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise _refused(name, "declares a DOCTYPE, which can read files of the server or exhaust its memory",
                       "Remove the <!DOCTYPE …> line: a manifest needs none")  # fmt: skip
    return root


def local(element: etree._Element) -> str:
    """The element's name without its namespace: many tools get the namespaces wrong."""
    return etree.QName(element).localname


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _refused(place: str, reason: str, remedy: str) -> PackageRefused:
    return PackageRefused("The package is refused: its manifest cannot be read",
                          problems=[Problem(place, reason, remedy)])  # fmt: skip
