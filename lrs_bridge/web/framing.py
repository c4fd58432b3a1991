"""Who may show a page of the content origin inside a frame."""

from __future__ import annotations

from urllib.parse import urlsplit

from lrs_bridge.web.access import bridge


def who_may_frame() -> str:
    """The registered LMS, and nobody else: for ``frame-ancestors``."""
    origins = {f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, bridge().settings.lms_home_pages)}
    return " ".join(["'self'", *sorted(origins)])
