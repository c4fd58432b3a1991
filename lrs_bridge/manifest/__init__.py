"""plugin_manifest.xml: read, checked against our schemas and against what this version can serve, and served."""

from __future__ import annotations

from lrs_bridge.manifest.model import BUILT, Built, Endpoint, Feed, Lti, LtiMessage, Manifest, Packages, Page, Xapi
from lrs_bridge.manifest.reading import default_manifest_path, load_manifest
from lrs_bridge.manifest.serving import served

__all__ = [
    "BUILT",
    "Built",
    "Endpoint",
    "Feed",
    "Lti",
    "LtiMessage",
    "Manifest",
    "Packages",
    "Page",
    "Xapi",
    "default_manifest_path",
    "load_manifest",
    "served",
]
