"""multipart/mixed in and out: attachments stream through, however large they are (xAPI Communication 1.5.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from uuid import uuid4

from flask import Response, request

from lrs_bridge.storage.attachments import KeptAttachment, attachment_store
from lrs_bridge.web.access import bridge
from lrs_bridge.xapi.attachments import HASH
from lrs_bridge.xapi.multipart import Multipart

MULTIPART_MIXED = "multipart/mixed"
LARGEST_MULTIPART = 16 * 1024**3
CHUNK = 256 * 1024


def request_parts() -> Multipart:
    """The parts of this request's body; nothing of it is read yet."""
    request.max_content_length = LARGEST_MULTIPART
    return Multipart(request.stream.read, request.mimetype_params.get("boundary", ""))


def multipart_answer(statements: str, attachments: Iterable[KeptAttachment]) -> Response:
    """The statements, then each content that is held."""
    boundary = uuid4().hex
    store = attachment_store(bridge().settings.data_dir)
    files = [(item, path) for item in attachments if (path := store.path(item.digest)).is_file()]
    first = _head(boundary, {"Content-Type": "application/json"}) + statements.encode()
    heads = [_attachment_head(boundary, item) for item, _ in files]
    end = f"\r\n--{boundary}--\r\n".encode()
    response = Response(
        _pieces(first, zip(heads, (path for _, path in files), strict=True), end),
        content_type=f"{MULTIPART_MIXED}; boundary={boundary}",
    )
    response.content_length = len(first) + sum(map(len, heads)) + sum(item.size for item, _ in files) + len(end)
    return response


def _attachment_head(boundary: str, attachment: KeptAttachment) -> bytes:
    headers = {
        "Content-Type": attachment.content_type,
        "Content-Transfer-Encoding": "binary",
        HASH: attachment.sha2,
    }
    return b"\r\n" + _head(boundary, headers)


def _head(boundary: str, headers: dict[str, str]) -> bytes:
    lines = [f"--{boundary}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _pieces(first: bytes, files: Iterable[tuple[bytes, Path]], end: bytes) -> Iterator[bytes]:
    yield first
    for head, path in files:
        yield head
        with path.open("rb") as content:
            while chunk := content.read(CHUNK):
                yield chunk
    yield end
