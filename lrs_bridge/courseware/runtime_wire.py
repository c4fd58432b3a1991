"""The wire between the player and the server: what is posted to ``/runtime/<token>/commit`` and what answers it.

Request, ``Content-Type: application/json``, below 8 MiB, no cookies::

    {"launch": "<id of the launch that the work was done in>", "sequence": 3, "final": false,
     "cmi": {"cmi.core.lesson_status": "incomplete", …}, "client_time": "…Z", "sent_at": "…Z", "replay": false}

``sequence`` rises strictly within a launch; the first is 1 and is sent at LMSInitialize, often with an empty ``cmi``.
``cmi`` holds, flat, what changed since the last sequence, as absolute values; a row of interactions or objectives
is whole. Numbers may be missing: a page that closes sends what is still unsent as one commit under the last number.
``final`` is LMSFinish or Terminate. ``client_time`` is when the change happened and ``sent_at`` when the request left,
both by the learner's clock: only their difference is used (see ``happened``). ``replay`` marks work found in the
browser's journal when the player loads; its ``launch`` may be an earlier one of the same attempt.

In a sequenced course (SCORM 2004) ``"sequencing"`` says where the player's sequencer stands, when that has changed:
``{"state": "<its own text, empty when the course's session has ended>", "objectives": {…}, "shared_data": {…}}``.
``"session": false`` marks a commit that holds nothing else, because the unit itself has not spoken.

Answers. Who acts is the token's learner; a ``launch`` that is not of the token's attempt is refused (403):

200  ``{"acknowledged": 3}``, only when the commit is durable, and also for one that was applied before (same launch,
     no higher sequence). With ``replay`` it also holds ``"cmi"``: the initial CMI as it is now, because the player
     starts the course only after its replay; and ``"sequencing"`` likewise. ``"commit_url"`` renews the token's path.
400 413 422  ``{"refused": 3, "reason": "words"}``: this commit can never be taken; the player goes on with the next.
403 410  the launch is over or was never good: the player stops and says so; its journal stays for the next launch.
409  ``{"superseded": true}``: the attempt was opened elsewhere; the player stops.

Anything else is "not saved", above all a 200 without ``acknowledged`` equal to the sequence: a proxy's or an LMS's
log-in page is one. The player repeats it with growing pauses, in order, the same sequence with the same content.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from lrs_bridge.errors import Problem, RequestRefused

BODY_LIMIT: Final = 8 * 1024 * 1024
SEQUENCE_LIMIT: Final = 1_000_000_000
TEXT_LIMIT: Final = 100
STATE_LIMIT: Final = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SequencingMessage:
    """Where the sequencer stands; an empty ``state`` says that the session of the course has ended."""

    state: str
    objectives: Mapping[str, Any]
    shared_data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CommitMessage:
    launch: str
    sequence: int
    final: bool
    cmi: Mapping[str, Any]
    age: timedelta
    """How long before it was sent the change happened."""
    replay: bool
    sequencing: SequencingMessage | None = None
    session: bool = True
    """False where only ``sequencing`` is said."""


def read_commit(body: Any) -> CommitMessage:
    """The message, or RequestRefused with everything that is wrong about it."""
    if not isinstance(body, Mapping):
        raise RequestRefused("The commit is not a JSON object", problems=[Problem("", "is not a JSON object")])
    problems = [
        Problem(f"/{name}", f"must be {expected}, found {str(body.get(name))[:60]!r}")
        for name, (good, expected) in _EXPECTED.items()
        if not good(body.get(name))
    ]
    if problems:
        raise RequestRefused("The commit cannot be read", problems=problems)
    return CommitMessage(
        launch=body["launch"],
        sequence=body["sequence"],
        final=body["final"],
        cmi=body["cmi"],
        age=_age(body),
        replay=bool(body.get("replay")),
        sequencing=SequencingMessage(**body["sequencing"]) if body.get("sequencing") else None,
        session=body.get("session") is not False,
    )


def _is_sequencing(value: Any) -> bool:
    """Absent, or whole: a text, and two objects. NUL has no place in any of it."""
    if value is None:
        return True
    if not isinstance(value, Mapping) or set(value) != {"state", "objectives", "shared_data"}:
        return False
    state = value["state"]
    kept = all(isinstance(value[name], Mapping) for name in ("objectives", "shared_data"))
    return kept and isinstance(state, str) and len(state) <= STATE_LIMIT and "\0" not in state


_EXPECTED: Final[dict[str, tuple[Callable[[Any], bool], str]]] = {
    "launch": (lambda value: isinstance(value, str) and 0 < len(value) <= TEXT_LIMIT, "the id of a launch"),
    "sequence": (lambda value: type(value) is int and 0 < value <= SEQUENCE_LIMIT, "a whole number from 1"),
    "final": (lambda value: isinstance(value, bool), "true or false"),
    "cmi": (lambda value: isinstance(value, Mapping), "an object"),
    "sequencing": (_is_sequencing, "absent, or an object of state, objectives and shared_data"),
}


def acknowledged(
    message: CommitMessage,
    *,
    cmi: Mapping[str, str] | None = None,
    sequencing: Mapping[str, Any] | None = None,
    commit_url: str = "",
) -> dict[str, Any]:
    """The body of a 200. ``cmi`` is what ``first_cmi`` says after the commit, wanted when it was a replay."""
    more: dict[str, Any] = {"commit_url": commit_url}
    if message.replay:
        more |= {"cmi": dict(cmi or {}), "sequencing": dict(sequencing or {})}
    return {"acknowledged": message.sequence} | {name: value for name, value in more.items() if value}


def happened(message: CommitMessage, *, launched: datetime, received: datetime) -> datetime:
    """When the change happened by the server's clock, never before the launch: yesterday's journal is yesterday's."""
    return max(launched, received - message.age)


def _age(body: Mapping[str, Any]) -> timedelta:
    """A clock that is not told, not readable or running backwards makes no age."""
    changed, sent = _instant(body.get("client_time")), _instant(body.get("sent_at"))
    if changed is None or sent is None:
        return timedelta()
    return max(timedelta(), sent - changed)


def _instant(text: Any) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo else None
