"""Reads the source of the course and says everything that is wrong with it, all at once."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

from lxml import etree

from lrs_bridge.errors import PackageRefused, Problem

SOURCE = Path(__file__).parent / "information_security_essentials"
Kind = Literal["single", "multiple", "true-false"]

PAGES = range(8, 13)
WORDS = range(80, 181)
POOL = 12
# What a page may be made of. No attribute can carry a script, an address or a style.
ELEMENTS = frozenset(
    ["p", "ul", "ol", "li", "strong", "em", "code", "br", "div", "table", "thead", "tbody", "tr", "th", "td"]
)
ATTRIBUTES = {"div": {"class": {"example", "remember"}}, "th": {"scope": {"col", "row"}}}
# SCORM 1.2 lets a choice be a single letter or digit; every later standard takes these ids too.
OPTION_IDS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
TRUE_FALSE = {"t": "True", "f": "False"}


@dataclass(frozen=True, slots=True)
class Page:
    id: str
    title: str
    body: str
    ask: str
    answer: str


@dataclass(frozen=True, slots=True)
class Item:
    id: str
    kind: Kind
    page: str
    question: str
    options: dict[str, str]
    right: tuple[str, ...]
    feedback: str


@dataclass(frozen=True, slots=True)
class Module:
    id: str
    title: str
    description: str
    minutes: int
    pages: tuple[Page, ...]
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Course:
    id: str
    version: str
    language: str
    title: str
    description: str
    keywords: tuple[str, ...]
    questions: int
    mastery: int
    modules: tuple[Module, ...]


def read_course(folder: Path = SOURCE) -> Course:
    """The course in ``folder``; raises `PackageRefused` with every fault of the source."""
    table = _table(folder / "course.toml")
    try:
        words = table["words"]
        course = Course(
            id=table["id"],
            version=table["version"],
            language=table["language"],
            title=table["title"],
            description=table["description"],
            keywords=tuple(table["keywords"]),
            questions=table["test"]["questions"],
            mastery=table["test"]["mastery"],
            modules=tuple(_module(folder / "modules" / f"{name}.toml", words) for name in table["modules"]),
        )
    except KeyError as error:
        raise _incomplete("course.toml", error) from error
    problems = list(_course_problems(course))
    if problems:
        raise PackageRefused("The source of the course is not right", problems=problems)
    return course


def _table(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise _unreadable(path, "the file is not there", "Create it, or take it off the list in course.toml") from error
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(path, str(error), "Correct the TOML there") from error


def _unreadable(path: Path, reason: str, remedy: str) -> PackageRefused:
    return PackageRefused("The source cannot be read", problems=[Problem(path.name, reason, remedy)])


def _incomplete(place: str, error: KeyError) -> PackageRefused:
    problem = Problem(place, f"{error} is missing", "Write it as the other modules do")
    return PackageRefused("The source of the course is not complete", problems=[problem])


def _module(path: Path, words: dict[str, str]) -> Module:
    table = _filled(_table(path), words)
    try:
        return Module(
            id=path.stem,
            title=table["title"],
            description=table["description"],
            minutes=table["minutes"],
            pages=tuple(_page(row) for row in table["page"]),
            items=tuple(_item(row) for row in table["item"]),
        )
    except KeyError as error:
        raise _incomplete(path.name, error) from error


def _filled(value: Any, words: dict[str, str]) -> Any:
    """``value`` with the company's own words in place of their ``{names}``."""
    if isinstance(value, dict):
        return {key: _filled(inner, words) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, words) for inner in value]
    if isinstance(value, str):
        for name, word in words.items():
            value = value.replace("{" + name + "}", word)
    return value


def _page(row: dict[str, Any]) -> Page:
    reveal = row.get("try", {"ask": "", "answer": ""})
    return Page(row["id"], row["title"], row["body"].strip(), reveal["ask"], reveal["answer"])


def _item(row: dict[str, Any]) -> Item:
    options = TRUE_FALSE if row["kind"] == "true-false" else row["options"]
    return Item(
        id=row["id"],
        kind=cast(Kind, row["kind"]),
        page=row["page"],
        question=row["question"],
        options=dict(options),
        right=tuple(sorted(row["right"])),
        feedback=row["feedback"],
    )


def _course_problems(course: Course) -> Iterator[Problem]:
    if not 0 < course.mastery <= 100:
        yield Problem("course.toml:test.mastery", f"{course.mastery} is not a percentage", "Write 1 to 100")
    for module in course.modules:
        yield from _module_problems(module, course.questions)
    yield from _repeats("course.toml:modules", [module.id for module in course.modules])
    yield from _repeats("item ids", [item.id for module in course.modules for item in module.items])


def _module_problems(module: Module, drawn: int) -> Iterator[Problem]:
    place = f"{module.id}.toml"
    if len(module.pages) not in PAGES:
        yield Problem(place, f"{len(module.pages)} pages", f"Use {PAGES.start} to {PAGES.stop - 1}: about ten")
    if len(module.items) < max(POOL, drawn):
        yield Problem(place, f"the pool holds {len(module.items)} items", f"Write at least {max(POOL, drawn)}")
    yield from _repeats(f"{place}:page", [page.id for page in module.pages])
    for page in module.pages:
        yield from _page_problems(f"{place}:page {page.id}", page)
    known = {page.id for page in module.pages}
    for item in module.items:
        yield from _item_problems(f"{place}:item {item.id}", item, known)


def _page_problems(place: str, page: Page) -> Iterator[Problem]:
    try:
        body = etree.fromstring(f"<div>{page.body}</div>", etree.XMLParser(resolve_entities=False))
    except etree.XMLSyntaxError as error:
        yield Problem(place, f"the markup is not well-formed: {error}", "Close every element; write & as &amp;")
        return
    for element in body.iterdescendants():
        yield from _element_problems(place, element)
    text = " ".join([*map(str, body.itertext()), page.ask, page.answer])
    count = len(text.split())
    if count not in WORDS:
        yield Problem(place, f"{count} words", f"Use {WORDS.start} to {WORDS.stop - 1}: a short page")
    if bool(page.ask) != bool(page.answer):
        yield Problem(place, "a question to think about and its answer belong together", "Write both or neither")


def _element_problems(place: str, element: etree._Element) -> Iterator[Problem]:
    tag = str(element.tag)
    if tag not in ELEMENTS:
        yield Problem(place, f"<{tag}> is not allowed", f"Use one of {', '.join(sorted(ELEMENTS))}")
        return
    allowed = ATTRIBUTES.get(tag, {})
    for name, value in element.attrib.items():
        if value not in allowed.get(str(name), ()):
            yield Problem(place, f'{name!s}="{value!s}" is not allowed on <{tag}>', "Take it off")


def _item_problems(place: str, item: Item, pages: set[str]) -> Iterator[Problem]:
    if item.kind not in get_args(Kind):
        yield Problem(place, f"unknown kind {item.kind}", f"Use one of {', '.join(get_args(Kind))}")
    if item.page not in pages:
        yield Problem(place, f"there is no page {item.page}", "Name the page that teaches the answer")
    if len(item.options) < 2 or not set(item.options) <= OPTION_IDS:
        yield Problem(place, "options need two or more ids of one letter or digit", "Write options.a, options.b …")
    if not item.right or not set(item.right) <= set(item.options):
        yield Problem(place, "no right answer among the options", "Name at least one option in right")
    if item.kind != "multiple" and len(item.right) > 1:
        yield Problem(place, f"{len(item.right)} right answers", "Make it multiple, or name one")
    if not item.feedback.strip():
        yield Problem(place, "the feedback is empty", "Explain why the answer is right")


def _repeats(place: str, ids: list[str]) -> Iterator[Problem]:
    for name, times in Counter(ids).items():
        if times > 1:
            yield Problem(place, f"{name} is used {times} times", "Give each its own id")
