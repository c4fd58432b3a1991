"""What the manifests of all SCORM editions are filled with."""

from __future__ import annotations

from collections.abc import Iterable
from string import Template
from xml.sax.saxutils import escape

from scorm_packages.course_source import Course


def manifest_of(
    course: Course,
    paths: Iterable[str],
    edition: Template,
    *,
    keyword: Template,
    items: Iterable[str],
    scos: Iterable[str],
) -> str:
    """``edition`` with the course in it. ``paths`` are the files of the package; the shared ones are listed."""
    shared = sorted(path for path in paths if path.startswith("shared/"))
    return edition.substitute(
        id=course.id,
        version=course.version,
        language=course.language,
        title=escape(course.title),
        description=escape(course.description),
        keywords="\n".join(keyword.substitute(language=course.language, word=escape(word)) for word in course.keywords),
        items="\n".join(items),
        scos="\n".join(scos),
        shared="\n".join(f'      <file href="{path}"/>' for path in shared),
    )
