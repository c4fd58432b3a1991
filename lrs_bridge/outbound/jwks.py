"""The public keys of a token issuer, fetched when they are needed (RFC 7517)."""

from __future__ import annotations

from threading import Lock
from time import monotonic

import orjson
import requests
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from lrs_bridge.errors import Unavailable

FRESH_SECONDS = 600
AGAIN_SECONDS = 10
"""An unknown key id asks the issuer again, for keys are rotated, but not as often as anybody sends one."""
KEPT_SECONDS = 24 * 3600
"""So long the last keys are good enough while the issuer does not answer."""
TIMEOUT = (3.05, 5)
LARGEST_ANSWER = 1024 * 1024


class KeySource:
    """Keys by their id, from one address. Threads share it; one of them asks."""

    def __init__(self, url: str, *, again_seconds: float = AGAIN_SECONDS) -> None:
        self._url = url
        self._again_seconds = again_seconds
        self._keys: tuple[Key, ...] = ()
        self._asked = self._fetched = float("-inf")
        self._asking = Lock()

    def key(self, kid: str | None) -> Key | None:
        """The key of that id; without one, the only key there is. Raises Unavailable while no keys can be had."""
        if monotonic() - self._fetched < FRESH_SECONDS and (found := self._find(kid)):
            return found
        with self._asking:
            if self._should_ask(kid):
                self._ask()
        return self._find(kid)

    def _find(self, kid: str | None) -> Key | None:
        if kid is None:
            return self._keys[0] if len(self._keys) == 1 else None
        return next((key for key in self._keys if key.kid == kid), None)

    def _should_ask(self, kid: str | None) -> bool:
        now = monotonic()
        if not self._keys:
            return True
        wanted = self._find(kid) is None or now - self._fetched >= FRESH_SECONDS
        return wanted and now - self._asked >= self._again_seconds

    def _ask(self) -> None:
        self._asked = monotonic()
        try:
            self._keys = fetch_keys(self._url)
        except (requests.RequestException, ValueError) as error:
            if not self._keys or self._asked - self._fetched > KEPT_SECONDS:
                raise Unavailable(
                    f"The keys of the token issuer cannot be had from {self._url}: {error}",
                    remedy="Try again; if it stays so, check LRS_BRIDGE_OAUTH_JWKS_URL from this server",
                ) from error
        else:
            self._fetched = self._asked


def fetch_keys(url: str) -> tuple[Key, ...]:
    """The public keys at ``url``; raises requests.RequestException or ValueError. A redirect is not followed."""
    with requests.get(url, timeout=TIMEOUT, stream=True, allow_redirects=False) as answer:
        if answer.status_code != 200:
            raise ValueError(f"the answer is {answer.status_code}")
        body = answer.raw.read(LARGEST_ANSWER + 1, decode_content=True)
    if len(body) > LARGEST_ANSWER:
        raise ValueError("the answer is longer than any set of keys")
    listed = orjson.loads(body)
    keys = listed.get("keys") if isinstance(listed, dict) else None
    if not isinstance(keys, list):
        raise ValueError("the answer is not a set of keys (RFC 7517 section 5)")  # noqa: TRY004 - as the docstring says
    found = tuple(key for item in keys if isinstance(item, dict) and (key := _public_key(item)))
    if not found:
        raise ValueError("the answer holds no key that can be used")
    return found


def _public_key(item: dict[str, str | list[str]]) -> Key | None:
    """None for what is not for signatures, or of a kind that is not known here: a set may hold more than we need."""
    if item.get("kty") == "oct" or item.get("use", "sig") != "sig":
        return None
    try:
        return JWKRegistry.import_key(item)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
