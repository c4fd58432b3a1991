"""SCORM 1.2: the manifest. A further standard is a module like this one and its recorder scripts in player/."""

from __future__ import annotations

from collections.abc import Iterable
from string import Template
from xml.sax.saxutils import escape

from scorm_packages.course_pages import entry_page, pool_script
from scorm_packages.course_source import Course, Module
from scorm_packages.scorm_manifest import manifest_of

RECORDERS = ("scorm_api.js", "scorm12.js")


def descriptors(course: Course, paths: Iterable[str]) -> dict[str, bytes]:
    """The files that only this standard needs. ``paths`` are all the other files of the package."""
    items = (_item(module, course.mastery) for module in course.modules)
    manifest = manifest_of(course, paths, _MANIFEST, keyword=_KEYWORD, items=items, scos=map(_sco, course.modules))
    return {"imsmanifest.xml": manifest.encode()}


def _item(module: Module, mastery: int) -> str:
    return _ITEM.substitute(id=module.id, title=escape(module.title), mastery=mastery)


def _sco(module: Module) -> str:
    return _SCO.substitute(id=module.id, page=entry_page(module), pool=pool_script(module))


_MANIFEST = Template("""\
<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="$id" version="$version"
    xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
    xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
  <metadata>
    <schema>ADL SCORM</schema>
    <schemaversion>1.2</schemaversion>
    <lom xmlns="http://www.imsglobal.org/xsd/imsmd_rootv1p2p1">
      <general>
        <title><langstring xml:lang="$language">$title</langstring></title>
        <language>$language</language>
        <description><langstring xml:lang="$language">$description</langstring></description>
$keywords
      </general>
      <lifecycle>
        <version><langstring xml:lang="$language">$version</langstring></version>
      </lifecycle>
    </lom>
  </metadata>
  <organizations default="organization">
    <organization identifier="organization">
      <title>$title</title>
$items
    </organization>
  </organizations>
  <resources>
$scos
    <resource identifier="shared" type="webcontent" adlcp:scormtype="asset">
$shared
    </resource>
  </resources>
</manifest>
""")

_KEYWORD = Template('        <keyword><langstring xml:lang="$language">$word</langstring></keyword>')

_ITEM = Template("""\
      <item identifier="$id" identifierref="sco-$id" isvisible="true">
        <title>$title</title>
        <adlcp:masteryscore>$mastery</adlcp:masteryscore>
      </item>""")

_SCO = Template("""\
    <resource identifier="sco-$id" type="webcontent" adlcp:scormtype="sco" href="$page">
      <file href="$page"/>
      <file href="$pool"/>
      <dependency identifierref="shared"/>
    </resource>""")
