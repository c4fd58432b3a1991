"""The certificate that a web address answers with."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime

TIMEOUT_SECONDS = 5.0


def certificate_end(host: str, port: int) -> datetime:
    """Until when the certificate holds. Raises ssl.SSLError when it does not convince, OSError when nobody answers."""
    context = ssl.create_default_context()
    with (
        socket.create_connection((host, port), timeout=TIMEOUT_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        certificate = secured.getpeercert() or {}
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
