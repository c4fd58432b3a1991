"""cmi5: the course structure, each module an assignable unit that moves on when it is passed."""

from __future__ import annotations

from collections.abc import Iterable
from string import Template
from xml.sax.saxutils import escape

from scorm_packages.course_pages import course_iri, entry_page, module_iri
from scorm_packages.course_source import Course, Module

RECORDERS = ("lrs.js", "cmi5.js")


def descriptors(course: Course, paths: Iterable[str]) -> dict[str, bytes]:  # noqa: ARG001 - the list is not asked for
    """The files that only this standard needs."""
    structure = _STRUCTURE.substitute(
        id=course_iri(course),
        language=course.language,
        title=escape(course.title),
        description=escape(course.description),
        units="\n".join(_unit(course, module) for module in course.modules),
    )
    return {"cmi5.xml": structure.encode()}


def _unit(course: Course, module: Module) -> str:
    return _UNIT.substitute(
        id=module_iri(course, module),
        mastery=f"{course.mastery / 100:g}",
        language=course.language,
        title=escape(module.title),
        description=escape(module.description),
        page=entry_page(module),
    )


_STRUCTURE = Template("""\
<?xml version="1.0" encoding="UTF-8"?>
<courseStructure xmlns="https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd">
  <course id="$id">
    <title><langstring lang="$language">$title</langstring></title>
    <description><langstring lang="$language">$description</langstring></description>
  </course>
$units
</courseStructure>
""")

_UNIT = Template("""\
  <au id="$id" moveOn="Passed" masteryScore="$mastery" launchMethod="AnyWindow">
    <title><langstring lang="$language">$title</langstring></title>
    <description><langstring lang="$language">$description</langstring></description>
    <url>$page</url>
  </au>""")
