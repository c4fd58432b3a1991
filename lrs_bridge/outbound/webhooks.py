"""A web address that hears of statements: JSON, signed so that the receiver knows who sent it, and when."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from lrs_bridge.outbound.deliveries import call

SIGNATURE = "X-LRS-Bridge-Signature"
TIMESTAMP = "X-LRS-Bridge-Timestamp"
DELIVERY = "X-LRS-Bridge-Delivery"


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 over ``timestamp.body``: an old message cannot be sent again as a new one."""
    return "sha256=" + hmac.digest(secret.encode(), timestamp.encode() + b"." + body, "sha256").hex()


def post(url: str, secret: str, name: str, raws: Sequence[str], ids: Sequence[UUID], at: datetime) -> None:
    """Raises Postponed or Declined. The delivery's id follows from its statements: a repeat has the same."""
    delivery = UUID(bytes=hashlib.sha256("".join(i.hex for i in ids).encode()).digest()[:16])
    body = f'{{"webhook":"{name}","delivery":"{delivery}","statements":[{",".join(raws)}]}}'.encode()
    timestamp = str(int(at.timestamp()))
    headers = {
        "Content-Type": "application/json",
        TIMESTAMP: timestamp,
        SIGNATURE: signature(secret, timestamp, body),
        DELIVERY: str(delivery),
    }
    call("POST", url, data=body, headers=headers)
