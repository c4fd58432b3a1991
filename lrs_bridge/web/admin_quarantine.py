"""/admin/quarantine: the list, one entry to put right, replaying many, discarding with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from lrs_bridge.errors import Problem, Refused, RequestRefused
from lrs_bridge.services import quarantine, quarantine_review
from lrs_bridge.services.quarantine import Held
from lrs_bridge.storage.quarantine_search import SORTS, HeldFilter
from lrs_bridge.web.access import bridge
from lrs_bridge.web.admin_access import let_in, page
from lrs_bridge.web.json_lines import indented, line_of
from lrs_bridge.xapi.lexical import is_uuid

STATES = {"waiting": "Waiting", "replayed": "Stored after all", "dropped": "Discarded"}
ORDERS = {
    "received": "Oldest first",
    "-received": "Newest first",
    "sender": "Sender",
    "-settled": "Settled last",
}
LARGEST_CORRECTION = 16 * 1024 * 1024


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule("/quarantine/", view_func=list_quarantine)
    pages.add_url_rule("/quarantine/replay", view_func=replay_chosen, methods=["POST"])
    pages.add_url_rule("/quarantine/replay-all", view_func=replay_all, methods=["POST"])
    pages.add_url_rule("/quarantine/<uuid:held_id>", view_func=show_held)
    pages.add_url_rule("/quarantine/<uuid:held_id>", view_func=correct_held, methods=["POST"])
    pages.add_url_rule("/quarantine/<uuid:held_id>/discard", view_func=discard_held, methods=["POST"])


@dataclass(frozen=True, slots=True)
class ListQuery:
    """One address of the list. Empty fields do not filter."""

    state: str = "waiting"
    sender: str = ""
    text: str = ""
    sort: str = "received"
    page: int = 1

    @property
    def wanted(self) -> HeldFilter:
        return HeldFilter(self.state, UUID(self.sender) if self.sender else None, self.text)

    @property
    def is_filtered(self) -> bool:
        return bool(self.sender or self.text or self.state != "waiting")

    def parameters(self, **changes: Any) -> dict[str, Any]:
        """The parameters of the address with these changes; what is as by default is left out."""
        changed = replace(self, **changes)
        return {
            field.name: value for field in fields(ListQuery) if (value := getattr(changed, field.name)) != field.default
        }


def read_list_query(params: Mapping[str, str]) -> ListQuery:
    """RequestRefused with every wrong parameter."""
    values = {name: text.strip() for name, text in params.items() if text.strip()}
    sorts = {*SORTS, *(f"-{name}" for name in SORTS)}
    problems = [
        Problem(name, f"is {values[name]!r}", f"Choose among {', '.join(sorted(choices))}")
        for name, choices in (("state", set(STATES)), ("sort", sorts))
        if values.get(name, next(iter(choices))) not in choices
    ]
    if "sender" in values and not is_uuid(values["sender"]):
        problems.append(Problem("sender", "is no credential", "Choose one on the page"))
    number = values.pop("page", "1")
    if not (number.isascii() and number.isdigit() and 0 < int(number[:9]) < 10**6):
        problems.append(Problem("page", f"is {number!r}", "Write a whole number from 1"))
    unknown = sorted(set(values) - set(ListQuery.__slots__))
    problems += [Problem(name, "is not a parameter of this page", "Take it out of the address") for name in unknown]
    if problems:
        raise RequestRefused("The page cannot be asked like this", problems=problems)
    return ListQuery(**values, page=int(number))


def list_quarantine() -> str:
    let_in("admin")
    query = read_list_query(request.args)
    found = quarantine_review.review(bridge(), query.wanted, sort=query.sort, page=query.page)
    query = replace(query, page=found.page)
    return page("admin_quarantine.html", query=query, found=found, states=STATES, orders=ORDERS)


def show_held(held_id: UUID) -> str:
    let_in("admin")
    return _entry(held_id)


def correct_held(held_id: UUID) -> BaseResponse:
    """Check the text of the form, keep it as a correction, or keep it and replay the statement."""
    who = let_in("admin")
    text, action = _form("statement").replace("\r\n", "\n"), _form("action")
    try:
        if action == "check":
            return Response(_entry(held_id, text, quarantine.check_correction(bridge(), held_id, text.encode())))
        quarantine.fix_held(bridge(), held_id, text.encode(), who=who.name)
    except Refused as refused:
        problems = refused.problems or (Problem("", refused.reason, refused.remedy),)
        return Response(_entry(held_id, text, problems), 200 if action == "check" else 400)
    if action == "replay":
        (outcome,) = quarantine.replay_held(bridge(), [held_id], who=who.name)
        if outcome.statement_id is None:
            return Response(_entry(held_id, text, outcome.problems), 409)
        flash(f"Stored as {outcome.statement_id}.")
    else:
        flash("The correction is kept. The statement is not stored yet: replay it.")
    return redirect(url_for("admin.show_held", held_id=held_id), 303)


def discard_held(held_id: UUID) -> BaseResponse:
    who = let_in("admin")
    try:
        quarantine.drop_held(bridge(), held_id, because=_form("because"), who=who.name)
    except RequestRefused as refused:
        return Response(_entry(held_id, refusal=refused), 400)
    flash("Discarded. It stays readable here, with the reason.")
    return redirect(url_for("admin.show_held", held_id=held_id), 303)


def replay_chosen() -> str:
    """Those that are ticked."""
    who = let_in("admin")
    ids = [UUID(text) for text in request.form.getlist("id") if is_uuid(text)]
    outcome = quarantine_review.replay_chosen(bridge(), ids, who=who.name)
    return page("admin_replayed.html", outcome=outcome, left=0, passed=0, query=ListQuery())


def replay_all() -> str:
    """The next stretch of what the filter of the form matches."""
    who = let_in("admin")
    given = request.form.to_dict()
    passed = given.pop("passed", "0")
    query = read_list_query(given)
    start = int(passed[:9]) if passed.isascii() and passed.isdigit() else 0
    done = quarantine_review.replay_matching(bridge(), query.wanted, passed=start, who=who.name)
    return page("admin_replayed.html", outcome=done.outcome, left=done.left, passed=done.passed, query=query)


def _form(name: str) -> str:
    request.max_form_memory_size = LARGEST_CORRECTION
    return request.form.get(name, "")


def _entry(
    held_id: UUID,
    text: str | None = None,
    problems: Sequence[Problem] | None = None,
    refusal: RequestRefused | None = None,
) -> str:
    """One entry; with ``text``, as somebody is just changing it, and what is wrong with that."""
    held, history = quarantine_review.entry(bridge(), held_id)
    shown = _current(held)
    # a text of one's own has lines of its own
    is_indented = text is None or text.strip() == indented(shown)
    told = held.problems if problems is None else problems
    return page(
        "admin_held.html",
        held=held,
        history=history,
        states=STATES,
        text=indented(shown) if text is None else text,
        is_draft=text is not None,
        problems=[(one, line_of(shown, one.place) if is_indented else None) for one in told],
        as_it_came=indented(held.statement) if held.corrected is not None else "",
        refusal=refusal,
    )


def _current(held: Held) -> Any:
    return held.statement if held.corrected is None else held.corrected
