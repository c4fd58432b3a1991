"""The manifest as it is given out: true for this server, with absolute addresses."""

from __future__ import annotations

from urllib.parse import urlsplit

from lxml import etree

from lrs_bridge import __version__
from lrs_bridge.manifest.document import BLTI, OURS, PLACEHOLDER, attribute, is_true, parsed, plugin_of, text
from lrs_bridge.manifest.model import Manifest


def served(manifest: Manifest, public_url: str, content_url: str, *, bearer_tokens: bool = False) -> bytes:
    """The manifest as the server gives it out: this version's number, and an absolute ``url`` beside every path.

    A launch address appears only while LTI is enabled, and OAuth only while an issuer is configured
    (``bearer_tokens``): nothing may be declared that is not served.
    """
    link = parsed(manifest.source)
    _address_launch(link, public_url, enabled=bool(manifest.lti and manifest.lti.enabled))
    plugin = plugin_of(link)
    plugin.set("version", __version__)
    for element in plugin.iter(f"{OURS}*"):
        if (path := attribute(element, "path")) and _mounted(element):
            element.set("url", (content_url if attribute(element, "origin") == "content" else public_url) + path)
    if not bearer_tokens:
        _withdraw_bearer_tokens(plugin)
    return etree.tostring(link.getroottree(), xml_declaration=True, encoding="UTF-8")


def _withdraw_bearer_tokens(plugin: etree._Element) -> None:
    for auth in plugin.iterfind(f"{OURS}xapi/{OURS}auth"):
        parent = auth.getparent()
        if parent is not None and text(auth) == "oauth2":
            parent.remove(auth)


def _mounted(element: etree._Element) -> bool:
    lti = element.getparent()
    return lti is None or lti.tag != f"{OURS}lti" or is_true(lti, "enabled")


def _address_launch(link: etree._Element, public_url: str, *, enabled: bool) -> None:
    launch = link.find(f"{BLTI}secure_launch_url")
    if launch is None:
        return
    if not enabled:
        link.remove(launch)
        return
    launch.text = text(launch).replace(PLACEHOLDER, public_url, 1)
    if urlsplit(public_url).scheme == "http":  # LTI 1.1 keeps plain http apart from secure addresses
        launch.tag = f"{BLTI}launch_url"
