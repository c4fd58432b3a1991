"""Builds the sample course as a package of each standard: ``python -m scorm_packages.build``."""

from __future__ import annotations

import argparse
import sys
import zipfile
from pathlib import Path

from lrs_bridge.errors import PackageRefused
from scorm_packages import cmi5, scorm12, scorm2004, tincan
from scorm_packages.course_pages import course_files
from scorm_packages.course_source import read_course

STANDARDS = {"scorm12": scorm12, "scorm2004": scorm2004, "cmi5": cmi5, "xapi": tincan}
# The zip format starts in 1980. A fixed time and mode make the same source the same bytes.
FIXED_TIME = (1980, 1, 1, 0, 0, 0)


def build(output: Path, standard: str = "scorm12") -> Path:
    """Writes the zip of ``standard`` into the folder ``output`` and returns its path."""
    adaptor = STANDARDS[standard]
    course = read_course()
    files = course_files(course, adaptor.RECORDERS)
    files |= adaptor.descriptors(course, list(files))
    output.mkdir(parents=True, exist_ok=True)
    path = output / f"{course.id}-{standard}.zip"
    _write_zip(path, files)
    return path


def answers(module_id: str) -> dict[str, set[str]]:
    """Item id → the ids of its right options: what a test needs in order to pass."""
    for module in read_course().modules:
        if module.id == module_id:
            return {item.id: set(item.right) for item in module.items}
    raise KeyError(module_id)


def _write_zip(path: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, FIXED_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, on every system that builds
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, files[name])


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m scorm_packages.build", description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("build"), metavar="DIR", help="default: build")
    parser.add_argument("--standard", choices=sorted(STANDARDS), action="append", help="default: all of them")
    wanted = parser.parse_args(arguments)
    try:
        paths = [build(wanted.output, standard) for standard in wanted.standard or STANDARDS]
    except PackageRefused as error:
        sys.stderr.write("\n".join([f"{error.reason}:", *map(str, error.problems)]) + "\n")
        return 1
    sys.stdout.write("".join(f"{path}\n" for path in paths))
    return 0


if __name__ == "__main__":
    sys.exit(main())
