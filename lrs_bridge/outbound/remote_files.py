"""One file from a web address: over TLS that convinces, only if it is another than before, and not without end."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit

import requests

from lrs_bridge.outbound.deliveries import TIMEOUT, Postponed, host_of, retry_after, told_cause

LARGEST_FILE = 64 * 1024 * 1024
MOST_REDIRECTS = 3
REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """``body`` is None where the other side says that nothing has changed since ``etag``."""

    body: bytes | None
    etag: str


def fetch(url: str, *, secret: str = "", etag: str = "") -> RemoteFile:
    """The file; raises Postponed with why it cannot be had now.

    ``secret`` is ``user:password`` for HTTP Basic, or a bearer token. It goes to the host of ``url`` and no other.
    """
    address = url
    for _ in range(MOST_REDIRECTS + 1):
        answer = _get(address, secret if _origin(address) == _origin(url) else "", etag)
        if isinstance(answer, RemoteFile):
            return answer
        address = _secured(address, answer)
    raise Postponed(f"{host_of(url)} redirects more than {MOST_REDIRECTS} times")


def _signed(secret: str) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
    """What proves who asks. Without a secret nothing does, not even a netrc file of this machine."""

    def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
        if secret:
            proof = f"Basic {b64encode(secret.encode()).decode()}" if ":" in secret else f"Bearer {secret}"
            request.headers["Authorization"] = proof
        return request

    return sign


def _get(url: str, secret: str, etag: str) -> RemoteFile | str:
    """The file, or the address that the answer sends to."""
    headers = {"If-None-Match": etag} if etag else {}
    try:
        with requests.get(
            url, timeout=TIMEOUT, stream=True, allow_redirects=False, headers=headers, auth=_signed(secret)
        ) as answer:
            body = answer.raw.read(LARGEST_FILE + 1, decode_content=True) if answer.status_code == 200 else b""
    except (requests.RequestException, OSError) as error:
        raise Postponed(f"{host_of(url)} does not answer: {told_cause(error)}") from error
    if answer.status_code in REDIRECTS and (target := answer.headers.get("Location")):
        return str(target)
    if answer.status_code == 304:
        return RemoteFile(None, etag)
    if answer.status_code != 200:
        wish = retry_after(answer.headers.get("Retry-After", ""), datetime.now(UTC))
        raise Postponed(f"{host_of(url)} answers {answer.status_code}", wish, answer.status_code)
    if len(body) > LARGEST_FILE:
        raise Postponed(f"{host_of(url)} answers with more than {LARGEST_FILE // 1024**2} MiB")
    return RemoteFile(body, answer.headers.get("ETag", ""))


def _secured(address: str, target: str) -> str:
    """Where a redirect leads, which must be as secret as where it came from."""
    found = urljoin(address, target)
    if urlsplit(found).scheme != "https":
        raise Postponed(
            f"{host_of(address)} redirects to {urlsplit(found).scheme}://{host_of(found)}, which is not https"
        )
    return found


def _origin(url: str) -> tuple[str, str]:
    return urlsplit(url).scheme, urlsplit(url).netloc
