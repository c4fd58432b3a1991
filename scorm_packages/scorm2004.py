"""SCORM 2004 4th edition: the manifest, with the pass mark as a primary objective and free choice among the modules."""

from __future__ import annotations

from collections.abc import Iterable
from string import Template
from xml.sax.saxutils import escape

from scorm_packages.course_pages import entry_page, pool_script
from scorm_packages.course_source import Course, Module
from scorm_packages.scorm_manifest import manifest_of

RECORDERS = ("scorm_api.js", "scorm2004.js")


def descriptors(course: Course, paths: Iterable[str]) -> dict[str, bytes]:
    """The files that only this standard needs. ``paths`` are all the other files of the package."""
    items = (_item(module, course.mastery) for module in course.modules)
    manifest = manifest_of(course, paths, _MANIFEST, keyword=_KEYWORD, items=items, scos=map(_sco, course.modules))
    return {"imsmanifest.xml": manifest.encode()}


def _item(module: Module, mastery: int) -> str:
    return _ITEM.substitute(id=module.id, title=escape(module.title), mastery=f"{mastery / 100:g}")


def _sco(module: Module) -> str:
    return _SCO.substitute(id=module.id, page=entry_page(module), pool=pool_script(module))


_MANIFEST = Template("""\
<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="$id" version="$version"
    xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"
    xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3"
    xmlns:imsss="http://www.imsglobal.org/xsd/imsss">
  <metadata>
    <schema>ADL SCORM</schema>
    <schemaversion>2004 4th Edition</schemaversion>
    <lom xmlns="http://ltsc.ieee.org/xsd/LOM">
      <general>
        <title><string language="$language">$title</string></title>
        <language>$language</language>
        <description><string language="$language">$description</string></description>
$keywords
      </general>
      <lifeCycle>
        <version><string language="$language">$version</string></version>
      </lifeCycle>
    </lom>
  </metadata>
  <organizations default="organization">
    <organization identifier="organization">
      <title>$title</title>
$items
      <imsss:sequencing>
        <imsss:controlMode choice="true" flow="true"/>
      </imsss:sequencing>
    </organization>
  </organizations>
  <resources>
$scos
    <resource identifier="shared" type="webcontent" adlcp:scormType="asset">
$shared
    </resource>
  </resources>
</manifest>
""")

_KEYWORD = Template('        <keyword><string language="$language">$word</string></keyword>')

_ITEM = Template("""\
      <item identifier="$id" identifierref="sco-$id" isvisible="true">
        <title>$title</title>
        <imsss:sequencing>
          <imsss:objectives>
            <imsss:primaryObjective objectiveID="$id-passed" satisfiedByMeasure="true">
              <imsss:minNormalizedMeasure>$mastery</imsss:minNormalizedMeasure>
            </imsss:primaryObjective>
          </imsss:objectives>
          <imsss:deliveryControls completionSetByContent="true" objectiveSetByContent="true"/>
        </imsss:sequencing>
      </item>""")

_SCO = Template("""\
    <resource identifier="sco-$id" type="webcontent" adlcp:scormType="sco" href="$page">
      <file href="$page"/>
      <file href="$pool"/>
      <dependency identifierref="shared"/>
    </resource>""")
