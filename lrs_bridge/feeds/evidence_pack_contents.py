"""The parts of an evidence pack while it is filled, and how they become its files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import IO, Any
from uuid import UUID

from lrs_bridge.feeds import evidence_pack_rows as rows
from lrs_bridge.feeds.evidence_pack import PackHead, PackStatement, PackStatus, PackVersion, as_json, statement_path
from lrs_bridge.feeds.evidence_pack_archive import Listing, PackArchive, Sign
from lrs_bridge.feeds.evidence_pack_index import Standings, Table, pieces


@dataclass(frozen=True, slots=True)
class _Part:
    """A listing: its file is ``name``.json, its section of the index has the rest."""

    name: str
    title: str
    words: str
    columns: str
    empty: str

    def table(self, listing: Listing) -> Table:
        return Table(self.title, self.words, self.columns.split("|"), listing, self.empty)


PARTS = (
    _Part("statuses", "Statuses", "Each person and requirement on the day asked about. Dates are whole days where the "
          "person is.", "Person|Requirement|Status|Days|Modules and what shows them", "Nobody."),
    _Part("statements", "Statements", "What the statuses rest on, and what was left out. Each file is the statement as "
          "the Learning Record Store answers it. Instants are those of the store's clock, but for when it happened: "
          "that is the sender's.", "Statement|Person|Activity|Outcome|When", "There is none."),
    _Part("identities", "Whose the statements are", "What was held to be the account or address of those who have "
          "statements here. A launch by this installation is proof by itself: it stands under log-on evidence.",
          "Person|Account or address|How it was known|When theirs|Recorded", "There is none."),
    _Part("exemptions", "Exemptions", "Waivers, own due dates and absences as they were held true.",
          "Person|What|Requirement|Days|By|Recorded", "There is none."),
    _Part("requirements", "Versions of the requirements", "A status names the version that it was judged by. Those on "
          "which others depend are here too.", "Version|Title|From|Recorded", "There is none."),
    _Part("packages", "Course packages", "Those that hold what is asked, by the SHA-256 of the file that was "
          "installed.", "Package|SHA-256|When|State|Activities", "What is asked is in no package here."),
    _Part("launches", "Log-on evidence", "Who let whom into what, and when. The files for programs have each report of "
          "a session with its SHA-256.", "Who|What|Asked by|Session|Registration",
          "Nobody was let in by this installation."),
    _Part("rosters", "Rosters", "What HR gave, by the SHA-256 of each file, with the gates that held it and that "
          "somebody accepted.", "Roster|SHA-256|Received|Gates|Here", "There is none."),
)  # fmt: skip
ROWS: Mapping[str, Callable[[Any], str]] = {
    "statements": rows.statement_row,
    "identities": rows.identity_row,
    "exemptions": rows.exemption_row,
    "requirements": rows.version_row,
    "packages": rows.package_row,
    "launches": rows.launch_row,
    "rosters": rows.roster_row,
}


@dataclass
class PackContents:
    """Add everything, then ``finish``. Statements and versions go into the zip at once, listings wait for their end."""

    head: PackHead
    archive: PackArchive
    titles: Mapping[str, str]
    standings: dict[str, Standings] = field(default_factory=dict)
    listings: dict[str, Listing] = field(default_factory=dict)

    @classmethod
    def of(cls, head: PackHead, target: IO[bytes], titles: Mapping[str, str], files: ExitStack) -> PackContents:
        """``files`` closes what is open for it meanwhile."""
        written = {**ROWS, "statuses": rows.status_row if head.kind == "person" else rows.asked_row}
        listings = {part.name: Listing(written[part.name], files) for part in PARTS}
        return cls(head, PackArchive(target, files), titles, listings=listings)

    @property
    def asked(self) -> set[str]:
        """The requirements that ask something of somebody here."""
        return {key for key, standing in self.standings.items() if set(standing.statuses) - {"not_asked", "late"}}

    def add(self, name: str, item: object) -> None:
        self.listings[name].add(item)

    def add_status(self, status: PackStatus) -> None:
        title = self.titles.get(status.requirement, "")
        self.standings.setdefault(status.requirement, Standings(title)).add(status)
        self.add("statuses", status)

    def add_statement(self, statement: PackStatement, raw: str | None) -> None:
        """``raw``: as the LRS answers it, or None where it is no longer there."""
        self.add("statements", statement)
        if raw is not None:
            self.archive.add(statement_path(statement.id), [raw.encode()])

    def add_version(self, version: PackVersion, body: object) -> None:
        self.add("requirements", version)
        self.archive.add(version.file, [as_json(body)])

    def finish(self, sign: Sign) -> None:
        for name, listing in self.listings.items():
            self.archive.add(f"{name}.json", listing.as_json())
        self.archive.add("pack.json", [as_json(self.head)])
        tables = [part.table(self.listings[part.name]) for part in PARTS]
        self.archive.add("index.html", pieces(self.head, self.standings, tables))
        self.archive.seal(self.head, sign)


def ids_of(statuses: list[PackStatus]) -> set[UUID]:
    """The statements that the statuses rest on, and those that were left out."""
    shown = {module.evidence for status in statuses for module in status.modules if module.evidence}
    return shown | {fact.statement_id for status in statuses for fact in status.left_out}
