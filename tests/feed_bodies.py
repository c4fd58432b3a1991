"""What a body of the feed says, whatever its format: opened by other programs than wrote it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

from lxml import etree
from pyarrow import parquet
from python_calamine import CalamineWorkbook
from werkzeug.test import TestResponse

from tests.training_company import Company

Rows = list[dict[str, Any]]


def ask(company: Company, extension: str, name: str = "hr", *, etag: str = "", **params: Any) -> TestResponse:
    headers = {"Authorization": f"Bearer {company.readers[name][1]}"} | ({"If-None-Match": etag} if etag else {})
    path = f"/feeds/compliance.{extension}"
    return company.app.test_client().get(path, headers=headers, query_string=params or None)


def _of_json(raw: bytes) -> Rows:
    rows: Rows = json.loads(raw)["rows"]
    return rows


def _of_csv(raw: bytes) -> Rows:
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))


def _of_xlsx(raw: bytes) -> Rows:
    book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
    sheets = [book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names[1:]]
    return [dict(zip(sheet[0], line, strict=True)) for sheet in sheets for line in sheet[1:]]


def _of_parquet(raw: bytes) -> Rows:
    rows: Rows = parquet.read_table(io.BytesIO(raw)).to_pylist()
    return rows


def _of_atom(raw: bytes) -> Rows:
    summaries = etree.fromstring(raw).iter("{http://www.w3.org/2005/Atom}summary")
    return [{"employee_id": (summary.text or "").split()[0], "text": summary.text} for summary in summaries]


def _of_calendar(raw: bytes) -> Rows:
    text = raw.decode().replace("\r\n ", "")
    return [{"text": line} for line in text.split("\r\n") if line.startswith(("SUMMARY:", "DESCRIPTION:"))]


OPEN: dict[str, Callable[[bytes], Rows]] = {
    "json": _of_json,
    "csv": _of_csv,
    "xlsx": _of_xlsx,
    "parquet": _of_parquet,
    "atom": _of_atom,
    "ics": _of_calendar,
}
RELATION = ("json", "csv", "xlsx", "parquet")
"""The formats that hold every row with every column."""


def rows(company: Company, extension: str, name: str = "hr", **params: Any) -> Rows:
    answer = ask(company, extension, name, **params)
    assert answer.status_code == 200, answer.text
    return OPEN[extension](answer.data)


def keys(found: Rows) -> set[tuple[str, str]]:
    return {(row["employee_id"], row["requirement"]) for row in found}
