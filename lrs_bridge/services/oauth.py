"""OAuth 2.0 bearer tokens: the JWT of one configured issuer, verified by its published keys (RFC 6750, 9068).

Every request proves itself anew, but the proof of a token is remembered for a second, like that of a credential.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from hashlib import sha256
from time import time
from typing import Any, TypeGuard

from joserfc import jws, jwt
from joserfc.errors import JoseError

from lrs_bridge.domain.actors import ActorKey, digest_key
from lrs_bridge.errors import NotAuthenticated, Problem
from lrs_bridge.outbound.jwks import KeySource
from lrs_bridge.services.bridge import Bridge
from lrs_bridge.services.credentials import LRS_SCOPES, Credential
from lrs_bridge.settings import Settings
from lrs_bridge.storage.database import now

# public keys only: a secret that both sides share, or no signature at all, would let the public key itself sign
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
LEEWAY_SECONDS = 30
LONGEST_TOKEN = 16 * 1024
REMEDY = "Get a new token from the issuer"

# under which names issuers tell the application (RFC 9068 2.2, OpenID Connect Core 2, Okta, Entra ID)
APPLICATION_CLAIMS = ("client_id", "azp", "cid", "appid")
# and how they say that the application acts for itself, where ``sub`` does not (Auth0, Entra ID)
FOR_ITSELF = {"gty": "client-credentials", "idtyp": "app"}


def credential_of_token(bridge: Bridge, token: str) -> Credential:
    """Who a bearer token speaks for, and with which scopes; raises NotAuthenticated with every fault of the token."""
    if bridge.issuer_keys is None:
        raise NotAuthenticated(
            "This server takes no bearer tokens",
            remedy="Use a key and secret by HTTP Basic, or set LRS_BRIDGE_OAUTH_ISSUER, …_AUDIENCE and …_JWKS_URL",
        )
    digest = sha256(token.encode()).digest()
    known = bridge.authenticated.get(digest)
    if known is not None:
        return known
    claims = _verified(token, bridge.issuer_keys)
    if problems := list(_claim_problems(claims, bridge.settings, time())):
        raise NotAuthenticated("The bearer token is not good here", remedy=REMEDY, problems=problems)
    found = _credential(claims, bridge.settings.oauth_issuer)
    bridge.authenticated.keep(digest, found, at_most=claims["exp"] + LEEWAY_SECONDS - time())
    return found


def _verified(token: str, keys: KeySource) -> dict[str, Any]:
    """The claims of a token whose signature holds."""
    header = _header_of(token)
    algorithm, kid = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS:
        raise _refused("alg", f"is {algorithm!r}", f"Sign with one of {', '.join(ALGORITHMS)}")
    if kid is not None and not isinstance(kid, str):
        raise _refused("kid", "is not text", REMEDY)
    key = keys.key(kid)
    if key is None:
        wrong = f"names {kid!r}, which is none of the issuer's keys" if kid else "is missing: which of the keys is it?"
        raise _refused("kid", wrong, "Get a token that the configured issuer signed")
    try:
        return jwt.decode(token, key, algorithms=list(ALGORITHMS)).claims
    except (JoseError, ValueError) as error:
        raise _refused("signature", "does not hold, or the token is damaged", REMEDY) from error


def _header_of(token: str) -> dict[str, Any]:
    if len(token) > LONGEST_TOKEN or token.count(".") != 2:
        raise _refused("", "is no signed JWT", "Send the access token whole, as the issuer gave it")
    try:
        return dict(jws.extract_compact(token.encode()).headers())
    except (JoseError, ValueError) as error:
        raise _refused("", "is no signed JWT", "Send the access token whole, as the issuer gave it") from error


def _refused(place: str, reason: str, remedy: str) -> NotAuthenticated:
    problems = [Problem(place, reason, remedy)] if place else []
    words = f"The bearer token's {place} {reason}" if place else f"The bearer token {reason}"
    return NotAuthenticated(words, remedy=remedy, problems=problems)


def _claim_problems(claims: dict[str, Any], settings: Settings, at: float) -> Iterator[Problem]:
    if claims.get("iss") != settings.oauth_issuer:
        yield Problem("iss", f"is {claims.get('iss')!r}, not {settings.oauth_issuer!r}", "Use the configured issuer")
    audience = claims.get("aud")
    if settings.oauth_audience not in (audience if isinstance(audience, list) else [audience]):
        yield Problem("aud", f"is {audience!r}, not {settings.oauth_audience!r}", "Ask the issuer for that audience")
    expires = claims.get("exp")
    if not _is_number(expires):
        yield Problem("exp", "is missing: this token would never end" if expires is None else "is not a number", REMEDY)
    elif expires + LEEWAY_SECONDS <= at:
        yield Problem("exp", f"the token expired {at - expires:.0f} seconds ago", REMEDY)
    for name in ("nbf", "iat"):
        start = claims.get(name)
        if start is not None and not _is_number(start):
            yield Problem(name, "is not a number", REMEDY)
        elif start is not None and start - LEEWAY_SECONDS > at:
            yield Problem(name, f"lies {start - at:.0f} seconds ahead", "Compare the clocks of issuer and server")
    if not any(_text(claims, name) for name in ("sub", *APPLICATION_CLAIMS)):
        yield Problem("sub", "is missing, and so is client_id: the token says for whom it speaks", REMEDY)


def _is_number(value: Any) -> TypeGuard[int | float]:
    return type(value) is int or (type(value) is float and math.isfinite(value))


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""


def _credential(claims: dict[str, Any], issuer: str) -> Credential:
    application = next((found for name in APPLICATION_CLAIMS if (found := _text(claims, name))), "")
    subject = _text(claims, "sub")
    alone = not application or subject in ("", application) or any(claims.get(k) == v for k, v in FOR_ITSELF.items())
    user = "" if alone else subject
    return Credential(
        id=digest_key(f"oauth\n{issuer}\n{application or subject}\n{user}"),
        name="",
        key=application or subject,
        scopes=_scopes(claims),
        compat=False,
        created=now(),
        home_page=issuer,
        user=ActorKey.of_account(issuer, user) if user else None,
    )


def _scopes(claims: dict[str, Any]) -> frozenset[str]:
    """Those of xAPI. ``profile`` beside ``openid`` is OpenID Connect's: it asks for a name, not for our documents."""
    given = claims.get("scope", claims.get("scp", ""))
    listed = given.split() if isinstance(given, str) else given if isinstance(given, list) else []
    granted = {scope for scope in listed if isinstance(scope, str)}
    return frozenset(granted & set(LRS_SCOPES)) - ({"profile"} if "openid" in granted else frozenset())
