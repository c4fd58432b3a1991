"""What is open while the bridge runs: settings, database, group commit, content files, the manifest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lrs_bridge.errors import Problem, SettingInvalid
from lrs_bridge.manifest import Manifest, default_manifest_path, load_manifest
from lrs_bridge.outbound.jwks import KeySource
from lrs_bridge.services.metrics import Meters
from lrs_bridge.services.recent import Recent
from lrs_bridge.settings import PREFIX, Settings
from lrs_bridge.storage.activities import Remembered
from lrs_bridge.storage.content import ContentStore
from lrs_bridge.storage.database import Database
from lrs_bridge.storage.group_commit import GroupCommit

if TYPE_CHECKING:
    from lrs_bridge.roster.reporting_lines import ReportingLines
    from lrs_bridge.services.cmi5_courses import InstalledCourse
    from lrs_bridge.services.credentials import Credential

ANSWER_VERSION = PREFIX + "XAPI_ANSWER_VERSION"
RECENT_SECONDS = 1.0
"""How long a credential that was found good is taken at its word; a revocation holds everywhere after that."""
COURSE_SECONDS, COURSES_KEPT = 600.0, 16
"""An installed course of cmi5 never changes."""
LINES_SECONDS, LINES_KEPT = 600.0, 4
"""Reporting lines are kept under the stamp of what they were read from, so age only frees memory."""


@dataclass(frozen=True, slots=True)
class Bridge:
    """Every service takes this first. Open it once a process; ``close`` finishes what waits."""

    settings: Settings
    manifest: Manifest
    database: Database
    commits: GroupCommit
    content: ContentStore
    signing_key: str
    meters: Meters
    remembered: Remembered = field(default_factory=Remembered)
    issuer_keys: KeySource | None = None
    authenticated: Recent[Credential] = field(default_factory=lambda: Recent(RECENT_SECONDS))
    cmi5_courses: Recent[InstalledCourse] = field(default_factory=lambda: Recent(COURSE_SECONDS, most=COURSES_KEPT))
    organisations: Recent[ReportingLines] = field(default_factory=lambda: Recent(LINES_SECONDS, most=LINES_KEPT))

    @classmethod
    def open(cls, settings: Settings) -> Bridge:
        """Check the manifest, open the database and bring its schema up to date."""
        manifest = load_manifest(settings.manifest or default_manifest_path())
        check_answer_version(settings, manifest)
        database = Database(settings.database_url)
        database.migrate()
        meters = Meters()
        return cls(
            settings=settings,
            manifest=manifest,
            database=database,
            commits=GroupCommit(database, observe=meters.groups.observe),
            content=ContentStore(settings.data_dir / "content"),
            signing_key=settings.signing_key(),
            meters=meters,
            issuer_keys=KeySource(settings.oauth_jwks_url) if settings.oauth_jwks_url else None,
        )

    def close(self) -> None:
        self.commits.close()
        self.database.close()


def check_answer_version(settings: Settings, manifest: Manifest) -> None:
    """Raises SettingInvalid where XAPI_ANSWER_VERSION names a version that the manifest does not."""
    spoken = manifest.xapi.versions if manifest.xapi else ()
    if settings.xapi_answer_version in ("", *spoken):
        return
    problem = Problem(
        ANSWER_VERSION,
        f"is {settings.xapi_answer_version!r}, which the manifest does not declare",
        f"Write one of {', '.join(spoken)}, or leave it out" if spoken else "Leave it out: no xAPI is served",
    )
    raise SettingInvalid(str(problem), remedy=problem.remedy, problems=[problem])
