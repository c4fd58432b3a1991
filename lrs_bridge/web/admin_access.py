"""What every page for administrators has in common: its sections, who is let in, the frame around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import g, render_template

from lrs_bridge.errors import NotAllowed
from lrs_bridge.services.readers import Reader
from lrs_bridge.web import sign_in


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the pages: where it begins, what it is for, and which readers it is for."""

    endpoint: str
    title: str
    purpose: str
    roles: frozenset[str] = frozenset({"admin"})


SECTIONS = (
    Section(
        "admin.list_quarantine",
        "Quarantine",
        "Statements that an LMS sent with faults: see why, put them right, store them after all",
    ),
)
ROLES = frozenset().union(*(section.roles for section in SECTIONS))


def let_in(*roles: str) -> Reader:
    """The reader of this session, if of one of the ``roles``; without any, of one that has some section here."""
    reader = sign_in.signed_in()
    if reader.role not in (roles or ROLES):
        raise NotAllowed(
            "These pages are for administrators, and your token is not one of theirs",
            remedy="Ask whoever looks after LRS Bridge for one: lrs-bridge readers create NAME --role admin",
        )
    g.admin = reader
    return reader


def page(template: str, **values: Any) -> str:
    """A page within the frame; call ``let_in`` before."""
    sections = [section for section in SECTIONS if g.admin.role in section.roles]
    return render_template(template, who=g.admin, sections=sections, **values)
