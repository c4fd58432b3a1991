"""The files of the course that are the same for every standard: a page and a pool for each module, player, style."""

from __future__ import annotations

import json
from html import escape
from string import Template

from scorm_packages.course_source import SOURCE, Course, Module, Page

PLAYER = SOURCE / "player"
SHARED = ("course.css", "course.js", "screens.js", "test.js")


def course_files(course: Course, recorders: tuple[str, ...]) -> dict[str, bytes]:
    """Path in the package → bytes. ``recorders`` are the scripts in player/ that talk to the LMS."""
    files = {f"shared/{name}": (PLAYER / name).read_bytes() for name in (*SHARED, *recorders)}
    for module in course.modules:
        files[entry_page(module)] = _entry(course, module, recorders).encode()
        files[pool_script(module)] = _pool(course, module).encode()
    return files


def course_iri(course: Course) -> str:
    """An activity id of the publisher's, for the standards that want one in the package."""
    return f"https://lrs-bridge.dev/courses/{course.id}"


def module_iri(course: Course, module: Module) -> str:
    return f"{course_iri(course)}/{module.id}"


def entry_page(module: Module) -> str:
    return f"{module.id}.html"


def pool_script(module: Module) -> str:
    return f"pools/{module.id}.js"


def _entry(course: Course, module: Module, recorders: tuple[str, ...]) -> str:
    template = Template((PLAYER / "unit.html").read_text(encoding="utf-8"))
    numbered = enumerate(module.pages, 1)
    lead = f'<p class="lead">{escape(module.description)} About {module.minutes} minutes.</p>\n'
    return template.substitute(
        language=course.language,
        course=escape(course.title),
        module=escape(module.title),
        number=course.modules.index(module) + 1,
        modules=len(course.modules),
        pages="\n".join(_section(number, page, lead if number == 1 else "") for number, page in numbered),
        test_page=len(module.pages) + 1,
        questions=course.questions,
        mastery=course.mastery,
        recorders="\n".join(f'<script src="shared/{name}" defer></script>' for name in recorders),
        pool=pool_script(module),
    )


def _section(number: int, page: Page, lead: str) -> str:
    reveal = _REVEAL.substitute(ask=escape(page.ask), answer=escape(page.answer)) if page.ask else ""
    return _PAGE.substitute(number=number, id=page.id, title=escape(page.title), body=lead + page.body, reveal=reveal)


_PAGE = Template("""\
<section class="page" data-number="$number" data-topic="$id" aria-labelledby="page-$number" hidden>
<h2 id="page-$number" tabindex="-1">$title</h2>
$body
$reveal</section>""")

_REVEAL = Template("""\
<div class="reveal">
<h3>What would you do?</h3>
<p>$ask</p>
<details><summary>Show an answer</summary><p>$answer</p></details>
</div>
""")


def _pool(course: Course, module: Module) -> str:
    """The item pool as a script: a file of its own, so that the strictest policy and file:// both allow it."""
    pool = {
        "module": module.id,
        "questions": course.questions,
        "mastery": course.mastery,
        "items": [
            {
                "id": item.id,
                "kind": item.kind,
                "topic": item.page,
                "question": item.question,
                "options": item.options,
                "right": item.right,
                "feedback": item.feedback,
            }
            for item in module.items
        ],
    }
    return f"window.coursePool = {json.dumps(pool, ensure_ascii=False, indent=1)};\n"
