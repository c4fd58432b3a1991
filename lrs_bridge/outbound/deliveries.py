"""One outgoing call: to one host, with an end, and with what its answer means for the sender."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests

TIMEOUT = (3.05, 20)
LARGEST_ANSWER = 16 * 1024 * 1024
SHOWN = 300
# not the statement's fault: the credential, the address, the load or the server may be set right
COMES_BACK = frozenset({401, 403, 404, 405, 407, 408, 421, 423, 425, 429})


class Postponed(Exception):
    """The other side cannot take anything now; ``seconds`` is how long it asks us to wait."""

    def __init__(self, reason: str, seconds: float = 0.0, status: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.seconds = seconds
        self.status = status


class Declined(Exception):
    """The other side will not take this, however often it is sent."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


def call(method: str, url: str, **options: Any) -> Answer:
    """The answer of a 2xx; raises Postponed or Declined. A redirect is not followed: it is told instead."""
    try:
        with requests.request(method, url, timeout=TIMEOUT, stream=True, allow_redirects=False, **options) as response:
            body = response.raw.read(LARGEST_ANSWER + 1, decode_content=True)
    except (requests.RequestException, OSError) as error:
        raise Postponed(f"{host_of(url)} does not answer: {told_cause(error)}") from error
    if len(body) > LARGEST_ANSWER:
        raise Postponed(f"{host_of(url)} answers with more than {LARGEST_ANSWER // 1024**2} MiB")
    return _judged(Answer(response.status_code, response.headers, body), url)


def _judged(answer: Answer, url: str) -> Answer:
    if 200 <= answer.status < 300:
        return answer
    said = answer.body[:SHOWN].decode(errors="replace").strip()
    words = f"{host_of(url)} answers {answer.status}" + (f": {said}" if said else "")
    if 300 <= answer.status < 400:
        raise Postponed(f"{words.partition(':')[0]}, a redirect to {answer.headers.get('Location', 'nowhere')}")
    if answer.status in COMES_BACK or answer.status >= 500:
        seconds = retry_after(answer.headers.get("Retry-After", ""), datetime.now(UTC))
        raise Postponed(words, seconds, answer.status)
    raise Declined(answer.status, words)


def retry_after(header: str, at: datetime) -> float:
    """Seconds of a Retry-After (RFC 9110 10.2.3), which is a number or a date; 0 for what is neither."""
    if header.strip().isdigit():
        return float(header)
    try:
        return max(0.0, (parsedate_to_datetime(header).astimezone(UTC) - at).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return 0.0


def host_of(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def told_cause(error: Exception) -> str:
    """The innermost cause: what wraps it repeats the whole address."""
    cause: BaseException = error
    while cause.__cause__ or cause.__context__:
        cause = cause.__cause__ or cause.__context__  # type: ignore[assignment]
    return str(cause)[:SHOWN] or type(cause).__name__
