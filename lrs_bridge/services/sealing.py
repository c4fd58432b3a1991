"""Secrets that others gave us: they must be used again, so they are encrypted, not digested."""

from __future__ import annotations

import hmac

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from lrs_bridge.errors import SettingInvalid
from lrs_bridge.services.bridge import Bridge

PURPOSE = b"lrs-bridge secrets of others"


def seal(bridge: Bridge, secret: str) -> str:
    """AES-256-GCM, as a compact JWE (RFC 7516)."""
    return jwe.encrypt_compact({"alg": "dir", "enc": "A256GCM"}, secret.encode(), _key(bridge))


def unseal(bridge: Bridge, sealed: str) -> str:
    try:
        plain = jwe.decrypt_compact(sealed, _key(bridge)).plaintext
    except (JoseError, ValueError) as error:
        raise SettingInvalid(
            "A stored secret cannot be decrypted: LRS_BRIDGE_SECRET_KEY is not the one that it was encrypted with",
            remedy="Set the old key again, or remove the target or source and add it anew",
        ) from error
    return (plain or b"").decode()


def _key(bridge: Bridge) -> OctKey:
    return OctKey.import_key(hmac.digest(bridge.signing_key.encode(), PURPOSE, "sha256"))
