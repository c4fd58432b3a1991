"""Agents, Groups and Accounts (xAPI Data 2.4.2)."""

from __future__ import annotations

from typing import Any

from lrs_bridge.xapi.faults import OK, Check, Faults, fault, pointer, shown, under, wrong_type
from lrs_bridge.xapi.lexical import is_irl, is_mailto, is_sha1, is_uri
from lrs_bridge.xapi.shapes import formatted, list_of, object_of, text

AGENT = "xAPI Data 2.4.2.1"
GROUP = "xAPI Data 2.4.2.2"
IFI = "xAPI Data 2.4.2.3"
ACCOUNT = "xAPI Data 2.4.2.4"
AUTHORITY = "xAPI Data 2.4.9"

IFI_NAMES = ("mbox", "mbox_sha1sum", "openid", "account")

account = object_of(
    "an account",
    ACCOUNT,
    {"homePage": formatted(is_irl, "an IRL with a scheme", ACCOUNT), "name": text},
    required=("homePage", "name"),
)
_IDENTIFIERS: dict[str, Check] = {
    "mbox": formatted(is_mailto, "mailto: followed by one email address", IFI, "Write it as mailto:name@example.com"),
    "mbox_sha1sum": formatted(is_sha1, "a SHA-1 digest of 40 hexadecimal digits", IFI),
    "openid": formatted(is_uri, "a URI with a scheme", IFI),
    "account": account,
}


def _identifiers_in(actor: dict[str, Any]) -> list[str]:
    return [name for name in IFI_NAMES if name in actor]


def _identified_once(actor: dict[str, Any]) -> Faults:
    if ("mbox" in actor) + ("mbox_sha1sum" in actor) + ("openid" in actor) + ("account" in actor) == 1:
        return OK
    found = _identifiers_in(actor)
    if not found:
        return fault("an Agent must have one of " + ", ".join(IFI_NAMES), AGENT)
    reason = f"an Agent must have one identifier only, but has {', '.join(found)}"
    return fault(reason, AGENT, remedy="Keep the one that never changes")


def _fixed(name: str, clause: str) -> Check:
    return formatted(lambda value: value == name, repr(name), clause, "Upper and lower case matter")


agent = object_of(
    "an Agent", AGENT, {"objectType": _fixed("Agent", AGENT), "name": text, **_IDENTIFIERS}, rules=(_identified_once,)
)


def member(value: Any) -> Faults:
    """Data 2.4.2.2: a Group must not hold Groups."""
    if type(value) is dict and value.get("objectType") == "Group":
        return fault("a Group must not contain a Group", GROUP, remedy="List its Agents", place="/objectType")
    return agent(value)


members = list_of(member, "Agents", GROUP)


def _named_or_listed(value: dict[str, Any]) -> Faults:
    found = _identifiers_in(value)
    if len(found) > 1:
        return fault(f"a Group must have one identifier at most, but has {', '.join(found)}", GROUP)
    if not found and not value.get("member"):
        return fault("a Group without an identifier must list its members", GROUP, place="/member")
    return OK


group = object_of(
    "a Group",
    GROUP,
    {"objectType": _fixed("Group", GROUP), "name": text, "member": members, **_IDENTIFIERS},
    required=("objectType",),
    rules=(_named_or_listed,),
)


def agent_or_group(value: Any) -> Faults:
    """An Agent, unless ``objectType`` says Group."""
    if type(value) is not dict:
        return wrong_type(value, "an object: an Agent or a Group", "xAPI Data 2.4.2")
    kind = value.get("objectType", "Agent")
    if kind == "Agent":
        if "member" in value and "objectType" not in value:
            reason = "only a Group has members, and an actor without objectType is an Agent"
            return fault(reason, GROUP, remedy="Add objectType: Group", place="/objectType")
        return agent(value)
    if kind == "Group":
        return group(value)
    if type(kind) is not str:
        return under("/objectType", wrong_type(kind, "Agent or Group", "xAPI Data 2.4.2"))
    return fault(f"must be Agent or Group, but is {shown(kind)}", "xAPI Data 2.4.2", place="/objectType")


def authority(value: Any) -> Faults:
    """An Agent, or, of three-legged OAuth, a Group without identifier of an application and a user (Data 2.4.9)."""
    faults = agent_or_group(value)
    if faults or value.get("objectType") != "Group":
        return faults
    if found := _identifiers_in(value):
        return fault("a Group as authority must not have an identifier", AUTHORITY, place=pointer(found[0]))
    if len(value["member"]) != 2:
        reason = f"a Group as authority must have two members, an application and a user, not {len(value['member'])}"
        return fault(reason, AUTHORITY, place="/member")
    if not any("account" in one for one in value["member"]):
        reason = "one member must be the application, which is identified by account"
        return fault(reason, AUTHORITY, place="/member")
    return OK


def filter_actor(value: Any) -> Faults:
    """What a query may ask for: an Agent or an identified Group (xAPI Communication 2.1.3)."""
    faults = agent_or_group(value)
    if faults or _identifiers_in(value):
        return faults
    return fault("a Group without an identifier cannot be asked for", "xAPI Communication 2.1.3")
