"""Webhooks: an address hears of the statements that it asked for, signed with a secret that we make."""

from __future__ import annotations

import secrets

from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.statement_filters import StatementFilter
from lrs_bridge.services.targets import add_target


def add_webhook(bridge: Bridge, name: str, url: str, wanted: StatementFilter, *, from_start: bool = False) -> str:
    """Returns the secret of its signatures, which is never shown again. From now on, unless asked otherwise."""
    secret = secrets.token_urlsafe(32)
    add_target(bridge, "webhook", name, url, secret=secret, wanted=wanted, from_now=not from_start)
    return secret
