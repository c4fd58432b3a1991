"""docs/performance.md, of which each benchmark writes its own section and leaves the others alone."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"


def machine() -> str:
    processor = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    return f"{datetime.now(UTC):%Y-%m-%d} ({processor})"


def write_section(name: str, text: str) -> None:
    """Replace the section of this name, or add it at the end."""
    first, last = f"<!-- {name} -->", f"<!-- end of {name} -->"
    page = PAGE.read_text()
    section = f"{first}\n{text.strip()}\n{last}\n"
    before, found, rest = page.partition(first)
    after = rest.partition(last)[2].lstrip("\n")
    PAGE.write_text(f"{before}{section}\n{after}".rstrip() + "\n" if found else f"{page.rstrip()}\n\n{section}")
