"""Another LRS as its client: statements posted in batches, read page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit
from uuid import UUID, uuid4

import orjson

from lrs_bridge.outbound.deliveries import Answer, Declined, Postponed, call

VERSION = "X-Experience-API-Version"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A content to send along, by the ``sha2`` that its statements name."""

    sha2: str
    content_type: str
    path: Path


@dataclass(frozen=True, slots=True)
class RemoteLrs:
    """``endpoint`` is the address below which ``statements`` lies."""

    endpoint: str
    key: str
    secret: str
    version: str = "1.0.3"

    def post(self, raws: Sequence[str], attachments: Sequence[Attachment] = ()) -> None:
        """Store statements that have ids: to do it twice does no harm. Raises Postponed or Declined."""
        body = f"[{','.join(raws)}]".encode()
        kind = "application/json"
        if attachments:
            boundary = uuid4().hex
            kind, body = f'multipart/mixed; boundary="{boundary}"', _multipart(body, attachments, boundary)
        self._call("POST", self._address(), data=body, headers={"Content-Type": kind})

    def statement(self, statement_id: UUID) -> dict[str, Any] | None:
        """The statement that the other side has under this id, or None."""
        query = urlencode({"statementId": str(statement_id)})
        try:
            answer = self._call("GET", f"{self._address()}?{query}")
        except Declined:
            return None
        except Postponed as error:
            if error.status == 404:
                return None
            raise
        found = _json(answer)
        return found if isinstance(found, dict) else None

    def page(self, more: str, params: Mapping[str, str]) -> tuple[list[Any], str]:
        """Statements, and the link to those that follow them or an empty one."""
        answer = self._call("GET", self._followed(more) if more else f"{self._address()}?{urlencode(params)}")
        result = _json(answer)
        statements = result.get("statements") if isinstance(result, dict) else None
        if not isinstance(statements, list):
            raise Postponed(f"{self.endpoint} answers with something that is no StatementResult")
        return statements, str(result.get("more") or "")

    def with_attachments(self, statement_id: UUID) -> Answer:
        """One statement as multipart/mixed, with what is attached to it."""
        query = urlencode({"statementId": str(statement_id), "attachments": "true"})
        return self._call("GET", f"{self._address()}?{query}")

    def _address(self) -> str:
        return self.endpoint.rstrip("/") + "/statements"

    def _followed(self, more: str) -> str:
        """Our key goes to the host that we were told of, and to no other."""
        address = urljoin(self._address(), more)
        ours, theirs = urlsplit(self.endpoint), urlsplit(address)
        if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
            raise Postponed(f"The more link leads to another host: {theirs.scheme}://{theirs.netloc}")
        return address

    def _call(self, method: str, address: str, **options: Any) -> Answer:
        headers = {VERSION: self.version} | options.pop("headers", {})
        auth = (self.key.encode(), self.secret.encode())
        return call(method, address, auth=auth, headers=headers, **options)


def _json(answer: Answer) -> Any:
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError as error:
        raise Postponed(f"The answer is no JSON: {error}") from error


def _multipart(statements: bytes, attachments: Sequence[Attachment], boundary: str) -> bytes:
    """xAPI Communication 1.5.2."""
    line = f"--{boundary}\r\n".encode()
    body = [line, b"Content-Type: application/json\r\n\r\n", statements, b"\r\n"]
    for attachment in attachments:
        head = (
            f"Content-Type: {attachment.content_type}\r\nContent-Transfer-Encoding: binary\r\n"
            f"X-Experience-API-Hash: {attachment.sha2}\r\n\r\n"
        )
        body += [line, head.encode(), attachment.path.read_bytes(), b"\r\n"]
    return b"".join([*body, f"--{boundary}--\r\n".encode()])
