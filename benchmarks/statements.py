"""The statements that benchmarks send and fill databases with."""

from __future__ import annotations

from typing import Any

HOME_PAGE = "https://lms.example.com"
VERBS = ("initialized", "completed", "passed", "failed", "experienced")
AGENTS, ACTIVITIES = 3000, 200


def statement(number: int) -> dict[str, Any]:
    """Like one of Moodle's: about 1 kB, an agent, an activity, two context activities."""
    return {
        "actor": {"objectType": "Agent", "name": f"Person {number % AGENTS}",
                  "account": {"homePage": HOME_PAGE, "name": str(number % AGENTS)}},
        "verb": {"id": f"http://adlnet.gov/expapi/verbs/{VERBS[number % len(VERBS)]}", "display": {"en": "did"}},
        "object": {"objectType": "Activity", "id": f"{HOME_PAGE}/mod/page/view.php?id={number % ACTIVITIES}",
                   "definition": {"type": "https://w3id.org/xapi/acrossx/activities/page",
                                  "name": {"en": "A page that somebody read"}}},
        "result": {"completion": True, "success": True, "score": {"scaled": 0.9}},
        "context": {
            "platform": "Moodle", "registration": "a0ba85a0-3176-5c33-a316-5124e1221450", "language": "en",
            "contextActivities": {
                "parent": [{"objectType": "Activity", "id": f"{HOME_PAGE}/course/view.php?id={number % 20}",
                            "definition": {"type": "https://w3id.org/xapi/cmi5/activitytype/course",
                                           "name": {"en": "A course"}}}],
                "category": [{"objectType": "Activity", "id": HOME_PAGE,
                              "definition": {"type": "http://id.tincanapi.com/activitytype/lms",
                                             "name": {"en": "The LMS"}}}],
            },
        },
        "timestamp": "2026-03-01T10:00:00.000Z",
    }  # fmt: skip
