"""Two of the captured team learned away from the LMS: one in a workshop, one was assessed by their leader."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta

from lrs_bridge.demo.population import employee_id_of
from lrs_bridge.demo.requirements import AML_PAGE, AML_QUIZ

LEADER_ACCOUNT = "67"
_GRADES = {
    "Knows whom to ask for what": {"grade": 0.9, "weight": 2, "required": 0.6},
    "Sees what is suspicious": {"grade": 0.8, "weight": 2, "required": 0.6},
    "Reports it in time": {"grade": 0.7, "required": 0.5},
}
_COLUMNS = ("employee_id", "kind", "activity", "title", "date", "outcome", "criteria", "assessor", "location",
            "duration_minutes", "note")  # fmt: skip


def evidence_csv(today: date) -> bytes:
    leader, day = employee_id_of(today, LEADER_ACCOUNT), today - timedelta(1)
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerow(
        {"employee_id": "EMP1019", "kind": "workshop", "activity": AML_PAGE, "title": "AML policy (read me)",
         "date": day, "outcome": "completed", "assessor": leader, "location": "Dublin", "duration_minutes": 90}
    )  # fmt: skip
    writer.writerow(
        {"employee_id": "EMP1013", "kind": "assessment", "activity": AML_QUIZ, "title": "AML final test", "date": day,
         "criteria": json.dumps(_GRADES), "assessor": leader, "note": "Two real cases, talked through after the test"}
    )  # fmt: skip
    return text.getvalue().encode()
