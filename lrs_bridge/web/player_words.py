"""The player's words, in the language that the learner's browser asks for; the table is player/words.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from werkzeug.datastructures import LanguageAccept

WORDS: Final[Mapping[str, Mapping[str, str]]] = json.loads(
    (Path(__file__).parent / "player" / "words.json").read_text(encoding="utf-8")
)
RIGHT_TO_LEFT: Final = frozenset({"ar"})


@dataclass(frozen=True, slots=True)
class PlayerLanguage:
    tag: str

    @property
    def words(self) -> Mapping[str, str]:
        return WORDS[self.tag]

    @property
    def direction(self) -> str:
        return "rtl" if self.tag in RIGHT_TO_LEFT else "ltr"


def language_of(accepted: LanguageAccept) -> PlayerLanguage:
    """The first that we have of those accepted (``pt-BR`` asks for ``pt``), else English."""
    return PlayerLanguage(accepted.best_match(list(WORDS), default="en") or "en")
