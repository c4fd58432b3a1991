"""Webhooks: matching statements, signed so that the receiver can tell who sent them, and when."""

from __future__ import annotations

import hashlib
import hmac
import json

from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.forwarding import deliver_all
from lrs_bridge.services.record_statements import record_statements
from lrs_bridge.services.statement_filters import StatementFilter
from lrs_bridge.services.targets import dead_letters, list_targets
from lrs_bridge.services.webhooks import add_webhook
from lrs_bridge.storage.database import now
from tests.listeners import listening
from tests.statements import FAILED, PASSED, recorder, statement


def test_the_receiver_can_verify_what_it_gets(bridge: Bridge) -> None:
    record_statements(bridge, [statement()], by=recorder())
    with listening(lambda *_: (204, {}, b"")) as receiver:
        secret = add_webhook(bridge, "hr", f"{receiver.url}/hook", StatementFilter(verbs=(PASSED,)))
        wanted = statement()
        record_statements(bridge, [statement(FAILED), wanted], by=recorder())
        assert deliver_all(bridge, "webhook") == 1
    ((_, path, headers, body),) = receiver.seen
    told = json.loads(body)
    assert path == "/hook"
    assert [one["id"] for one in told["statements"]] == [wanted["id"]]
    assert told["delivery"] == headers["X-LRS-Bridge-Delivery"]
    signed = headers["X-LRS-Bridge-Timestamp"].encode() + b"." + body
    expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["X-LRS-Bridge-Signature"] == f"sha256={expected}"
    assert abs(int(headers["X-LRS-Bridge-Timestamp"]) - now().timestamp()) < 60


def test_failures_wait_and_refusals_are_dead_letters(bridge: Bridge) -> None:
    with listening(lambda *_: (503, {}, b"")) as receiver:
        add_webhook(bridge, "hr", receiver.url, StatementFilter())
        record_statements(bridge, [statement()], by=recorder())
        deliver_all(bridge, "webhook")
        assert list_targets(bridge, "webhook")[0].state == "failing"
        receiver.answer = lambda *_: (422, {}, b"no")
        target = list_targets(bridge, "webhook")[0]
        assert target.next_attempt is not None
        deliver_all(bridge, "webhook", at=target.next_attempt)
    (letter,) = dead_letters(bridge, "webhook", "hr")
    assert "answers 422: no" in letter.reason
    assert list_targets(bridge, "webhook")[0].lag_statements == 0


def test_a_repeat_has_the_same_delivery_id(bridge: Bridge) -> None:
    with listening(lambda *_: (503, {}, b"")) as receiver:
        add_webhook(bridge, "hr", receiver.url, StatementFilter())
        record_statements(bridge, [statement()], by=recorder())
        deliver_all(bridge, "webhook")
        target = list_targets(bridge, "webhook")[0]
        deliver_all(bridge, "webhook", at=target.next_attempt)
    first, second = [headers["X-LRS-Bridge-Delivery"] for _, _, headers, _ in receiver.seen]
    assert first == second
