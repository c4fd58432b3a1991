"""SCORM 2004 packages made in a test: two SCOs in order, the second closed until the first is passed."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

NAMESPACES = (
    'xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3" '
    'xmlns:adlseq="http://www.adlnet.org/xsd/adlseq_v1p3" xmlns:adlnav="http://www.adlnet.org/xsd/adlnav_v1p3" '
    'xmlns:imsss="http://www.imsglobal.org/xsd/imsss"'
)
# As authors' code looks for it; what it does besides is the test's to say.
PAGE = """<!doctype html><html lang="en"><head><title>{title}</title></head><body><p>This is {title}.</p>
<script>
  let api = window;
  while (!api.API_1484_11 && api.parent !== api) api = api.parent;
  api = api.API_1484_11;
  const get = (name) => api.GetValue(name);
  const set = (name, value) => api.SetValue(name, value);
  window.first = api.Initialize("");
  window.entry = get("cmi.entry");
  window.seen = get("cmi.suspend_data");
</script></body></html>"""
PASSING = (
    "<imsss:objectives><imsss:primaryObjective objectiveID='read' satisfiedByMeasure='true'>"
    "<imsss:minNormalizedMeasure>0.8</imsss:minNormalizedMeasure>"
    "<imsss:mapInfo targetObjectiveID='first-passed' writeSatisfiedStatus='true'/>"
    "</imsss:primaryObjective></imsss:objectives>"
)
CLOSED_UNTIL_FIRST = (
    "<imsss:sequencingRules><imsss:preConditionRule><imsss:ruleConditions conditionCombination='any'>"
    "<imsss:ruleCondition referencedObjective='before' operator='not' condition='satisfied'/>"
    "<imsss:ruleCondition referencedObjective='before' operator='not' condition='objectiveStatusKnown'/>"
    "</imsss:ruleConditions><imsss:ruleAction action='disabled'/></imsss:preConditionRule></imsss:sequencingRules>"
    "<imsss:objectives><imsss:primaryObjective/>"
    "<imsss:objective objectiveID='before'><imsss:mapInfo targetObjectiveID='first-passed'/></imsss:objective>"
    "</imsss:objectives>"
)


def item(identifier: str, inside: str = "", *, sequencing: str = "", attributes: str = "") -> str:
    held = f"<imsss:sequencing>{sequencing}</imsss:sequencing>" if sequencing else ""
    return (
        f'<item identifier="{identifier}" identifierref="R-{identifier}"{attributes}><title>Unit {identifier}</title>'
        f"{inside}{held}</item>"
    )


def sco(identifier: str, href: str = "", *, kind: str = "sco") -> str:
    page = href or f"{identifier.lower()}.html"
    return (
        f'<resource identifier="R-{identifier}" type="webcontent" adlcp:scormType="{kind}" href="{page}">'
        f'<file href="{page}"/></resource>'
    )


TWO_ITEMS = item("A", sequencing=PASSING) + item("B", sequencing=CLOSED_UNTIL_FIRST)
FLOWS = '<imsss:sequencing><imsss:controlMode choice="true" flow="true"/></imsss:sequencing>'


def manifest(
    items: str = TWO_ITEMS,
    resources: str = sco("A") + sco("B"),
    *,
    edition: str = "2004 4th Edition",
    after_items: str = FLOWS,
    at_end: str = "",
    organization: str = "",
) -> str:
    return (
        f'<manifest identifier="S1" version="1.0" {NAMESPACES}>'
        f"<metadata><schema>ADL SCORM</schema><schemaversion>{edition}</schemaversion></metadata>"
        f'<organizations default="O1"><organization identifier="O1"{organization}><title>Two in order</title>{items}'
        f"{after_items}</organization></organizations><resources>{resources}</resources>{at_end}</manifest>"
    )


def package(folder: Path, text: str = "", *, pages: tuple[str, ...] = ("A", "B")) -> Path:
    path = folder / "scorm2004.zip"
    with ZipFile(path, "w", ZIP_DEFLATED) as target:
        target.writestr("imsmanifest.xml", text or manifest())
        for name in pages:
            target.writestr(f"{name.lower()}.html", PAGE.format(title=f"unit {name}"))
    return path
