"""Files of evidence: what is read of them in each format, and the words for what is wrong."""

from __future__ import annotations

import io
import json
from datetime import date, time
from typing import Any

import pytest
import xlsxwriter

from lrs_bridge.domain.evidence import EvidenceKind
from lrs_bridge.domain.facts import Outcome
from lrs_bridge.domain.verdicts import Graded
from lrs_bridge.errors import RosterRefused
from lrs_bridge.roster.evidence import EvidenceEntry, evidence_of_cells, problems_of_evidence, read_evidence

M1 = "https://learn.example.com/m1"
ROW = {"employee_id": "000123", "kind": "workshop", "activity": M1, "date": "2026-03-02", "outcome": "completed"}
ASSESSED = ROW | {"kind": "assessment", "assessor": "000068", "outcome": ""}
WHOLE = EvidenceEntry(
    "000123", EvidenceKind.ASSESSMENT, M1, date(2026, 3, 2), "First call", time(14, 30), Outcome.PASSED, 0.8,
    (Graded("greeting", 0.8), Graded("law", 0.8)), "000068", "Training Ltd", "N-1", date(2027, 3, 1), "Leeds", 90,
    "calm", "HR-7",
)  # fmt: skip
WHOLE_CELLS: dict[str, Any] = {
    "employee_id": "000123", "kind": "Assessment", "activity": M1, "title": "First call", "date": "2026-03-02",
    "time": "14:30", "outcome": "passed", "score": "80%", "criteria": "greeting=0.8; law=4/5", "assessor": "000068",
    "issuer": "Training Ltd", "certificate_number": "N-1", "valid_until": "2027-03-01", "location": "Leeds",
    "duration_minutes": "90", "note": "calm", "external_id": "HR-7",
}  # fmt: skip


def as_csv(*rows: dict[str, Any]) -> bytes:
    lines = [
        ",".join(rows[0]),
        *(",".join(f'"{str(cell).replace(chr(34), chr(34) * 2)}"' for cell in row.values()) for row in rows),
    ]
    return "\n".join(lines).encode()


def as_xlsx(row: dict[str, Any]) -> bytes:
    body = io.BytesIO()
    with xlsxwriter.Workbook(body) as book:
        sheet = book.add_worksheet("Evidence")
        sheet.write_row(0, 0, list(row))
        for column, value in enumerate(row.values()):
            if isinstance(value, float | int):
                sheet.write_number(1, column, value)
            else:
                sheet.write_string(1, column, value)
    return body.getvalue()


FILES = [
    ("csv", as_csv(WHOLE_CELLS)),
    ("xlsx", as_xlsx(WHOLE_CELLS | {"score": 0.8, "duration_minutes": 90})),
    ("json", json.dumps([WHOLE_CELLS | {"score": 0.8, "duration_minutes": 90,
                                        "criteria": {"greeting": 0.8, "law": {"grade": "4/5"}}}]).encode()),
    ("json list", json.dumps([WHOLE_CELLS | {"criteria": [{"criterion": "greeting", "grade": 0.8},
                                                          {"criterion": "law", "grade": "80 %"}]}]).encode()),
]  # fmt: skip


@pytest.mark.parametrize(("name", "raw"), FILES, ids=[name for name, _ in FILES])
def test_every_format_says_the_same(name: str, raw: bytes) -> None:
    found = read_evidence(raw, source=f"evidence.{name}")
    assert [problem for problem in found.findings.problems() if problem.severity != "info"] == []
    assert found.entries == (WHOLE,)
    assert found.entries[0].digest == WHOLE.digest


# what a row has instead, the column that is named, and the words
BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"employee_id": ""}, "employee_id", "employee_id is empty"),
    ({"employee_id": "1,23E+05"}, "employee_id", "turned into a rounded number"),
    ({"kind": "seminar"}, "kind", '"seminar" is not a kind of evidence'),
    ({"kind": ""}, "kind", "kind is empty"),
    ({"activity": "First call"}, "activity", '"First call" is not an absolute IRI'),
    ({"activity": ""}, "activity", "activity is empty"),
    ({"date": "02/03/2026"}, "date", "which part is the day cannot be known"),
    ({"date": "46083"}, "date", "is an Excel date number"),
    ({"date": "2026-02-30"}, "date", "not a day of the calendar"),
    ({"time": "25:00"}, "time", '"25:00" is not a time of day'),
    ({"time": "half past two"}, "time", "not a time of day"),
    ({"outcome": "done"}, "outcome", '"done" is not an outcome'),
    ({"outcome": "waived"}, "outcome", '"waived" is not an outcome'),
    ({"score": "80"}, "score", '"80" is not between 0 and 1'),
    ({"score": "4/0"}, "score", "is not between 0 and 1"),
    ({"score": "good"}, "score", '"good" is not a grade or score'),
    ({"valid_until": "2026-03-01"}, "valid_until", "valid until 2026-03-01, before it was given on 2026-03-02"),
    ({"valid_until": "soon"}, "valid_until", '"soon" is not a date as YYYY-MM-DD'),
    ({"duration_minutes": "1:30"}, "duration_minutes", "is not a number of minutes"),
    ({"duration_minutes": "0"}, "duration_minutes", "is not a number of minutes"),
    ({"criteria": "greeting=0.8"}, "criteria", "criteria are graded in an assessment, and this is a workshop"),
    ({"assessor": "000123"}, "assessor", "000123 assesses themselves"),
    (ASSESSED | {"assessor": ""}, "assessor", "assessor is empty"),
    (ASSESSED | {"criteria": "greeting"}, "criteria", "no pair of a criterion and its grade"),
    (ASSESSED | {"criteria": "greeting=8"}, "criteria", 'greeting: "8" is not between 0 and 1'),
    (ASSESSED | {"criteria": "a=0.5; A=0.6"}, "criteria", "A is graded twice"),
    (ASSESSED | {"criteria": "{a: 1}"}, "criteria", "begin like JSON and are none"),
    (ASSESSED | {"criteria": '{"a": 1, "a": 0}'}, "criteria", "a is graded twice"),
    (ASSESSED | {"criteria": '{"a": {"weight": 2}}'}, "criteria", "a has no grade"),
    (ASSESSED | {"criteria": '{"a": {"grade": 1, "weight": 0}}'}, "criteria", "a: the weight is 0"),
    (ASSESSED | {"criteria": '{"a": {"grade": 1, "level": 0}}'}, "criteria", "a: level is not known here"),
    (ASSESSED | {"criteria": '{"a": {"grade": 1, "required": 50}}'}, "criteria", "a: required: 50 is not between"),
    (ASSESSED | {"criteria": '{"a": NaN}'}, "criteria", "a: grade: nan is not between 0 and 1"),
    (ASSESSED | {"criteria": '{"a": true}'}, "criteria", "a: grade: true is not a grade"),
    (ASSESSED | {"criteria": '[{"grade": 1}]'}, "criteria", "names no criterion"),
    (ASSESSED | {"criteria": "[1]"}, "criteria", "names no criterion"),
]


@pytest.mark.parametrize(("instead", "column", "words"), BAD, ids=[words for _, _, words in BAD])
def test_bad_cells(instead: dict[str, Any], column: str, words: str) -> None:
    row = ROW | dict.fromkeys(("time", "score", "valid_until", "duration_minutes", "criteria", "assessor"), "")
    with pytest.raises(RosterRefused) as caught:
        problems_of_evidence(as_csv(row | instead), "evidence.csv")
    (problem,) = caught.value.problems
    assert problem.place == f"evidence.csv:2:{column}"
    assert words in problem.reason
    assert problem.remedy or column == "date"


def test_every_fault_is_told_at_once() -> None:
    raw = as_csv(ROW | {"kind": "x", "date": "y"}, ROW, ROW | {"activity": "z", "outcome": "w"})
    with pytest.raises(RosterRefused, match="has 4 faults; nothing of it was applied") as caught:
        problems_of_evidence(raw, "evidence.csv")
    places = [problem.place.removeprefix("evidence.csv:") for problem in caught.value.problems]
    assert places == ["2:kind", "2:date", "4:outcome", "4:activity"]


def test_a_missing_column_is_named() -> None:
    with pytest.raises(RosterRefused) as caught:
        read_evidence(b"employee_id,kind,activity,day\n1,workshop,https://x.org,2026-03-02\n", source="e.csv")
    assert "the required column date is missing; found: employee_id, kind, activity, day" in str(
        caught.value.problems[0]
    )


def test_repeats_and_contradictions() -> None:
    rows = read_evidence(as_csv(ROW, ROW), source="e.csv")
    assert len(rows.entries) == 1
    assert "repeats an earlier one" in rows.findings.problems()[0].reason
    for instead, column in (({"outcome": "failed"}, "employee_id"), ({"external_id": "7"}, "external_id")):
        same = {"external_id": ""} | ({"external_id": "7"} if column == "external_id" else {})
        raw = as_csv(ROW | same, ROW | same | instead | ({"outcome": "failed"}))
        with pytest.raises(RosterRefused) as caught:
            problems_of_evidence(raw, "e.csv")
        assert [problem.place for problem in caught.value.problems] == [f"e.csv:3:{column}"]
        assert "e.csv:2" in caught.value.problems[0].reason


def test_two_on_one_day_are_told_apart_by_their_external_ids() -> None:
    rows = read_evidence(as_csv(ROW | {"external_id": "1"}, ROW | {"external_id": "2"}), source="e.csv")
    assert [entry.external_id for entry in rows.entries] == ["1", "2"]
    assert len({entry.key for entry in rows.entries}) == 2


def test_a_certificate_is_named_as_requirements_name_it_and_was_passed() -> None:
    rows = evidence_of_cells(ROW | {"kind": "certificate", "activity": "ISO 27001 Lead", "outcome": ""})
    rows.findings.refuse_errors()
    assert rows.entries[0].activity == "urn:lrs-bridge:certificate:ISO%2027001%20Lead"
    assert rows.entries[0].outcome is Outcome.PASSED


def test_one_record_without_a_file_has_columns_for_places() -> None:
    with pytest.raises(RosterRefused) as caught:
        evidence_of_cells({"employee_id": "1"}).findings.refuse_errors()
    assert {problem.place for problem in caught.value.problems} == {"kind", "activity", "date"}
