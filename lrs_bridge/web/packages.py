"""/packages: install, check and list course packages (JSON)."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, request

from lrs_bridge.errors import RequestRefused
from lrs_bridge.services.install_package import InstalledPackage, install_package, list_packages, remove_package
from lrs_bridge.web.access import basic_credential, bridge

bp = Blueprint("packages", __name__)
LARGEST_PACKAGE = 2 * 1024**3
# what a package may be sent as without a form, and what it is called then; bare XML is a course structure of cmi5
BODIES = {
    "application/zip": "package.zip",
    "application/x-zip-compressed": "package.zip",
    "application/xml": "cmi5.xml",
    "text/xml": "cmi5.xml",
}


@bp.get("")
def get_packages() -> Response:
    basic_credential().require("packages", "launches")
    return jsonify({"packages": [package_as_plain(package) for package in list_packages(bridge())]})


@bp.post("")
def post_package() -> tuple[Response, int]:
    """A package as the form field ``file``, or as the body: 201 when it is new, 200 when the same bytes are here."""
    basic_credential().require("packages")
    request.max_content_length = LARGEST_PACKAGE
    with TemporaryDirectory(prefix="lrs-bridge-") as folder:
        path = Path(folder) / "package"
        file_name = _received(path)
        installed = install_package(bridge(), path, file_name=file_name)
    return jsonify(package_as_plain(installed)), 201 if installed.is_new else 200


def _received(path: Path) -> str:
    """Keep what was sent at ``path``; returns the name that it came with."""
    upload = request.files.get("file")
    if upload is not None:
        upload.save(path)
        return upload.filename or "package.zip"
    if request.mimetype not in BODIES:
        remedy = "Send it as the form field `file` (multipart/form-data), or as a body of type application/zip"
        raise RequestRefused("No package came", remedy=remedy)
    with path.open("wb") as target:
        copyfileobj(request.stream, target)
    return BODIES[request.mimetype]


@bp.delete("/<uuid:package_id>")
def delete_package(package_id: UUID) -> Response:
    basic_credential().require("packages")
    remove_package(bridge(), package_id)
    return Response(status=204)


def package_as_plain(package: InstalledPackage) -> dict[str, Any]:
    return {
        "id": str(package.id),
        "identifier": package.identifier,
        "title": package.title,
        "version": package.version,
        "standard": package.standard,
        "file_name": package.file_name,
        "sha256": package.sha256,
        "installed": package.installed.isoformat(),
        "units": [asdict(unit) | {"id": str(unit.id)} for unit in package.units],
        "problems": [problem.as_dict() for problem in package.problems],
    }
