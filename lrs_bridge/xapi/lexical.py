"""The formats of strings that xAPI names: IRI, mailto IRI, UUID, language tag, duration, hash, media type, version.

Each predicate takes any text and never raises. Expressions are compiled once and anchored by ``fullmatch``;
``[0-9]`` instead of ``\\d``, which would let the digits of other scripts pass.
"""

from __future__ import annotations

import re

# RFC 3987 2.2. Left out of ``ucschar``: the bidirectional marks that section 4.1 forbids in an IRI.
_UCS = "\u00a0-\u200d\u2010-\u2029\u202f-\ud7ff\uf900-\ufdcf\ufdf0-\uffef" + "".join(
    f"{chr(plane << 16)}-{chr((plane << 16) + 0xFFFD)}" for plane in range(1, 15)
)
_PRIVATE = "\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd"
_PERCENT = "%[0-9A-Fa-f]{2}"
_UNRESERVED = r"A-Za-z0-9\-._~"
_SUB_DELIMS = "!$&'()*+,;="


def _run(characters: str) -> str:
    return f"(?:[{characters}]+|{_PERCENT})*+"


_AUTHORITY = (
    rf"(?:{_run(_UNRESERVED + _UCS + _SUB_DELIMS + ':')}@)?"
    rf"(?:\[[0-9A-Fa-fvV:.]+\]|{_run(_UNRESERVED + _UCS + _SUB_DELIMS)})(?::[0-9]*)?"
)
_PATH = _run(_UNRESERVED + _UCS + _SUB_DELIMS + ":@/")
_QUERY = _run(_UNRESERVED + _UCS + _SUB_DELIMS + _PRIVATE + ":@/?")
_FRAGMENT = _run(_UNRESERVED + _UCS + _SUB_DELIMS + ":@/?")
_IRI = re.compile(
    rf"[A-Za-z][A-Za-z0-9+\-.]*:(?://{_AUTHORITY}(?:/{_PATH})?|(?!//){_PATH})(?:\?{_QUERY})?(?:#{_FRAGMENT})?"
)
# RFC 9110 4.2: http and https name a host; RFC 8141: a URN has a namespace and a name
_NEEDS_MORE = re.compile(r"(?:https?:(?!//(?:[^/?#@]*@)?+[^/?#:])|urn:(?![A-Za-z0-9][A-Za-z0-9-]{1,31}:.))", re.I)
# what nearly every IRI in real statements looks like, checked first because it is cheap
_REST = r"[A-Za-z0-9\-._~!$&'()*+,;=:@/?]*"
_PLAIN = re.compile(rf"https?://[A-Za-z0-9\-.]+(?::[0-9]+)?(?:[/?]{_REST})?(?:#{_REST})?")


def is_iri(text: str) -> bool:
    """An absolute IRI (RFC 3987), with a scheme."""
    if _PLAIN.fullmatch(text):
        return True
    return _IRI.fullmatch(text) is not None and _NEEDS_MORE.match(text) is None


def is_irl(text: str) -> bool:
    """An IRI that locates. RFC 3986 1.1.3: the scheme does not tell a name from a locator, so any IRI may be one."""
    return is_iri(text)


def is_uri(text: str) -> bool:
    """An IRI within ASCII (RFC 3986), for ``openid``."""
    return text.isascii() and is_iri(text)


# RFC 6068 over RFC 5322 dot-atoms and domains, with the non-ASCII letters of RFC 6531; ``?`` would begin header fields
_ATOM = rf"(?:[A-Za-z0-9!$&'*+\-/=^_`{{|}}~{_UCS}]|{_PERCENT})+"
_LABEL = rf"[A-Za-z0-9{_UCS}](?:[A-Za-z0-9_\-{_UCS}]*[A-Za-z0-9{_UCS}])?"
_MAILTO = re.compile(rf"mailto:(?!//){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:.]+\])")


def is_mailto(text: str) -> bool:
    """``mailto:`` and one email address, nothing else (xAPI Data 2.4.2.3)."""
    return _MAILTO.fullmatch(text) is not None


_SHA1 = re.compile("[0-9A-Fa-f]{40}")
_SHA2 = re.compile("[0-9A-Fa-f]{64}|[0-9A-Fa-f]{96}|[0-9A-Fa-f]{128}|[0-9A-Fa-f]{56}")


def is_sha1(text: str) -> bool:
    return _SHA1.fullmatch(text) is not None


def is_sha2(text: str) -> bool:
    """A SHA-224, -256, -384 or -512 digest in hexadecimal."""
    return _SHA2.fullmatch(text) is not None


_UUID = re.compile("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def is_uuid(text: str) -> bool:
    """The standard string form (xAPI Data 4.4, IEEE 9274.1.1 4.2.7). Both recommend a variant, and require none."""
    return _UUID.fullmatch(text) is not None


_COMMON_TAG = re.compile("[A-Za-z]{2,3}(?:-[A-Za-z]{2})?")
_TAG = re.compile(
    r"""(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})     # language, extended language
    (?:-[a-z]{4})?                                                # script
    (?:-(?:[a-z]{2}|[0-9]{3}))?                                   # region
    (?P<variants>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)
    (?P<extensions>(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*)
    (?:-x(?:-[a-z0-9]{1,8})+)?                                    # private use
    |x(?:-[a-z0-9]{1,8})+""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_SINGLETON = re.compile("-([0-9a-z])(?=-)")
# RFC 5646 2.1: tags from before the grammar
_GRANDFATHERED = re.compile(
    "en-gb-oed|i-(?:ami|bnn|default|enochian|hak|klingon|lux|mingo|navajo|pwn|tao|tay|tsu)|sgn-(?:be-fr|be-nl|ch-de)"
    "|art-lojban|cel-gaulish|no-(?:bok|nyn)|zh-(?:guoyu|hakka|min|min-nan|xiang)",
    re.IGNORECASE,
)


def is_language_tag(text: str) -> bool:
    """Well-formed by RFC 5646 2.1, with no variant and no extension singleton twice (2.2.5, 2.2.6)."""
    if _COMMON_TAG.fullmatch(text):
        return True
    match = _TAG.fullmatch(text)
    if match is None:
        return _GRANDFATHERED.fullmatch(text) is not None
    variants = (match["variants"] or "").lower().split("-")[1:]
    singletons = _SINGLETON.findall((match["extensions"] or "").lower())
    return len(set(variants)) == len(variants) and len(set(singletons)) == len(singletons)


# ISO 8601:2004 4.4.3.2: designators in order, a fraction on the last one only, weeks alone
_N = r"[0-9]+(?:[.,][0-9]+(?=[A-Z]\Z))?"
_DURATION = re.compile(
    rf"P(?:{_N}W|(?=[0-9T])(?:{_N}Y)?(?:{_N}M)?(?:{_N}D)?(?:T(?=[0-9])(?:{_N}H)?(?:{_N}M)?(?:{_N}S)?)?)"
)


def is_duration(text: str) -> bool:
    return _DURATION.fullmatch(text) is not None


_TOKEN = r"[A-Za-z0-9!#$%&'*+\-.^_`|~]+"  # noqa: S105 - the grammar of RFC 9110 5.6.2, no secret
_MEDIA_TYPE = re.compile(rf'{_TOKEN}/{_TOKEN}(?:[ \t]*;(?:[ \t]*{_TOKEN}=(?:{_TOKEN}|"(?:[^"\\\r\n]|\\.)*"))?)*')


def is_media_type(text: str) -> bool:
    """``type/subtype`` with parameters (RFC 2046, RFC 9110 8.3.1)."""
    return _MEDIA_TYPE.fullmatch(text) is not None


_VERSION_1_0 = re.compile(r"1\.0(?:\.[0-9]+(?:-[0-9A-Za-z-]+)?)?")
_VERSION_2_0 = re.compile(r"2\.0(?:\.[0-9]+)?")


def is_version_1_0(text: str) -> bool:
    """``1.0`` or ``1.0.x`` (xAPI Data 2.4.10, Semantic Versioning 1.0.0)."""
    return _VERSION_1_0.fullmatch(text) is not None


def is_version_2_0(text: str) -> bool:
    """``2.0`` or ``2.0.x`` (IEEE 9274.1.1 4.1.7). A pre-release such as ``2.0.0-rc1`` is before 2.0.0."""
    return _VERSION_2_0.fullmatch(text) is not None
