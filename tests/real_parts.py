"""Installs the real parts that tests need: Chromium and PostgreSQL, as Debian packages where that can be done.

`python -m tests.real_parts` is part of `make test`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from lrs_bridge.demo.learner import browser_path


def postgresql_bin() -> Path | None:
    """The folder of initdb and postgres: Debian keeps one a version, newest last."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[4]))
    return folders[-1].parent if folders else None


def missing() -> dict[str, str]:
    """Debian package → what it is for, of what is not here."""
    wanted = {
        "chromium": ("the browser tests", browser_path()),
        "postgresql": ("the PostgreSQL tests", postgresql_bin()),
    }
    return {package: purpose for package, (purpose, found) in wanted.items() if found is None}


def main() -> int:
    lacking = missing()
    if not lacking:
        return 0
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        for package, purpose in lacking.items():
            print(f"{package} is missing, which {purpose} need. On Debian: sudo apt-get install {package}")
        return 1
    print(f"Installing {', '.join(lacking)} from Debian")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", *lacking]):
        subprocess.run(["apt-get", *command], check=True, env=environment, stdout=subprocess.DEVNULL)
    return 1 if missing() else 0


if __name__ == "__main__":
    sys.exit(main())
