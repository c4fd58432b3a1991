"""The items of an evidence pack as rows of the tables of its index: in words, everything escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from lrs_bridge.domain.actors import ActorKey
from lrs_bridge.domain.explanations import ModuleShown
from lrs_bridge.feeds.evidence_pack import (
    PackExemption,
    PackIdentity,
    PackLaunch,
    PackPackage,
    PackRoster,
    PackStatement,
    PackStatus,
    PackVersion,
    requirement_path,
)

KINDS = {"waiver": "Waiver", "extension": "Own due date", "absence": "Absence"}


def escape(value: Any) -> str:
    """Whatever anybody called themselves or a course stays text, and turns no other text round."""
    return f"<bdi>{html.escape(str(value))}</bdi>" if value not in (None, "") else ""


def code(value: Any) -> str:
    return f"<code>{html.escape(str(value))}</code>" if value not in (None, "") else ""


def instant(when: datetime | None) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if when else ""


def cells(*found: str) -> str:
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in found)}</tr>\n"


def lines(found: Iterable[str]) -> str:
    """Those that say something, each in its line."""
    kept = [line for line in found if line]
    return f"<ul>{''.join(f'<li>{line}</li>' for line in kept)}</ul>" if kept else ""


def link(path: str, words: str) -> str:
    return f'<a href="{html.escape(quote(path))}">{words}</a>'


def status_row(status: PackStatus) -> str:
    version = link(requirement_path(status.requirement, status.requirement_version), _version(status))
    return cells(
        lines([escape(status.name), code(status.employee_id), escape(status.department)]),
        lines([escape(status.requirement), version]),
        lines(_standing(status)),
        lines(_days(status)),
        lines([f"{status.modules_met} of {status.modules_total} modules", *_modules(status)]),
    )


def asked_row(status: PackStatus) -> str:
    return status_row(status) if status.is_asked else ""


def _version(status: PackStatus) -> str:
    return f"version {status.requirement_version}"


def _standing(status: PackStatus) -> Iterator[str]:
    yield f'<span class="s {html.escape(status.status)}">{html.escape(_words(status.status).capitalize())}</span>'
    yield html.escape(_words(status.reason))
    yield html.escape(_words(status.progress))
    yield "overdue before the absence" if status.overdue_before_absence else ""


def _days(status: PackStatus) -> Iterator[str]:
    yield _day("due", status.due)
    yield _day("held to" if status.status == "missing" else "holds to", status.last_valid_day)
    yield _day("changes by itself", status.next_change)


def _day(words: str, day: date | None) -> str:
    return f"{words} {day}" if day else ""


def _words(name: str) -> str:
    return name.replace("_", " ")


def _modules(status: PackStatus) -> Iterator[str]:
    for module in status.modules:
        yield f"{escape(module.title or module.activity)}: {_shown(module)}"
    for fact in status.left_out:
        yield f"left out ({html.escape(_words(fact.because))}): {_statement(fact.statement_id)}"


def _shown(module: ModuleShown) -> str:
    if module.evidence is None:
        return "not shown"
    parts = [f"done {module.done}", f"to {module.until}" if module.until else "for good"]
    parts += [f"judged by version {module.judged_by}", *map(html.escape, map(_words, module.marks))]
    return f"{', '.join(parts)}, {_statement(module.evidence)}"


def _statement(statement_id: UUID) -> str:
    return f'<a href="#s-{statement_id}">statement {str(statement_id)[:8]}</a>'


def statement_row(statement: PackStatement) -> str:
    score = "" if statement.score_scaled is None else f"score {statement.score_scaled:g}"
    file = link(statement.file, code(statement.id)) if statement.file else code(statement.id)
    return cells(
        f'<span id="s-{statement.id}">{file}</span>',
        code(statement.employee_id),
        code(statement.activity),
        lines([html.escape(statement.outcome), score]),
        lines(
            [
                f"happened {instant(statement.happened)}",
                _when("stored", statement.recorded),
                _when("known to be theirs", statement.matched),
                "" if statement.file else "deleted since by retention; what was learned from it stays",
            ]
        ),
    )


def _when(words: str, when: datetime | None) -> str:
    return f"{words} {instant(when)}" if when else ""


def identity_row(identity: PackIdentity) -> str:
    days = (_day("from", identity.since), _day("to", identity.until))
    return cells(
        code(identity.employee_id),
        code(identity.ifi),
        html.escape(identity.how),
        lines(days) or "at any time",
        instant(identity.recorded),
    )


def exemption_row(exemption: PackExemption) -> str:
    days = (_day("from", exemption.first_day), _day("to", exemption.last_day), _day("due", exemption.due))
    return cells(
        code(exemption.employee_id),
        lines([KINDS[exemption.kind], escape(exemption.reason), html.escape(exemption.state)]),
        escape(exemption.requirement) or ("every requirement" if exemption.kind == "waiver" else ""),
        lines([*days, "in force on the day" if exemption.in_force else ""]),
        lines([_by("approved by", exemption.approver), _by("entered by", exemption.entered_by)]),
        instant(exemption.recorded),
    )


def _by(words: str, who: str) -> str:
    return f"{words} {escape(who)}" if who else ""


def launch_row(launch: PackLaunch) -> str:
    key = ActorKey.of_actor(dict(launch.actor))
    finals = sum(commit.final for commit in launch.commits)
    return cells(
        lines([code(launch.employee_id), code(f"{key.home_page} {key.value}".strip()) if key else ""]),
        lines([escape(launch.unit), code(launch.activity), code(f"{launch.package} {launch.package_version}")]),
        lines([escape(launch.requested_by), instant(launch.asked)]),
        lines([_when("began", launch.started), _when("ended", launch.ended) or "no end seen"]),
        lines([code(launch.registration), f"{len(launch.commits)} reports, {finals} final"]),
    )


def version_row(version: PackVersion) -> str:
    name = link(version.file, f"{escape(version.requirement)} version {version.version}")
    return cells(name, escape(version.title), escape(version.source), instant(version.recorded))


def package_row(package: PackPackage) -> str:
    return cells(
        lines([escape(package.title), code(f"{package.identifier} {package.version}"), escape(package.file_name)]),
        code(package.sha256),
        lines([_when("installed", package.installed), _when("removed", package.removed)]),
        "in force on the day" if package.in_force else "",
        lines(code(activity) for activity in package.activities),
    )


def roster_row(roster: PackRoster) -> str:
    return cells(
        lines([escape(roster.source), f"{roster.kind}, {roster.rows} rows, as of {roster.as_of}"]),
        code(roster.sha256),
        instant(roster.received),
        lines([_gates("held by", roster.gates), _gates("accepted", roster.accepted)]),
        lines([f"new about {len(roster.changed)} of these people" if roster.changed else "",
               "the last one applied" if roster.is_last else ""]),
    )  # fmt: skip


def _gates(words: str, names: Iterable[str]) -> str:
    found = ", ".join(html.escape(str(name)) for name in names)
    return f"{words} {found}" if found else ""
