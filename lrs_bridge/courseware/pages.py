"""What a page or script of a package says about itself. Nothing of it is ever executed."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

DOCUMENT = re.compile(r"<\s*(html|body|!doctype)\b", re.IGNORECASE)
NAMED_FILE = re.compile(r"""["'`]([^"'`\s<>{}()]{1,200}\.(?:js|mjs|html?|xhtml))(?=[?#"'`])""")
CSS_URL = re.compile(r"""url\(\s*["']?([^"')\s]+)""")
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
TEMPLATE = re.compile(r"\{\{|\$\{|<%|[+{}]|'\s")
SILENT = {"script", "style", "template", "noscript"}
LOADS = (
    ("script", "src"), ("img", "src"), ("iframe", "src"), ("frame", "src"), ("embed", "src"), ("audio", "src"),
    ("video", "src"), ("video", "poster"), ("source", "src"), ("track", "src"), ("input", "src"), ("object", "data"),
)  # fmt: skip
LOADING_LINKS = {"stylesheet", "icon", "preload", "modulepreload", "manifest"}


@dataclass(frozen=True, slots=True)
class Page:
    """An HTML document: what it loads, where it links, how much there is to read, what a screen reader misses.

    ``named`` are the files that its scripts name in a string, which is how most courses load their pages.
    """

    loads: tuple[str, ...]
    links: tuple[str, ...]
    named: tuple[str, ...]
    words: int
    is_document: bool
    has_language: bool
    has_title: bool
    images_without_text: int
    videos_without_captions: int


def decoded(content: bytes) -> str:
    """Text as a browser would guess it without a header."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def read_page(text: str) -> Page | None:
    """None where the text holds no element at all."""
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        return None
    if root is None:
        return None
    return Page(
        loads=_usable(_loads(root)),
        links=_usable(element.get("href", "") for element in root.iter("a", "area")),
        named=named_files("\n".join(_scripts(root))),
        words=_words(" ".join(_visible(root))),
        is_document=bool(DOCUMENT.search(text)),
        has_language=bool(root.get("lang") or root.get("xml:lang")),
        has_title=any(element.text and element.text.strip() for element in root.iter("title")),
        images_without_text=sum(_lacks_text(image) for image in root.iter("img")),
        videos_without_captions=sum(video.find(".//track") is None for video in root.iter("video")),
    )


def css_loads(text: str) -> tuple[str, ...]:
    return _usable(iter(CSS_URL.findall(text)))


def named_files(text: str) -> tuple[str, ...]:
    """Pages and scripts that a script names in a string."""
    return tuple(dict.fromkeys(NAMED_FILE.findall(text)))


def _usable(urls: Iterator[str]) -> tuple[str, ...]:
    """Without what a script fills in later, and without what is no file (fragments of the page itself)."""
    kept = (url.strip() for url in urls)
    return tuple(dict.fromkeys(url for url in kept if url and url[0] != "#" and not TEMPLATE.search(url)))


def _loads(root: etree._Element) -> Iterator[str]:
    for tag, name in LOADS:
        for element in root.iter(tag):
            yield element.get(name, "")
    for element in root.iter("link"):
        if LOADING_LINKS & set(element.get("rel", "").lower().split()):
            yield element.get("href", "")


def _scripts(root: etree._Element) -> Iterator[str]:
    for element in root.iter():
        if element.tag == "script":
            yield element.text or ""
        yield from (str(value) for name, value in element.attrib.items() if str(name).startswith("on"))


def _visible(root: etree._Element) -> Iterator[str]:
    for element in root.iter():
        if isinstance(element.tag, str) and element.tag not in SILENT:
            yield element.text or ""
        yield element.tail or ""


def _words(text: str) -> int:
    """Words; two characters of Chinese, Japanese or Korean count as one."""
    characters = len(CJK.findall(text))
    return len(CJK.sub(" ", text).split()) + characters // 2


def _lacks_text(image: etree._Element) -> bool:
    decorative = image.get("role") in {"presentation", "none"} or image.get("aria-hidden") == "true"
    return image.get("alt") is None and not decorative
