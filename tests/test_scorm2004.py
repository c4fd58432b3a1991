"""imsmanifest.xml of SCORM 2004, 2nd to 4th edition: units, and the activity tree that the sequencer takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lrs_bridge.courseware.archive import open_archive
from lrs_bridge.courseware.course import Course
from lrs_bridge.courseware.preflight import preflight
from lrs_bridge.courseware.standards import read_course
from lrs_bridge.errors import PackageRefused, Problem
from tests.packages2004 import NAMESPACES, TWO_ITEMS, item, manifest, package, sco


def read(folder: Path, text: str = "") -> tuple[Course, list[Problem]]:
    with open_archive(package(folder, text)) as archive:
        course, problems = read_course(archive)
        return course, [*problems, *preflight(archive, course)]


def activity(folder: Path, inside: str = "", *, sequencing: str = "", at_end: str = "", attributes: str = "") -> Any:
    items = item("A", inside, sequencing=sequencing, attributes=attributes) + item("B")
    course, problems = read(folder, manifest(items, at_end=at_end))
    assert problems == []
    return course.activity_tree["children"][0]


def test_two_units(tmp_path: Path) -> None:
    course, problems = read(tmp_path)
    assert problems == []
    assert (course.standard, course.identifier, course.title) == ("SCORM 2004 4th Edition", "S1", "Two in order")
    assert [(unit.identifier, unit.href, unit.mastery_score) for unit in course.units] == [
        ("A", "a.html", 0.8),
        ("B", "b.html", None),
    ]
    tree = course.activity_tree
    assert (tree["id"], [child["id"] for child in tree["children"]]) == ("O1", ["A", "B"])
    assert (tree["objectivesGlobalToSystem"], tree["sharedDataGlobalToSystem"]) == (True, True)


@pytest.mark.parametrize(
    ("version", "standard", "warned"),
    [
        ("2004 4th Edition", "SCORM 2004 4th Edition", ""),
        ("2004 3rd Edition", "SCORM 2004 3rd Edition", ""),
        ("2004 2nd edition", "SCORM 2004 2nd Edition", ""),
        ("CAM 1.3", "SCORM 2004", "calls its version CAM 1.3"),
        ("", "SCORM 2004", "does not say which edition"),
    ],
)
def test_editions(tmp_path: Path, version: str, standard: str, warned: str) -> None:
    course, problems = read(tmp_path, manifest(edition=version))
    assert course.standard == standard
    assert [problem.severity for problem in problems] == (["warning"] if warned else [])
    assert warned in " ".join(map(str, problems))


# The defaults of the standard, for an item that says nothing (SN, chapter 3).
PLAIN = {
    "sequencingControls": {
        "choice": True,
        "choiceExit": True,
        "flow": False,
        "forwardOnly": False,
        "useCurrentAttemptObjectiveInfo": True,
        "useCurrentAttemptProgressInfo": True,
        "preventActivation": False,
        "constrainChoice": False,
        "rollupObjectiveSatisfied": True,
        "rollupProgressCompletion": True,
        "objectiveMeasureWeight": 1.0,
    },
    "deliveryControls": {"tracked": True, "completionSetByContent": False, "objectiveSetByContent": False},
    "sequencingRules": {},
    "rollupRules": {"rules": []},
    "rollupConsiderations": {},
}


def test_every_default_is_written_out(tmp_path: Path) -> None:
    assert activity(tmp_path) == PLAIN | {"id": "A", "title": "Unit A", "isVisible": True}


CONTROLS = [
    ("<imsss:controlMode choice='false' choiceExit='0' flow='1' forwardOnly='true'/>",
     {"choice": False, "choiceExit": False, "flow": True, "forwardOnly": True}),
    ("<imsss:controlMode useCurrentAttemptObjectiveInfo='false' useCurrentAttemptProgressInfo='false'/>",
     {"useCurrentAttemptObjectiveInfo": False, "useCurrentAttemptProgressInfo": False}),
    ("<adlseq:constrainedChoiceConsiderations preventActivation='true' constrainChoice='true'/>",
     {"preventActivation": True, "constrainChoice": True}),
    ("<imsss:rollupRules rollupObjectiveSatisfied='false' rollupProgressCompletion='false' "
     "objectiveMeasureWeight='0.25'/>",
     {"rollupObjectiveSatisfied": False, "rollupProgressCompletion": False, "objectiveMeasureWeight": 0.25}),
    ("<imsss:randomizationControls selectionTiming='once' selectCount='2' randomizationTiming='onEachNewAttempt' "
     "reorderChildren='true'/>",
     {"selectionTiming": "once", "selectCount": 2, "randomizationTiming": "onEachNewAttempt",
      "randomizeChildren": True}),
]  # fmt: skip


@pytest.mark.parametrize(("xml", "expected"), CONTROLS)
def test_controls(tmp_path: Path, xml: str, expected: dict[str, Any]) -> None:
    found = activity(tmp_path, sequencing=xml)
    assert found["sequencingControls"] == PLAIN["sequencingControls"] | expected


ELSEWHERE = [
    ("", "<imsss:deliveryControls tracked='false' completionSetByContent='true' objectiveSetByContent='true'/>",
     {"deliveryControls": {"tracked": False, "completionSetByContent": True, "objectiveSetByContent": True}}),
    ("", "<imsss:limitConditions attemptLimit='3' attemptAbsoluteDurationLimit='PT30M'/>",
     {"attemptLimit": 3, "attemptAbsoluteDurationLimit": "PT30M"}),
    ("", "<adlseq:rollupConsiderations requiredForSatisfied='ifNotSuspended' measureSatisfactionIfActive='false'/>",
     {"rollupConsiderations": {"requiredForSatisfied": "ifNotSuspended", "requiredForNotSatisfied": "always",
                               "requiredForCompleted": "always", "requiredForIncomplete": "always",
                               "measureSatisfactionIfActive": False}}),
    ("<adlnav:presentation><adlnav:navigationInterface><adlnav:hideLMSUI>continue</adlnav:hideLMSUI>"
     "<adlnav:hideLMSUI>suspendAll</adlnav:hideLMSUI><adlnav:hideLMSUI>nonsense</adlnav:hideLMSUI>"
     "</adlnav:navigationInterface></adlnav:presentation>", "", {"hideLmsUi": ["continue", "suspendAll"]}),
    ("<adlcp:completionThreshold completedByMeasure='true' minProgressMeasure='0.75' progressWeight='0.5'/>", "",
     {"completionThreshold": {"completedByMeasure": True, "minProgressMeasure": 0.75, "progressWeight": 0.5}}),
    ("<adlcp:completionThreshold>0.6</adlcp:completionThreshold>", "",  # as the 2nd and 3rd edition write it
     {"completionThreshold": {"completedByMeasure": True, "minProgressMeasure": 0.6, "progressWeight": 1.0}}),
    ("<adlcp:data><adlcp:map targetID='notes' writeSharedData='false'/></adlcp:data>", "",
     {"sharedDataMaps": [{"targetID": "notes", "readSharedData": True, "writeSharedData": False}]}),
]  # fmt: skip


@pytest.mark.parametrize(("inside", "sequencing", "expected"), ELSEWHERE)
def test_what_else_an_item_says(tmp_path: Path, inside: str, sequencing: str, expected: dict[str, Any]) -> None:
    found = activity(tmp_path, inside, sequencing=sequencing)
    assert {name: found[name] for name in expected} == expected


def rule(kind: str, action: str, conditions: str, combination: str = "") -> str:
    combined = f" conditionCombination='{combination}'" if combination else ""
    return (
        f"<imsss:{kind}><imsss:ruleConditions{combined}>{conditions}</imsss:ruleConditions>"
        f"<imsss:ruleAction action='{action}'/></imsss:{kind}>"
    )


def test_sequencing_rules(tmp_path: Path) -> None:
    greater = "<imsss:ruleCondition condition='objectiveMeasureGreaterThan' referencedObjective='o' "
    rules = [
        rule("preConditionRule", "skip", "<imsss:ruleCondition condition='satisfied'/>"),
        rule("preConditionRule", "disabled", "<imsss:ruleCondition operator='not' condition='completed'/>", "any"),
        rule("exitConditionRule", "exit", "<imsss:ruleCondition condition='always'/>"),
        rule("postConditionRule", "retryAll", f"{greater} measureThreshold='0.5'/>"),
    ]
    found = activity(tmp_path, sequencing=f"<imsss:sequencingRules>{''.join(rules)}</imsss:sequencingRules>")
    measured = {
        "condition": "objectiveMeasureGreaterThan",
        "referencedObjective": "o",
        "parameters": {"threshold": 0.5},
    }
    assert found["sequencingRules"] == {
        "preConditionRules": [
            {"action": "skip", "conditionCombination": "all", "conditions": [{"condition": "satisfied"}]},
            {
                "action": "disabled",
                "conditionCombination": "any",
                "conditions": [{"condition": "completed", "operator": "not"}],
            },
        ],
        "exitConditionRules": [
            {"action": "exit", "conditionCombination": "all", "conditions": [{"condition": "always"}]}
        ],
        "postConditionRules": [{"action": "retryAll", "conditionCombination": "all", "conditions": [measured]}],
    }


def test_rollup_rules(tmp_path: Path) -> None:
    conditions = (
        "<imsss:rollupConditions conditionCombination='all'><imsss:rollupCondition condition='activityProgressKnown'/>"
        "<imsss:rollupCondition operator='not' condition='attempted'/></imsss:rollupConditions>"
    )
    rules = (
        f"<imsss:rollupRules><imsss:rollupRule childActivitySet='atLeastCount' minimumCount='2'>{conditions}"
        "<imsss:rollupAction action='completed'/></imsss:rollupRule></imsss:rollupRules>"
    )
    (found,) = activity(tmp_path, sequencing=rules)["rollupRules"]["rules"]
    assert found == {
        "action": "completed",
        "consideration": "atLeastCount",
        "minimumCount": 2,
        "minimumPercent": 0,
        "conditionCombination": "all",
        "conditions": [
            {"condition": "progressKnown", "operator": "noOp"},
            {"condition": "attempted", "operator": "not"},
        ],
    }


def test_objectives_and_their_maps(tmp_path: Path) -> None:
    objectives = (
        "<imsss:objectives><imsss:primaryObjective satisfiedByMeasure='true' objectiveID='P'>"
        "<imsss:minNormalizedMeasure>0.7</imsss:minNormalizedMeasure>"
        "<imsss:mapInfo targetObjectiveID='g' writeSatisfiedStatus='true'/></imsss:primaryObjective>"
        "<imsss:objective objectiveID='o'/></imsss:objectives>"
        "<adlseq:objectives><adlseq:objective objectiveID='P'>"
        "<adlseq:mapInfo targetObjectiveID='g' writeRawScore='true' readMaxScore='false'/></adlseq:objective>"
        "</adlseq:objectives>"
    )
    found = activity(tmp_path, sequencing=objectives)
    primary = found["primaryObjective"]
    assert (primary["objectiveID"], primary["satisfiedByMeasure"], primary["minNormalizedMeasure"]) == ("P", True, 0.7)
    (mapped,) = primary["mapInfo"]
    assert mapped["targetObjectiveID"] == "g"
    flags = {name for name, value in mapped.items() if value is True}
    assert {"writeSatisfiedStatus", "writeRawScore", "readSatisfiedStatus"} <= flags
    assert not {"readMaxScore", "writeNormalizedMeasure"} & flags
    assert [one["objectiveID"] for one in found["objectives"]] == ["o"]


def test_a_sequencing_collection_is_hidden_by_the_items_own(tmp_path: Path) -> None:
    collection = (
        "<imsss:sequencingCollection><imsss:sequencing ID='base'><imsss:controlMode flow='true'/>"
        "<imsss:limitConditions attemptLimit='2'/></imsss:sequencing></imsss:sequencingCollection>"
    )
    items = item("A").replace(
        "</item>",
        '<imsss:sequencing IDRef="base"><imsss:limitConditions attemptLimit="5"/></imsss:sequencing></item>',
    )
    course, problems = read(tmp_path, manifest(items + item("B"), at_end=collection))
    assert problems == []
    found = course.activity_tree["children"][0]
    assert (found["sequencingControls"]["flow"], found["attemptLimit"]) == (True, 5)


def test_what_the_run_time_starts_with(tmp_path: Path) -> None:
    inside = (
        "<adlcp:timeLimitAction>exit,no message</adlcp:timeLimitAction><adlcp:dataFromLMS> a=1 </adlcp:dataFromLMS>"
        "<adlcp:completionThreshold completedByMeasure='true' minProgressMeasure='0.5'/>"
    )
    sequencing = (
        "<imsss:limitConditions attemptAbsoluteDurationLimit='PT1H'/><imsss:objectives>"
        "<imsss:primaryObjective satisfiedByMeasure='true'/></imsss:objectives>"
        "<imsss:deliveryControls completionSetByContent='true'/>"
    )
    course, _ = read(tmp_path, manifest(item("A", inside, sequencing=sequencing) + item("B")))
    first, second = course.units
    assert (first.time_limit_action, first.launch_data, first.max_time_allowed) == ("exit,no message", "a=1", "PT1H")
    assert (first.completion_threshold, first.content_completes) == (0.5, True)
    assert first.mastery_score == 1.0, "where the manifest names no passing score (SN 3.10.2)"
    assert (second.completion_threshold, second.content_completes, second.mastery_score) == (None, False, None)


def test_a_folder_of_units(tmp_path: Path) -> None:
    inner = f'<item identifier="F"><title>Folder</title>{item("A")}</item>'
    items = inner + item("B", attributes=' isvisible="false"')
    course, problems = read(tmp_path, manifest(items))
    folder, hidden = course.activity_tree["children"]
    assert (folder["id"], [child["id"] for child in folder["children"]]) == ("F", ["A"])
    assert hidden["isVisible"] is False
    assert [problem.severity for problem in problems] == ["info"]


WARNED = [
    (manifest(item("A", sequencing="<imsss:limitConditions attemptLimit='many'/>") + item("B")), "attemptLimit is"),
    (manifest(item("A", "<adlcp:timeLimitAction>explode</adlcp:timeLimitAction>") + item("B")), "timeLimitAction is"),
    (manifest(item("A", sequencing="<imsss:sequencingRules>" + rule("preConditionRule", "fly", "")
                   + "</imsss:sequencingRules>") + item("B")), "a sequencing rule with the action 'fly'"),
    (manifest(item("A", sequencing="<imsss:objectives><imsss:primaryObjective satisfiedByMeasure='true'>"
                   "<imsss:minNormalizedMeasure>80</imsss:minNormalizedMeasure></imsss:primaryObjective>"
                   "</imsss:objectives>") + item("B")), "minNormalizedMeasure is '80'"),
    (manifest(item("A").replace("</item>", '<imsss:sequencing IDRef="gone"/></item>') + item("B")), "gone"),
    (manifest(resources=sco("A", kind="asset") + sco("B")), "never report a completion"),
    (manifest().replace("imscp_v1p1", "imscp_v1p2"), "does not use the namespace"),
    (manifest(at_end=f"<manifest identifier='inner' {NAMESPACES}/>"), "a manifest inside the manifest was not read"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), WARNED)
def test_what_is_not_understood_is_a_warning(tmp_path: Path, text: str, words: str) -> None:
    course, problems = read(tmp_path, text)
    assert len(course.units) == 2
    assert [problem.severity for problem in problems] == ["warning"]
    assert words in str(problems[0])


def test_what_cannot_start_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackageRefused) as refused:
        read(tmp_path, manifest(TWO_ITEMS + item("C"), sco("A", "gone.html") + sco("B")))
    words = " ".join(map(str, refused.value.problems))
    assert "Unit A starts with gone.html, which is not in the package" in words
    assert "refers to the resource R-C, which is not there" in words
