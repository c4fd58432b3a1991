"""The index of an evidence pack: one page without scripts, to be read in a browser that is offline, and in print."""

from __future__ import annotations

import html
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from hashlib import sha256
from itertools import chain

from lrs_bridge.feeds.evidence_pack import PackHead, PackStatus
from lrs_bridge.feeds.evidence_pack_archive import Listing
from lrs_bridge.feeds.evidence_pack_rows import cells, escape

STYLE = """
:root{font:15px/1.45 system-ui,sans-serif;color:#1b1f24;background:#fff}
body{max-width:76rem;margin:2rem auto;padding:0 1rem}
div{overflow-x:auto}
h1{font-size:1.6rem;margin:0 0 .3rem}h2{font-size:1.2rem;margin:2rem 0 .4rem;border-bottom:1px solid #8a929c}
p{max-width:46rem}table{border-collapse:collapse;width:100%;margin:.5rem 0}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;overflow-wrap:anywhere}
td{border-bottom:1px solid #d5dae0}
th{border-bottom:2px solid #5b6570;overflow-wrap:normal}td.n,th.n{text-align:right;white-space:nowrap}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dt{font-weight:600}dd{margin:0}
code,.id{font:.85em/1.4 ui-monospace,monospace}ul{margin:0;padding:0;list-style:none}li+li{margin-top:.25rem}
.s{font-weight:600;white-space:nowrap}.compliant{color:#14532d}.missing{color:#8a1c1c}.exempt{color:#3b4250}
.quiet{color:#4a5360}thead{display:table-header-group}tr{break-inside:avoid}
@page{margin:14mm}
@media print{:root{font-size:9.5px}div{overflow:visible}
body{max-width:none;margin:0;padding:0}a{color:inherit}h2{break-after:avoid}}
"""
POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; "
    f"style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"
)
NOT_ASKED = "Nobody is asked. Who is not asked, and why, stands in statuses.json."
KINDS = {"person": "Person", "requirement": "Requirement", "team": "Team of"}
FILES = (
    "pack.json", "statuses.json", "statements.json", "identities.json", "exemptions.json", "launches.json",
    "requirements.json", "packages.json", "rosters.json",
)  # fmt: skip
VERIFY = (
    "Every file of this pack stands in <code>manifest.json</code> with its SHA-256, and <code>manifest.json.jws</code> "
    "signs that list. Check both before you rely on anything here: <code>lrs-bridge evidence verify FILE.zip --key "
    "KEYS</code>, where KEYS are the public keys of the installation. Get them from it, not from whoever handed you "
    "this pack."
)


@dataclass(slots=True)
class Standings:
    """How many stand how in one requirement."""

    title: str
    statuses: Counter[str] = field(default_factory=Counter)

    def add(self, status: PackStatus) -> None:
        self.statuses[status.status if status.is_asked else "not_asked"] += 1
        self.statuses["late"] += status.status == "missing" and status.reason in {"overdue", "expired"}


@dataclass(frozen=True, slots=True)
class Table:
    """A section: its rows come from a listing. ``empty`` is said where it has none."""

    title: str
    words: str
    columns: Sequence[str]
    listing: Listing
    empty: str


def pieces(head: PackHead, standings: Mapping[str, Standings], tables: Iterable[Table]) -> Iterator[bytes]:
    for piece in chain(_top(head), _counts(standings), *map(_table, tables), _bottom()):
        yield piece if isinstance(piece, bytes) else piece.encode()


def _top(head: PackHead) -> Iterator[str | bytes]:
    title = f"Evidence: {KINDS[head.kind]} {head.title or head.subject}"
    yield (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style></head>\n<body><h1>{escape(title)}</h1>\n<dl>"
    )
    for term, words in _facts(head):
        yield f"<dt>{term}</dt><dd>{escape(words)}</dd>\n"
    yield f"</dl>\n<p>{VERIFY}</p>\n"


def _facts(head: PackHead) -> Iterator[tuple[str, str]]:
    yield "About", f"{KINDS[head.kind].removesuffix(' of').lower()} {head.subject}"
    yield "As of", f"{head.as_of}: the day asked about, by each person's own calendar"
    yield "Known at", f"{head.known_at.astimezone(UTC).isoformat()}: by what had been recorded then"
    if head.leader:
        yield "People", f"only those who answer to {head.leader}, who asked"
    told = "told" if head.reasons else 'kept with HR: absences say "away", waivers name the approver only'
    yield "Reasons", told
    yield "From", f"{head.installation} ({head.made_by})"


def _counts(standings: Mapping[str, Standings]) -> Iterator[str | bytes]:
    columns = ["Requirement", "Compliant", "Missing", "of these late", "Exempt", "Rate", "Not asked"]
    yield "<h2>In numbers</h2>\n<p>The rate is compliant ÷ (compliant + missing). Exempt people are shown, not counted."
    yield f"</p>\n<div><table><thead>{_header(columns, numbers=columns[1:])}</thead><tbody>\n"
    for requirement, standing in sorted(standings.items()):
        found = standing.statuses
        asked = found["compliant"] + found["missing"]
        rate = f"{found['compliant']} of {asked} ({found['compliant'] / asked:.1%})" if asked else "nobody is asked"
        name = f"{escape(standing.title)} <span class=id>{escape(requirement)}</span>"
        counts = (found["compliant"], found["missing"], found["late"], found["exempt"], rate, found["not_asked"])
        yield f"<tr><td>{name}</td>{''.join(f'<td class=n>{count}</td>' for count in counts)}</tr>\n"
    yield "</tbody></table></div>\n"


def _table(table: Table) -> Iterator[str | bytes]:
    yield f"<h2>{table.title} ({table.listing.count})</h2>\n<p>{table.words}</p>\n"
    rows = table.listing.rows()
    first = next(rows, None)
    if first is None:
        yield f"<p>{NOT_ASKED if table.listing.count else table.empty}</p>\n"
        return
    yield f"<div><table><thead>{_header(table.columns)}</thead><tbody>\n"
    yield first
    yield from rows
    yield "</tbody></table></div>\n"


def _header(columns: Sequence[str], numbers: Sequence[str] = ()) -> str:
    marked = (f"<th scope=col{' class=n' if name in numbers else ''}>{name}</th>" for name in columns)
    return f"<tr>{''.join(marked)}</tr>"


def _bottom() -> Iterator[str | bytes]:
    yield "<h2>The same for programs</h2>\n<div><table><tbody>\n"
    for path in FILES:
        yield cells(f"<a href={path}>{path}</a>")
    yield "</tbody></table></div>\n</body></html>\n"
