"""HACP, the wire of AICC over HTTP: what a unit posts, and the text that answers it (AICC CMI001 4.0, chapter 6.4).

A unit posts ``command``, ``version``, ``session_id`` and ``aicc_data`` as a form, to the address that its launch gave
as ``AICC_URL``. The answer is always text: ``error=0`` or a number and its words, and for GetParam the groups of
``aicc_data``. What the unit says of itself in any group (student_id, course_id) is never read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

BODY_LIMIT: Final = 1024 * 1024
FIELDS_LIMIT: Final = 50
VERSION: Final = "4.0"
SUCCESSFUL: Final = 0
INVALID_COMMAND: Final = 1
INVALID_SESSION: Final = 3
TEXTS: Final = {
    SUCCESSFUL: "Successful",
    INVALID_COMMAND: "Invalid Command",
    INVALID_SESSION: "Invalid Session ID",
}
"""2, Invalid AU-password, is not used: a password in the descriptors is known to every learner."""

COMMANDS: Final = frozenset(
    {
        "getparam", "putparam", "exitau", "putinteractions", "putobjectives", "putcomments", "putpath",
        "putperformance",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class HacpRequest:
    """``command`` is in small letters; ``session`` is the AICC_SID, which alone says who acts."""

    command: str
    session: str
    text: str = ""


def read_request(body: bytes) -> HacpRequest:
    """Whatever the content type says: many units give none, or text/plain. What is no form has no command."""
    fields: dict[str, str] = {}
    for part in body.split(b"&", FIELDS_LIMIT)[:FIELDS_LIMIT]:
        name, _, value = part.partition(b"=")
        fields.setdefault(_decoded(name).strip().lower(), _decoded(value))
    return HacpRequest(
        command=fields.get("command", "").strip().lower(),
        session=fields.get("session_id", "").strip(),
        text=fields.get("aicc_data", "").replace("\r\n", "\n").replace("\r", "\n"),
    )


def _decoded(part: bytes) -> str:
    """Percent-encoded UTF-8, or what older units wrote: Windows-1252. NUL has no place in any element."""
    plain = unquote_to_bytes(part.replace(b"+", b" "))
    try:
        text = plain.decode("utf-8")
    except UnicodeDecodeError:
        text = plain.decode("cp1252", "replace")
    return text.replace("\0", "")


def answer(error: int = SUCCESSFUL, *, text: str = "") -> str:
    lines = [f"error={error}", f"error_text={TEXTS[error]}", f"version={VERSION}"]
    if text:
        lines.append(f"aicc_data={text}")
    return "\n".join([*lines, ""]).replace("\n", "\r\n")
