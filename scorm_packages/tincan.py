"""xAPI (Tin Can launch): tincan.xml, each module an activity that is launched."""

from __future__ import annotations

from collections.abc import Iterable
from string import Template
from xml.sax.saxutils import escape

from scorm_packages.course_pages import entry_page, module_iri
from scorm_packages.course_source import Course, Module

RECORDERS = ("lrs.js", "tincan.js")


def descriptors(course: Course, paths: Iterable[str]) -> dict[str, bytes]:  # noqa: ARG001 - the list is not asked for
    """The files that only this standard needs."""
    activities = "\n".join(_activity(course, module) for module in course.modules)
    return {"tincan.xml": _DESCRIPTION.substitute(activities=activities).encode()}


def _activity(course: Course, module: Module) -> str:
    return _ACTIVITY.substitute(
        id=module_iri(course, module),
        language=course.language,
        title=escape(module.title),
        description=escape(module.description),
        page=entry_page(module),
    )


_DESCRIPTION = Template("""\
<?xml version="1.0" encoding="UTF-8"?>
<tincan xmlns="http://projecttincan.com/tincan.xsd">
  <activities>
$activities
  </activities>
</tincan>
""")

_ACTIVITY = Template("""\
    <activity id="$id" type="http://adlnet.gov/expapi/activities/lesson">
      <name>$title</name>
      <description lang="$language">$description</description>
      <launch lang="$language">$page</launch>
    </activity>""")
