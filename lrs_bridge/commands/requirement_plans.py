"""How the difference that a requirements file makes is told: as tables for people, as JSON for machines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from rich.markup import escape

from lrs_bridge.commands.output import console, print_problems, print_table
from lrs_bridge.domain.effects import Group, Transition, Verdict
from lrs_bridge.services.import_requirements import ImportedRequirement
from lrs_bridge.services.plan_requirements import RequirementPlan

NOBODY_YET = "no such requirement"


def plan_as_json(plan: RequirementPlan, *, is_applied: bool) -> dict[str, Any]:
    return {
        "source": plan.source,
        "applied": is_applied,
        "as_of": plan.as_of,
        "people": plan.people,
        "requirements": [_requirement_as_json(plan, requirement_id) for requirement_id in plan.affected],
        "transitions": [_transition_as_json(plan, one, group) for one, group in _changes(plan)],
        "warnings": [warning.as_dict() for warning in plan.warnings],
    }


def print_plan(plan: RequirementPlan) -> None:
    for item in plan.items:
        _print_item(plan, item)
    print_problems(plan.warnings)
    if not plan.effect.groups:
        return
    console.print(f"\nOn {plan.as_of}, among {plan.people:,} people:", style="bold")
    rows = [(one, plan.effect.gained(one), plan.effect.lost(one)) for one in plan.affected]
    print_table(
        ("requirement", "gain an assignment", "first of them", "lose it", "first of them"),
        [
            (one, f"{gained.people:,}", _names(plan, gained.first), f"{lost.people:,}", _names(plan, lost.first))
            for one, gained, lost in rows
        ],
    )
    changes = _changes(plan)
    if not changes:
        console.print("No status changes.")
        return
    print_table(
        ("requirement", "before", "after", "people", "first of them"),
        [
            (one.requirement_id, _words(one.before), _after(one), f"{group.people:,}", _names(plan, group.first))
            for one, group in changes
        ],
        title="Statuses that change",
    )


def _print_item(plan: RequirementPlan, item: ImportedRequirement) -> None:
    new = item.requirement
    console.print(f"[bold]{escape(new.id)}[/] is {_kind(item)}, version {new.version}: {escape(new.title)}")
    for line in plan.words_of(item):
        console.print(f"  {escape(line)}", soft_wrap=True)


def _kind(item: ImportedRequirement) -> str:
    if item.before is None:
        return "added"
    return "changed" if item.is_new_version else "unchanged"


def _changes(plan: RequirementPlan) -> list[tuple[Transition, Group]]:
    """By requirement, the largest group first."""
    found = [(one, group) for one, group in plan.effect.groups.items() if one.is_change]
    order = {requirement_id: number for number, requirement_id in enumerate(plan.affected)}
    return sorted(found, key=lambda pair: (order[pair[0].requirement_id], -pair[1].people))


def _words(verdict: Verdict | None) -> str:
    return " / ".join(verdict) if verdict else NOBODY_YET


def _after(transition: Transition) -> str:
    return f"{_words(transition.after)}, due on another day" if transition.is_due_moved else _words(transition.after)


def _names(plan: RequirementPlan, people: Iterable[UUID]) -> str:
    return ", ".join(f"{plan.named[one].employee_id} {plan.named[one].name}".strip() for one in people)


def _requirement_as_json(plan: RequirementPlan, requirement_id: str) -> dict[str, Any]:
    item = next((item for item in plan.items if item.requirement.id == requirement_id), None)
    told = {
        "gained": _group_as_json(plan, plan.effect.gained(requirement_id)),
        "lost": _group_as_json(plan, plan.effect.lost(requirement_id)),
    }
    if item is None:
        return {"id": requirement_id, "change": "depends", **told}
    new = item.requirement
    return {
        "id": new.id,
        "change": _kind(item),
        "version": new.version,
        "title": new.title,
        "differences": plan.words_of(item),
        **told,
    }


def _transition_as_json(plan: RequirementPlan, transition: Transition, group: Group) -> dict[str, Any]:
    return {
        "requirement": transition.requirement_id,
        "before": _verdict_as_json(transition.before),
        "after": _verdict_as_json(transition.after),
        "due_moved": transition.is_due_moved,
        **_group_as_json(plan, group),
    }


def _verdict_as_json(verdict: Verdict | None) -> dict[str, str] | None:
    return {"status": verdict[0].value, "reason": verdict[1].value} if verdict else None


def _group_as_json(plan: RequirementPlan, group: Group) -> dict[str, Any]:
    first = [plan.named[person_id] for person_id in group.first]
    return {
        "people": group.people,
        "first": [{"employee_id": person.employee_id, "name": person.name} for person in first],
    }
