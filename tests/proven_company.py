"""The small company with a course that somebody did in a launch of ours: all kinds of proof that a pack can hold."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zipfile import ZipFile

from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.evidence_packs import PackQuery, write_pack
from lrs_bridge.services.import_requirements import import_requirements
from lrs_bridge.services.install_package import InstalledPackage, install_package
from lrs_bridge.services.readers import OPERATOR, Reader, create_reader
from tests.callers import Caller
from tests.packages import package
from tests.training_company import Company, opened_company

CONTENT = "http://127.0.0.1:5000"
PASS = {"cmi.core.lesson_status": "passed", "cmi.core.score.raw": "90"}
COURSE = """
[[requirement]]
id = "course"
title = "The <b>course</b>"
[[requirement.module]]
package = "M1"
title = "The module"
mastery = 0.8
"""


@dataclass(frozen=True)
class Proven:
    """``launch`` is what the LMS was told when 011 began."""

    company: Company
    package: InstalledPackage
    launch: dict[str, Any]

    @property
    def bridge(self) -> Bridge:
        return self.company.bridge

    def pack(self, who: Reader = OPERATOR, **query: Any) -> bytes:
        body = io.BytesIO()
        write_pack(self.bridge, who, PackQuery(**query), body)
        return body.getvalue()


def files_of(pack: bytes) -> dict[str, bytes]:
    with ZipFile(io.BytesIO(pack)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def listing(pack: bytes, name: str) -> Any:
    return json.loads(files_of(pack)[f"{name}.json"])


def learn(company: Company, employee_id: str) -> dict[str, Any]:
    """A launch that is begun, passed and left, as the LMS, the browser and the course do it."""
    caller = Caller.of(company.app, "launches")
    made = caller.call("POST", "/launches", json={"package": "M1", "employee_id": employee_id}).get_json()
    browser = company.app.test_client()
    begun = browser.get(urlsplit(made["launch_url"]).path, base_url=CONTENT)
    token = urlsplit(begun.location).path.split("/")[2]
    for sequence, cmi in ((1, {}), (2, PASS)):
        body = {"launch": made["launch"], "sequence": sequence, "final": sequence == 2, "cmi": cmi}
        assert browser.post(f"/runtime/{token}/commit", base_url=CONTENT, json=body).status_code == 200
    return dict(made) | {"asked_by": f"credential {caller.key}"}


@contextmanager
def opened_proven(folder: Path, database_url: str = "") -> Iterator[Proven]:
    with opened_company(folder, database_url) as company:
        installed = install_package(company.bridge, package(folder, {}))
        import_requirements(company.bridge, COURSE.encode(), source="course.toml")
        company.readers["auditor"] = create_reader(company.bridge, "Auditor", role="auditor")
        company.readers["admin"] = create_reader(company.bridge, "Admin", role="admin")
        yield Proven(company, installed, learn(company, "011"))
