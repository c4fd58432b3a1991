"""/manage: a leader's page, and the same list as CSV for a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, render_template, request

from lrs_bridge.domain.rates import Rate
from lrs_bridge.errors import NotFound
from lrs_bridge.feeds import csv_feed
from lrs_bridge.feeds.relation import Feed, FeedRow
from lrs_bridge.services.compliance_feed import FeedQuery, compliance_feed
from lrs_bridge.services.readers import Reader
from lrs_bridge.services.team_picture import burn_up, is_asked, share, share_by_team
from lrs_bridge.services.team_records import LeaderName, completion_days, local_days, waiver_ends, way_down
from lrs_bridge.web import charts, sign_in
from lrs_bridge.web.access import bridge
from lrs_bridge.web.people_list import PAGE_SIZE, PageQuery, chosen, on_page, page_count, read_page_query
from lrs_bridge.web.status_words import REASONS, STATUSES, day_words, days_left_words, kind_of, status_words

bp = Blueprint("manage", __name__)
sign_in.add_to(bp)


@dataclass(frozen=True, slots=True)
class Tab:
    """One requirement that can be looked at, and how the people of the page stand to it."""

    requirement: str
    title: str
    share: Rate


@dataclass(frozen=True, slots=True)
class Asked:
    """What one address of the page is about; ``rows`` are all of its requirement, before the filter."""

    who: Reader
    query: PageQuery
    feed: Feed
    way: Sequence[LeaderName]
    tabs: Sequence[Tab]
    rows: Sequence[FeedRow]


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A row in words. ``leads``: has people of their own on this page, and can be stepped down to."""

    row: FeedRow
    kind: str
    words: tuple[str, ...]
    days_left: str
    leads: bool


@bp.app_template_filter("day")
def day_filter(day: Any) -> str:
    return day_words(day)


@bp.app_template_filter("percent")
def percent_filter(part: float | None) -> str:
    """Rounded down: 100 % is said only of all. (0.29 * 100 is a little less than 29.)"""
    return "–" if part is None else f"{int(round(part * 100, 6))} %"


@bp.get("/")
def get_team() -> str:
    asked = _asked()
    people = chosen(asked.rows, asked.query)
    pages = page_count(len(people))
    query = replace(asked.query, page=min(asked.query.page, pages))
    return render_template(
        "manage.html",
        who=asked.who,
        query=query,
        feed=asked.feed,
        tabs=asked.tabs,
        share=share(asked.rows),
        bar=charts.bar,
        kinds=charts.KINDS,
        way=asked.way,
        not_asked=sum(not is_asked(row) for row in asked.rows),
        lines=_lines(asked, on_page(people, query.page)),
        total=len(people),
        pages=pages,
        choices=_choices(asked),
        page_size=PAGE_SIZE,
        **_pictures(asked),
    )


@bp.get("/team.csv")
def get_team_csv() -> Response:
    """The rows of the page's filter in the page's order, all of them."""
    asked = _asked()
    people = chosen(asked.rows, asked.query)
    response = Response(csv_feed.render(replace(asked.feed, rows=people)), content_type=csv_feed.MEDIA_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="team-{asked.feed.as_of}.csv"'
    return response


def _asked() -> Asked:
    who = sign_in.signed_in()
    query = read_page_query(request.args)
    feed = compliance_feed(bridge(), who, FeedQuery(manager=query.manager))
    way = way_down(bridge(), who, query.manager)
    by_requirement: dict[str, list[FeedRow]] = {requirement: [] for requirement in feed.titles}
    for row in feed.rows:
        by_requirement[row.requirement].append(row)
    tabs = [Tab(key, feed.titles[key], share(rows)) for key, rows in by_requirement.items()]
    query = replace(query, requirement=query.requirement or _first_to_look_at(tabs))
    if query.requirement and query.requirement not in by_requirement:
        raise NotFound(f"There is no requirement {query.requirement!r}", remedy="Choose one on the page")
    tabs.sort(key=lambda tab: tab.title.casefold())
    return Asked(who, query, feed, way, tabs, by_requirement.get(query.requirement, []))


def _first_to_look_at(tabs: Sequence[Tab]) -> str:
    """The requirement with the most people overdue, then missing."""
    ranked = sorted(tabs, key=lambda tab: (-tab.share.overdue, -tab.share.missing, tab.title))
    return ranked[0].requirement if ranked else ""


def _pictures(asked: Asked) -> dict[str, Any]:
    days = completion_days(bridge(), asked.rows)
    picture = burn_up(asked.rows, days, asked.feed.as_of)
    teams = share_by_team(asked.rows, asked.query.manager or asked.who.employee_id)
    return {"burn_up": picture, "line": charts.line(picture), "teams": teams}


def _lines(asked: Asked, rows: Sequence[FeedRow]) -> list[PersonLine]:
    days = local_days(bridge(), rows, asked.feed.known_at)
    waived = waiver_ends(bridge(), rows, days)
    leaders = {row.manager_id for row in asked.rows}
    return [
        PersonLine(
            row=row,
            kind=kind_of(row),
            words=status_words(row, days[row.employee_id], waived.get(row.employee_id)),
            days_left=days_left_words(row, days[row.employee_id]),
            leads=row.employee_id in leaders,
        )
        for row in rows
    ]


def _choices(asked: Asked) -> dict[str, Any]:
    """What the filter offers: only what occurs."""
    reasons = {row.reason for row in asked.rows} | {asked.query.reason}
    departments = {row.department for row in asked.rows if row.department} | {asked.query.department}
    return {
        "status": STATUSES,
        "reason": {key: words for key, words in REASONS.items() if key in reasons},
        "department": {name: name for name in sorted(departments - {""}, key=str.casefold)},
        "sort": {
            "status": "Urgency",
            "name": "Name",
            "department": "Department",
            "due": "Due date",
            "progress": "Least progress first",
            "-progress": "Most progress first",
        },
    }
