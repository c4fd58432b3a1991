"""IRIs as course structures need them: whole ones, never references (cmi5 3.0)."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

# RFC 3987 2.2 leaves these out; a % only begins an escape, and brackets stand around an IPv6 address only
_PART = (
    r"(?:[^\x00-\x20\x7f-\x9f<>\"{}|\\^`%\[\]#\s\u200e\u200f\u202a-\u202e\ue000-\uf8ff\ufdd0-\ufdef\ufff0-\uffff"
    r"\U000e0000-\U000e0fff\U000f0000-\U0010ffff]|%[0-9A-Fa-f]{2})*+"
)
_IRI = re.compile(rf"[A-Za-z][A-Za-z0-9+.\-]*:(?://(?:\[[0-9A-Fa-f:.]+\])?)?{_PART}(?:#{_PART})?")
_URN = re.compile(r"urn:[A-Za-z0-9][A-Za-z0-9-]{1,31}:.", re.IGNORECASE)


def is_iri(text: str) -> bool:
    """Absolute, with a scheme; one of http and https names a host, a URN a namespace and a name."""
    if not _IRI.fullmatch(text) or text.endswith(":"):
        return False
    if text.lower().startswith("urn:"):
        return _URN.match(text) is not None
    return _is_sound(text, needs_host=text.lower().startswith(("http:", "https:")))


def _is_sound(text: str, *, needs_host: bool) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port  # looked at only when it is asked for
    except ValueError:  # half an IPv6 address, or a port that is no number
        return False
    return parts.netloc.count("@") <= 1 and (bool(parts.hostname) or not needs_host)
