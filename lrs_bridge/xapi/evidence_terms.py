"""How our own statements about evidence by hand say what xAPI has no word for: the kind, the last valid day, grades."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from lrs_bridge.domain.evidence import EvidenceKind

_OURS: Final = "https://lrs-bridge.dev/xapi/"
KIND: Final = f"{_OURS}evidence-kinds/"
"""What the category of such a statement begins with; the kind follows."""
KIND_TYPE: Final = f"{_OURS}activity-types/evidence-kind"
_EXTENSIONS: Final = f"{_OURS}extensions/"
VALID_UNTIL: Final = f"{_EXTENSIONS}valid-until"
CRITERIA: Final = f"{_EXTENSIONS}criteria"
CERTIFICATE_NUMBER: Final = f"{_EXTENSIONS}certificate-number"
ISSUER: Final = f"{_EXTENSIONS}issuer"
LOCATION: Final = f"{_EXTENSIONS}location"
NOTE: Final = f"{_EXTENSIONS}note"
EXTERNAL_ID: Final = f"{_EXTENSIONS}external-id"

_KINDS = {KIND + kind: kind.value for kind in EvidenceKind}
_CALENDAR = range(1900, 9000)
"""Years beyond are how systems write "no end"."""


def evidence_kind(context: Mapping[str, Any]) -> str:
    """The kind that the category names; empty where the activity itself reported."""
    category = context.get("contextActivities", {}).get("category", [])
    activities = [category] if isinstance(category, dict) else category  # xAPI 1.0.3: one may stand alone
    return next((_KINDS[one["id"]] for one in activities if one["id"] in _KINDS), "")


def valid_until(result: Mapping[str, Any]) -> date | None:
    """The last day that the issuer says it holds; an extension may hold anything, and only a date is one."""
    text = result.get("extensions", {}).get(VALID_UNTIL)
    try:
        day = date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return day if day and day.year in _CALENDAR else None
