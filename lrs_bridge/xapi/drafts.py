"""Events of a runtime as statements of the ADL xAPI SCORM Profile (adlnet/xAPI-SCORM-Profile, chapters 3 to 6).

With `evidence_drafts` the only module that uses ``tincan``. What it writes differently from what we want stored is
put right in ``draft``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID, uuid5

import tincan

from lrs_bridge.domain.runtime_events import Event, EventKind, Interaction, Score

VERBS: Final = "http://adlnet.gov/expapi/verbs/"
TYPES: Final = "http://adlnet.gov/expapi/activities/"
PROFILE: Final = {"id": "https://w3id.org/xapi/scorm", "definition": {"type": f"{TYPES}profile"}}
# The profile: suspended and terminated carry the overall result of the SCO (5.0), the others their own.
OVERALL: Final = frozenset({EventKind.SUSPENDED, EventKind.TERMINATED})


@dataclass(frozen=True, slots=True)
class NamedActivity:
    """An activity's IRI and what people call it."""

    id: str
    title: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class AttemptContext:
    """Who, what and when of one commit, all from the launch. ``actor`` is an xAPI Agent with one identifier.

    ``registration`` is the attempt's; ``launch`` and ``sequence`` name the commit that the events came from.
    """

    actor: Mapping[str, Any]
    registration: UUID
    launch: str
    sequence: int
    unit: NamedActivity
    course: NamedActivity
    language: str = "en"
    platform: str = ""

    @property
    def attempt_iri(self) -> str:
        """The activity that stands for this attempt at the unit."""
        return f"{self.unit.id}{'&' if '?' in self.unit.id else '?'}attemptId={self.registration}"


def draft(event: Event, attempt: AttemptContext) -> dict[str, Any]:
    """The statement: a plain dict with id and timestamp, without version, stored and authority, which the LRS sets."""
    statement: dict[str, Any] = tincan.Statement(
        id=statement_id(event, attempt),
        actor=dict(attempt.actor),
        verb=tincan.Verb(id=f"{VERBS}{event.kind}", display={"en-US": str(event.kind)}),
        object=_object(event, attempt),
        result=_result(event),
        context=_context(event, attempt),
    ).as_version()
    # tincan names a version, which is the LRS's to say, and rewrites agents and durations (PT01H30M00S)
    del statement["version"]
    statement["actor"] = {"objectType": "Agent"} | dict(attempt.actor)
    statement["timestamp"] = instant_text(event.at)
    if (spent := _spent(event)) is not None:
        statement["result"]["duration"] = duration_text(spent)
    return statement


def statement_id(event: Event, attempt: AttemptContext) -> UUID:
    """The same for the same commit however often it is sent, so that a replay adds nothing."""
    return uuid5(attempt.registration, f"{attempt.launch}/{attempt.sequence}/{event.kind}/{event.key}")


def _object(event: Event, attempt: AttemptContext) -> tincan.Activity:
    if event.interaction:
        return _interaction(event.interaction, attempt)
    if event.objective:
        iri = f"{attempt.unit.id}/objective/{quote(event.objective, safe='')}"
        return _activity(NamedActivity(iri, event.objective), "objective", attempt)
    return _activity(attempt.unit, "lesson", attempt)


def _activity(named: NamedActivity, kind: str, attempt: AttemptContext, **more: Any) -> tincan.Activity:
    words = {"name": named.title, "description": named.description}
    texts = {part: {attempt.language: text} for part, text in words.items() if text}
    return tincan.Activity(id=named.id, definition=tincan.ActivityDefinition(type=f"{TYPES}{kind}", **texts, **more))


def _interaction(interaction: Interaction, attempt: AttemptContext) -> tincan.Activity:
    named = NamedActivity(f"{attempt.unit.id}/interaction/{quote(interaction.id, safe='')}", interaction.id,
                          interaction.description)  # fmt: skip
    correct = {"correct_responses_pattern": list(interaction.correct)} if interaction.correct else {}
    return _activity(named, "cmi.interaction", attempt, interaction_type=interaction.type, **correct)


def _result(event: Event) -> tincan.Result | None:
    if event.interaction:
        return _answer(event.interaction)
    if event.comment:
        return tincan.Result(response=event.comment)
    # completion is false on what ends a session unfinished, and unsaid on what is about something else
    completion = event.completion if event.completion or event.kind in OVERALL else None
    parts = {
        "score": _score(event.score),
        "completion": completion,
        "success": event.success,
        "duration": event.duration,
    }
    given = {name: value for name, value in parts.items() if value is not None}
    return tincan.Result(**given) if given else None


def _answer(interaction: Interaction) -> tincan.Result:
    raw = interaction.raw_result
    parts = {
        "response": interaction.response or None,
        "success": interaction.success,
        "score": None if raw is None else tincan.Score(raw=raw),
        "duration": interaction.latency,
    }
    return tincan.Result(**{name: value for name, value in parts.items() if value is not None})


def _score(score: Score | None) -> tincan.Score | None:
    if score is None:
        return None
    parts = {"scaled": score.scaled, "raw": score.raw, "min": score.min, "max": score.max}
    return tincan.Score(**{name: value for name, value in parts.items() if value is not None})


def _context(event: Event, attempt: AttemptContext) -> tincan.Context:
    unit = _activity(attempt.unit, "lesson", attempt)
    course = _activity(attempt.course, "course", attempt)
    this_attempt = _activity(NamedActivity(attempt.attempt_iri, attempt.unit.title), "attempt", attempt)
    inner = {"parent": [unit]} if event.interaction or event.objective else {}
    activities = tincan.ContextActivities(grouping=[course, this_attempt], category=[PROFILE], **inner)
    platform = {"platform": attempt.platform} if attempt.platform else {}
    return tincan.Context(registration=attempt.registration, context_activities=activities, **platform)


def _spent(event: Event) -> timedelta | None:
    return event.interaction.latency if event.interaction else event.duration


def instant_text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def duration_of_seconds(seconds: float) -> str:
    return duration_text(timedelta(seconds=seconds))


def duration_text(span: timedelta) -> str:
    """ISO 8601 to the hundredth of a second, which is all that xAPI compares (xAPI Data 4.6)."""
    minutes, centiseconds = divmod(round(span.total_seconds() * 100), 6000)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{centiseconds / 100:.2f}".rstrip("0").rstrip(".")
    parts = ((hours, "H"), (minutes, "M"), (seconds if centiseconds else 0, "S"))
    return "PT" + ("".join(f"{number}{unit}" for number, unit in parts if number) or "0S")
