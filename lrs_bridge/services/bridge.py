"""What is open while the bridge runs: settings, database, group commit, content files, the manifest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lrs_bridge.manifest import Manifest, default_manifest_path, load_manifest
from lrs_bridge.outbound.jwks import KeySource
from lrs_bridge.services.metrics import Meters
from lrs_bridge.services.recent import Recent
from lrs_bridge.settings import Settings
from lrs_bridge.storage.activities import Remembered
from lrs_bridge.storage.content import ContentStore
from lrs_bridge.storage.database import Database
from lrs_bridge.storage.group_commit import GroupCommit

if TYPE_CHECKING:
    from lrs_bridge.services.credentials import Credential

RECENT_SECONDS = 1.0
"""How long a credential that was found good is taken at its word; a revocation holds everywhere after that."""


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

    @classmethod
    def open(cls, settings: Settings) -> Bridge:
        """Check the manifest, open the database and bring its schema up to date."""
        manifest = load_manifest(settings.manifest or default_manifest_path())
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
