"""What the LMS itself says of a session: its statements, and the documents that a unit reads (cmi5 9.3, 10, 11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID, uuid5

from lrs_bridge.xapi import cmi5_terms as terms
from lrs_bridge.xapi.cmi5_terms import SessionTerms
from lrs_bridge.xapi.drafts import duration_text, instant_text
from lrs_bridge.xapi.lexical import is_language_tag

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Described:
    """An activity as the course structure describes it."""

    id: str
    publisher: str
    titles: Texts = field(default_factory=dict)
    descriptions: Texts = field(default_factory=dict)
    type: str = ""

    def as_activity(self) -> dict[str, Any]:
        words = {"name": _spoken(self.titles), "description": _spoken(self.descriptions), "type": self.type}
        definition = {part: said for part, said in words.items() if said}
        return {"objectType": "Activity", "id": self.id} | ({"definition": definition} if definition else {})


@dataclass(frozen=True, slots=True)
class LaunchTerms:
    """What the unit is told at its launch. ``url`` is the one launched, without the parameters of the launch."""

    url: str
    move_on: str
    parameters: str | None = None
    entitlement_key: str | None = None
    return_url: str = ""


def context_template(session: SessionTerms) -> dict[str, Any]:
    """cmi5 10.2.1: without the category, which makes a statement "cmi5 defined"."""
    return {
        "contextActivities": {"grouping": [{"objectType": "Activity", "id": session.publisher}]},
        "extensions": {terms.SESSION_ID: str(session.session_id)},
    }


def launch_document(session: SessionTerms, launch: LaunchTerms) -> dict[str, Any]:
    """LMS.LaunchData (cmi5 10.2); what the course structure does not define is left out."""
    document = {
        "contextTemplate": context_template(session),
        "launchMode": session.mode,
        "moveOn": launch.move_on,
        "masteryScore": session.mastery,
        "launchParameters": launch.parameters,
        "returnURL": launch.return_url or None,
        "entitlementKey": None if launch.entitlement_key is None else {"courseStructure": launch.entitlement_key},
    }
    return {name: value for name, value in document.items() if value is not None}


def launch_url(session: SessionTerms, url: str, *, endpoint: str, fetch: str, actor: str) -> str:
    """cmi5 8.1: merged with the unit's own query, before its fragment."""
    page, mark, fragment = url.partition("#")
    parameters = {
        "endpoint": endpoint, "fetch": fetch, "actor": actor,
        "registration": str(session.registration), "activityId": session.activity,
    }  # fmt: skip
    joint = "" if page.endswith(("?", "&")) else "&" if "?" in page else "?"
    return page + joint + urlencode(parameters, quote_via=quote, safe="") + mark + fragment


def launched(session: SessionTerms, unit: Described, launch: LaunchTerms, at: datetime) -> dict[str, Any]:
    """cmi5 9.3.1, recorded before the launch."""
    extensions = {
        terms.LAUNCH_MODE: session.mode,
        terms.LAUNCH_URL: launch.url,
        terms.MOVE_ON: launch.move_on,
        terms.MASTERY_SCORE: session.mastery,
        terms.LAUNCH_PARAMETERS: launch.parameters,
    }
    known = {name: value for name, value in extensions.items() if value is not None}
    return _said("launched", session, unit, at, extensions=known)


def abandoned(session: SessionTerms, unit: Described, spent: timedelta, at: datetime) -> dict[str, Any]:
    """cmi5 9.3.6."""
    return _said("abandoned", session, unit, at, result={"duration": duration_text(spent)})


def waived(session: SessionTerms, unit: Described, reason: str, at: datetime) -> dict[str, Any]:
    """cmi5 9.3.7; ``session`` is one of its own, in which no unit runs."""
    result = {"success": True, "completion": True, "extensions": {terms.REASON: reason}}
    return _said("waived", session, unit, at, result=result)


def satisfied(session: SessionTerms, group: Described, at: datetime) -> dict[str, Any]:
    """cmi5 9.3.9. The id follows from registration and object: there is one, however often it is said."""
    statement = _said("satisfied", session, group, at)
    statement["id"] = str(uuid5(session.registration, f"satisfied {group.id}"))
    return statement


def preferences(languages: str) -> dict[str, str]:
    """cmi5 11, until learner or unit say otherwise."""
    return {"languagePreference": languages, "audioPreference": "on"}


def actor_text(actor: Mapping[str, Any]) -> Mapping[str, Any]:
    """cmi5 8.1.3: an Agent with its account, and nothing that says who that is."""
    return {"objectType": "Agent", "account": actor["account"]}


def _said(
    verb: str,
    session: SessionTerms,
    subject: Described,
    at: datetime,
    *,
    result: Mapping[str, Any] | None = None,
    extensions: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    counts = result is not None and "completion" in result
    categories = [terms.CMI5_CATEGORY] + ([terms.MOVE_ON_CATEGORY] if counts else [])
    # a block or a course beside the unit whose session it was
    grouping = [iri for iri in dict.fromkeys((subject.publisher, session.publisher)) if iri]
    return {
        "id": str(_statement_id(session.session_id, verb)),
        "actor": dict(session.actor),
        "verb": {"id": terms.VERBS[verb], "display": {"en-US": verb}},
        "object": subject.as_activity(),
        **({"result": dict(result)} if result else {}),
        "context": {
            "registration": str(session.registration),
            "contextActivities": {"category": _activities(categories), "grouping": _activities(grouping)},
            "extensions": {terms.SESSION_ID: str(session.session_id)} | dict(extensions or {}),
        },
        "timestamp": instant_text(at),
    }


def _statement_id(session_id: UUID, verb: str) -> UUID:
    return uuid5(session_id, verb)


def _activities(iris: list[str]) -> list[dict[str, str]]:
    return [{"objectType": "Activity", "id": iri} for iri in iris]


def _spoken(texts: Texts) -> dict[str, str]:
    """What a language map takes: schemas of XML allow more tags than RFC 5646."""
    return {language: words for language, words in texts.items() if is_language_tag(language)}
