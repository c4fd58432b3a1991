"""What changed, as Atom (RFC 4287): for each person and requirement the newest change, newest first."""

from __future__ import annotations

import re
from uuid import NAMESPACE_URL, uuid5

from lxml import etree

from lrs_bridge.feeds.relation import Feed, StatusChange

MEDIA_TYPE = "application/atom+xml; charset=utf-8"
NAMESPACE = "http://www.w3.org/2005/Atom"
ID = "tag:lrs-bridge.dev,2026:compliance"
# XML 1.0 2.2: characters that no document may hold, not even as references
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(feed: Feed) -> bytes:
    updated = feed.changes[0].recorded if feed.changes else feed.known_at
    root = etree.Element(f"{{{NAMESPACE}}}feed", nsmap={None: NAMESPACE})  # type: ignore[dict-item]
    _add(root, "id", ID)
    _add(root, "title", "Training compliance: what changed")
    _add(root, "updated", updated.isoformat())
    _add(_add(root, "author"), "name", "LRS Bridge")
    for change in feed.changes:
        _add_entry(root, change, feed)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _add_entry(root: etree._Element, change: StatusChange, feed: Feed) -> None:
    row = change.row
    title = feed.titles.get(row.requirement, row.requirement)
    before = f"{change.from_status} ({_words(change.from_reason)})" if change.from_status else "not asked before"
    after = f"{change.to_status} ({_words(change.to_reason)})"
    due = f"; due {row.due}" if row.due and row.status == "missing" else ""
    entry = _add(root, "entry")
    # an id of its own for each change: a feed reader shows it as new
    key = f"lrs-bridge:change:{row.employee_id}:{row.requirement}:{change.recorded.isoformat()}"
    _add(entry, "id", uuid5(NAMESPACE_URL, key).urn)
    _add(entry, "title", f"{row.name}: {title} is {after}")
    _add(entry, "updated", change.recorded.isoformat())
    _add(entry, "category").set("term", change.to_status)
    _add(entry, "summary", f"{row.employee_id} {row.name}, {title}: {before}, now {after}{due}")


def _add(parent: etree._Element, name: str, text: str = "") -> etree._Element:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    element.text = _NO_XML.sub("", text) or None
    return element


def _words(reason: str) -> str:
    return reason.replace("_", " ")
