"""IMS Content Packaging 1.1: what the manifests of SCORM 1.2 and SCORM 2004 share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from lrs_bridge.courseware import safe_xml
from lrs_bridge.courseware.archive import Archive
from lrs_bridge.courseware.entry_names import shown
from lrs_bridge.courseware.findings import listed, warning
from lrs_bridge.courseware.references import Reference, resolve
from lrs_bridge.courseware.safe_xml import local
from lrs_bridge.errors import PackageRefused, Problem

MANIFEST = "imsmanifest.xml"
XML = "{http://www.w3.org/XML/1998/namespace}"


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource element: what it launches, and the files it lists, those of its dependencies included."""

    identifier: str
    place: str
    scorm_type: str
    href: str
    target: Reference
    files: tuple[str, ...]
    needs: tuple[str, ...]


def manifest_name(archive: Archive) -> str | None:
    return archive.like(MANIFEST)


def read_root(archive: Archive, name: str, problems: list[Problem]) -> etree._Element:
    root = safe_xml.parse(archive, name, problems)
    if local(root) != "manifest":
        problem = Problem(name, f"begins with <{local(root)}>, not with <manifest>", "Export the package again")
        raise PackageRefused("The package is refused: its manifest cannot be read", problems=[problem])
    if name != MANIFEST:
        problems.append(warning(name, f"should be called {MANIFEST}", "Rename it: other systems look for that name"))
    return root


def children(element: etree._Element | None, name: str) -> Iterator[etree._Element]:
    if element is not None:
        yield from (child for child in element if isinstance(child.tag, str) and local(child) == name)


def child(element: etree._Element | None, name: str) -> etree._Element | None:
    return next(children(element, name), None)


def text(element: etree._Element | None, name: str) -> str:
    found = child(element, name)
    return "" if found is None else " ".join(all_text(found).split())


def all_text(element: etree._Element) -> str:
    return str(element.xpath("string()"))


def attribute(element: etree._Element | None, name: str) -> str:
    """An attribute by its local name in any namespace and any case (scormtype, scormType)."""
    if element is None:
        return ""
    for key, value in element.attrib.items():
        if etree.QName(key).localname.lower() == name:
            return str(value).strip()
    return ""


def place_of(element: etree._Element) -> str:
    return f"{MANIFEST}:{element.sourceline}"


def edition(root: etree._Element) -> str:
    """The standard that the manifest declares, else the one that its namespaces belong to; empty where neither."""
    metadata = child(root, "metadata")
    schema, version = text(metadata, "schema"), text(metadata, "schemaversion")
    if version.startswith("1.2") and "cartridge" not in schema.lower():
        return "SCORM 1.2"
    if "2004" in version or version in {"CAM 1.3", "1.3"}:
        return f"SCORM {version}" if "2004" in version else "SCORM 2004"
    if "cartridge" in schema.lower():
        return f"IMS Common Cartridge {version}".strip()
    return _edition_by_namespace(" ".join(str(uri) for element in root.iter() for uri in element.nsmap.values()))


def _edition_by_namespace(namespaces: str) -> str:
    if "adlcp_v1p3" in namespaces or "imsss" in namespaces:
        return "SCORM 2004"
    if "imscc" in namespaces:
        return "IMS Common Cartridge"
    return "SCORM 1.2" if "adlcp_rootv1p2" in namespaces else ""


def described(root: etree._Element, name: str) -> str:
    """A text of the LOM record inside the manifest's metadata: general/title, description or language."""
    metadata = child(root, "metadata")
    if metadata is None:
        return ""
    general = next((element for element in metadata.iter() if local(element) == "general"), None)
    return text(general, name)


def read_resources(root: etree._Element, archive: Archive, problems: list[Problem]) -> dict[str, Resource]:
    holder = child(root, "resources")
    bases = [base for element in (root, holder) if element is not None and (base := element.get(XML + "base", ""))]
    found: dict[str, Resource] = {}
    for element in children(holder, "resource"):
        resource = _resource(element, archive, bases, problems)
        if resource.identifier in found:
            reason = f"a second resource has the identifier {shown(resource.identifier)}; the first is used"
            problems.append(warning(resource.place, reason, "Give each its own identifier"))
        else:
            found[resource.identifier] = resource
    return found


def _resource(element: etree._Element, archive: Archive, bases: list[str], problems: list[Problem]) -> Resource:
    own_base = element.get(XML + "base", "")
    bases = [*bases, own_base] if own_base else bases
    href = attribute(element, "href")
    target = resolve(archive, href, bases)
    listed_files = [resolve(archive, attribute(file, "href"), bases) for file in children(element, "file")]
    place = place_of(element)
    problems += _file_problems(place, target, listed_files)
    names = [file.name for file in (target, *listed_files) if file.name]
    return Resource(
        identifier=attribute(element, "identifier"),
        place=place,
        scorm_type=attribute(element, "scormtype").lower(),
        href=href,
        target=target,
        files=tuple(dict.fromkeys(names)),
        needs=tuple(attribute(need, "identifierref") for need in children(element, "dependency")),
    )


def _file_problems(place: str, target: Reference, files: list[Reference]) -> Iterator[Problem]:
    missing = [shown(file.path) for file in files if file.kind == "inside" and not file.name]
    missing = [path for path in dict.fromkeys(missing) if path != shown(target.path)]
    if missing:
        reason = f"lists {'a file that is' if len(missing) == 1 else 'files that are'} not in the package: "
        yield warning(place, reason + listed(missing), "Add the file, or take it off the list")
    elsewhere = [shown(file.path) for file in files if file.kind in {"external", "scheme", "outside", "malformed"}]
    if elsewhere:
        yield warning(place, f"lists files outside the package: {listed(elsewhere)}", "Put them in the package")
    habits = {f"{shown(file.path)} {habit}" for file in (target, *files) for habit in file.habits}
    if habits:
        yield warning(place, "was understood, but others may not: " + listed(sorted(habits)), "Correct the spelling")


def with_dependencies(resource: Resource, resources: dict[str, Resource], problems: list[Problem]) -> tuple[str, ...]:
    """The resource's files and those of everything it depends on, each once; circles are harmless."""
    files: dict[str, None] = {}
    seen, waiting = {resource.identifier}, [resource]
    while waiting:
        current = waiting.pop(0)
        files.update(dict.fromkeys(current.files))
        for need in current.needs:
            if need in seen:
                continue
            seen.add(need)
            if need in resources:
                waiting.append(resources[need])
            else:
                problems.append(warning(current.place, f"depends on the resource {shown(need)}, which is not there"))
    return tuple(files)
