"""One file from HR to a table: its format is recognised by its content, never by its name."""

from __future__ import annotations

from lrs_bridge.roster.csv_files import read_csv
from lrs_bridge.roster.json_files import is_json, read_json
from lrs_bridge.roster.sheets import Findings, Layout, RawTable, Sheet, sheet_of
from lrs_bridge.roster.xlsx_files import is_zip, read_xlsx


def read_table(raw: bytes, *, layout: Layout, findings: Findings) -> RawTable:
    """RosterRefused when no row of it can be read."""
    if is_zip(raw):
        return read_xlsx(raw, layout=layout, findings=findings)
    if is_json(raw):
        return read_json(raw, layout=layout, findings=findings)
    return read_csv(raw, layout=layout, findings=findings)


def read_sheet(raw: bytes, *, layout: Layout, findings: Findings) -> Sheet:
    """The table with its header matched; RosterRefused when a required column lacks."""
    return sheet_of(read_table(raw, layout=layout, findings=findings), layout, findings)
