"""The player's words: every language has every word, and every word that the player says is in the table."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from werkzeug.datastructures import LanguageAccept

import lrs_bridge
from lrs_bridge.web.player_words import WORDS, language_of

WEB = Path(lrs_bridge.__file__).parent / "web"
SCRIPTS = [WEB / "static" / "player.js", *sorted((WEB / "static" / "player").glob("*.js"))]
PANELS = ("superseded", "over", "broken", "finishing", "finished", "choose", "blocked")


def test_the_languages() -> None:
    assert set(WORDS) == {"en", "de", "fr", "es", "ja", "ar"}


@pytest.mark.parametrize("tag", sorted(WORDS))
def test_every_language_has_every_word(tag: str) -> None:
    assert list(WORDS[tag]) == list(WORDS["en"])
    assert all(text.strip() for text in WORDS[tag].values())
    same = {name for name, text in WORDS[tag].items() if text == WORDS["en"][name]}
    assert tag == "en" or not same, "not translated"


def test_every_word_that_is_said_is_in_the_table() -> None:
    page = (WEB / "templates" / "player.html").read_text()
    said = set(re.findall(r'words\["([a-z-]+)"\]', page))
    for script in SCRIPTS:
        text = script.read_text()
        said |= set(re.findall(r'(?:show|stop|over)\("([a-z-]+)"\)', text))
        for name in re.findall(r'(?:panel|choose)\("([a-z-]+)"\)', text):
            said |= {f"{name}-title", f"{name}-text"}
    said |= {f"{name}-{part}" for name in PANELS for part in ("title", "text")}
    said |= {f"state-{word}" for word in ("not-attempted", "incomplete", "completed", "passed", "failed")}
    assert said == set(WORDS["en"])


@pytest.mark.parametrize(
    ("accepted", "tag", "direction"),
    [
        ("de-AT,de;q=0.9,en;q=0.5", "de", "ltr"),
        ("ar-EG", "ar", "rtl"),
        ("ja", "ja", "ltr"),
        ("fr-CA", "fr", "ltr"),
        ("es-419,es", "es", "ltr"),
        ("nl,fi;q=0.5", "en", "ltr"),
        ("nl,fr;q=0.3", "fr", "ltr"),
        ("", "en", "ltr"),
    ],
)
def test_the_browser_asks_for_a_language(accepted: str, tag: str, direction: str) -> None:
    pairs = [(part.partition(";q=")[0], float(part.partition(";q=")[2] or 1)) for part in accepted.split(",") if part]
    found = language_of(LanguageAccept(pairs))
    assert (found.tag, found.direction) == (tag, direction)
