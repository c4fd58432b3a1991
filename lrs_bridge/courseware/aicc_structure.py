"""The course structure of AICC (.cst): blocks and their members as a table of contents (AICC CMI001 4.0, 7.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from lrs_bridge.courseware.aicc_tables import Row
from lrs_bridge.courseware.course import LaunchableUnit, Section
from lrs_bridge.courseware.entry_names import shown
from lrs_bridge.courseware.findings import listed

ROOT: Final = "root"
DEEPEST: Final = 30


class Structure:
    """Walks the blocks from the root; what it cannot place is told by ``warn`` and ``refuse``."""

    def __init__(
        self,
        rows: Iterable[Row],
        units: Mapping[str, LaunchableUnit],
        titles: Mapping[str, Row],
        warn: Callable[[str, str, str], None],
        refuse: Callable[[str, str, str], None],
    ) -> None:
        self._units = units
        self._titles = titles
        self._warn = warn
        self._refuse = refuse
        self._placed: set[str] = set()
        self._blocks: dict[str, tuple[str, list[str]]] = {}
        for row in rows:
            members = [member for member in row.all[1:] if member]
            _, known = self._blocks.setdefault(row.all[0].lower(), (row.place, []))
            known += members  # a long block may go on in a second line

    def sections(self) -> tuple[Section, ...]:
        """The members of the root, then the units that no block holds."""
        outermost = ROOT if ROOT in self._blocks else next(iter(self._blocks), ROOT)
        place, members = self._blocks.get(outermost, ("", []))
        if outermost != ROOT:
            self._warn(place, "has no block called root; the first is used", "Call the outermost block root")
        found = self._members(place, members, (outermost,))
        left = [unit for key, unit in self._units.items() if key not in self._placed]
        if left and self._blocks:
            named = listed([shown(unit.identifier) for unit in left])
            self._warn(place, f"units that no block holds stand at the end: {named}", "Put them into a block")
        return (*found, *(Section(unit.title, unit.identifier) for unit in left))

    def _members(self, place: str, members: list[str], inside: tuple[str, ...]) -> tuple[Section, ...]:
        found = [self._section(place, member, inside) for member in members]
        return tuple(section for section in found if section)

    def _section(self, place: str, member: str, inside: tuple[str, ...]) -> Section | None:
        key = member.lower()
        if key in self._placed or key in inside:
            self._warn(place, f"holds {shown(member)} a second time; the first place counts", "Name it once")
            return None
        if unit := self._units.get(key):
            self._placed.add(key)
            return Section(unit.title, unit.identifier)
        if key not in self._blocks:
            self._warn(place, f"holds {shown(member)}, which is neither unit nor block", "Correct the name")
            return None
        if len(inside) >= DEEPEST:
            self._refuse(place, f"blocks are nested more than {DEEPEST} deep", "Flatten the structure")
            return None
        self._placed.add(key)
        described = self._titles.get(key)
        below, members = self._blocks[key]
        return Section((described["title"] if described else "") or member, "", True,
                       self._members(below, members, (*inside, key)))  # fmt: skip
