"""/packages: install, check and list course packages (JSON)."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, request

from lrs_bridge.errors import RequestRefused
from lrs_bridge.services.install_package import InstalledPackage, install_package, list_packages, remove_package
from lrs_bridge.web.access import basic_credential, bridge

bp = Blueprint("packages", __name__)
LARGEST_PACKAGE = 2 * 1024**3


@bp.get("")
def get_packages() -> Response:
    basic_credential().require("packages", "launches")
    return jsonify({"packages": [package_as_plain(package) for package in list_packages(bridge())]})


@bp.post("")
def post_package() -> tuple[Response, int]:
    """A zip as the form field ``file``: 201 when it is new, 200 when the same bytes are installed already."""
    basic_credential().require("packages")
    request.max_content_length = LARGEST_PACKAGE
    upload = request.files.get("file")
    if upload is None:
        raise RequestRefused("No package came", remedy="Send the zip as the form field `file` (multipart/form-data)")
    with TemporaryDirectory(prefix="lrs-bridge-") as folder:
        path = Path(folder) / "package.zip"
        upload.save(path)
        installed = install_package(bridge(), path, file_name=upload.filename or "package.zip")
    return jsonify(package_as_plain(installed)), 201 if installed.is_new else 200


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
