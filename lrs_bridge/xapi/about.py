"""The body of the About resource (xAPI Communication 2.8, IEEE 9274.1.1 4.1.6.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def about(versions: Iterable[str], extensions: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Of each major version the latest patch, and beside 1.0.x also ``1.0.0``; extensions are keyed by IRIs."""
    named = dict.fromkeys(versions)
    if any(version.startswith("1.0.") for version in named):
        named = {"1.0.0": None, **named}
    body: dict[str, Any] = {"version": list(named)}
    return body | {"extensions": dict(extensions)} if extensions else body
