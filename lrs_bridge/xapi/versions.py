"""The versions of xAPI that are spoken, and how the header of a request chooses one.

xAPI Communication 3.3, IEEE 9274.1.1 4.1.7:
- ``1.0`` and every ``1.0.x`` is answered as 1.0.3, ``2.0`` and every ``2.0.x`` as 2.0.0; ``2.1.0``, ``1.1.0``, a
  pre-release of 2.0.0 and no header at all are refused with 400. Each answer names the version that it speaks, always
  the latest patch. Only About takes any header or none.
- A statement keeps the version that it came with, and is answered to clients of both versions as it was stored: a
  client of 1.0.3 may meet contextAgents, and one of 2.0 a ``version`` of 1.0.0. Nothing is translated, for a statement
  that differs from what was sent is another statement (and its signature would no longer hold).

What else 2.0 asks of HTTP, and 1.0.3 does not:
- no alternate request syntax: ``?method=PUT`` is a parameter that nobody knows, so 400 (4.1.5);
- GET /statements: Last-Modified, the latest ``stored`` of what is answered (4.1.6.1); two statements with one id in a
  batch are 400, here in both versions;
- documents: State has concurrency control like the profiles, so a PUT over a document that is there needs If-Match or
  If-None-Match, else 409 with the advice to fetch and compare; If-Match counts on PUT, POST and DELETE, 412 when it
  fails (4.1.4); an ETag may be any tag; Last-Modified on each single document (4.1.6.2, .5, .6); POST merges only
  JSON objects into JSON objects, else 400;
- HEAD wherever there is GET (4.1); 429 for too many requests, 413 for too large (4.1.5); errors as JSON, HTML or text,
  by Accept (a recommendation).
"""

from __future__ import annotations

from collections.abc import Collection

from lrs_bridge.errors import Problem, RequestRefused
from lrs_bridge.xapi.lexical import is_version_1_0, is_version_2_0
from lrs_bridge.xapi.validation import STATEMENT_OF

HEADER = "X-Experience-API-Version"
SUPPORTED = tuple(STATEMENT_OF)
"""Latest patch of each, oldest first: whatever ``1.0.x`` or ``2.0.x`` a request names is answered as that."""

# Data 2.4.10: a 1.0.x statement without a version is 1.0.0; IEEE 9274.1.1 4.1.7: "always 2.0.0 for all 2.0.x"
STATEMENT_VERSION = {"1.0.3": "1.0.0", "2.0.0": "2.0.0"}


def version_of_request(header: str | None, *, spoken: Collection[str] = SUPPORTED) -> str:
    """The version of ``spoken`` that a request's header asks for, or RequestRefused."""
    asked = _supported(header.strip()) if header is not None else ""
    if asked in spoken:
        return asked
    reason = f"{header!r} is no version spoken here" if header is not None else "The request names no version of xAPI"
    named = " or ".join(version for version in SUPPORTED if version in spoken)
    problem = Problem(HEADER, reason, f"Send {HEADER}: {named}", "xAPI Communication 3.3; IEEE 9274.1.1 4.1.7")
    raise RequestRefused(reason, remedy=problem.remedy, problems=[problem])


def _supported(asked: str) -> str:
    if is_version_1_0(asked):
        return "1.0.3"
    return "2.0.0" if is_version_2_0(asked) else ""
