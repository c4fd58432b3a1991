"""multipart/mixed bodies for tests."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

BOUNDARY = "a-boundary"
MIXED = {"X-Experience-API-Version": "1.0.3", "Content-Type": f"multipart/mixed; boundary={BOUNDARY}"}
TEXT = "text/plain"
USAGE = "https://example.com/usage/essay"


def attachment(content: bytes, *, algorithm: str = "sha256", **more: Any) -> dict[str, Any]:
    """What a statement says of a content."""
    return {
        "usageType": USAGE,
        "display": {"en": "An essay"},
        "contentType": TEXT,
        "length": len(content),
        "sha2": hashlib.new(algorithm, content).hexdigest(),
    } | more


def part(content: bytes, **headers: str | None) -> bytes:
    """A part with the headers that it must have, but for those given as None."""
    given = {
        "Content-Type": TEXT,
        "Content-Transfer-Encoding": "binary",
        "X-Experience-API-Hash": hashlib.sha256(content).hexdigest(),
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in given.items() if value is not None]
    return "\r\n".join([*lines, "", ""]).encode() + content


def statements_part(statements: Any, content_type: str = "application/json") -> bytes:
    return f"Content-Type: {content_type}\r\n\r\n".encode() + orjson.dumps(statements)


def multipart(*parts: bytes, boundary: str = BOUNDARY) -> bytes:
    opening = f"--{boundary}\r\n".encode()
    return b"".join(opening + each + b"\r\n" for each in parts) + f"--{boundary}--\r\n".encode()
