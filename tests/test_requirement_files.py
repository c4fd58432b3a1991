"""Requirements as people write them, and every fault they can hold."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrs_bridge.domain.people import JobAssignment
from lrs_bridge.domain.periods import Period
from lrs_bridge.domain.requirement_files import read_requirements
from lrs_bridge.domain.requirement_json import requirement_as_json, requirement_from_json
from lrs_bridge.domain.requirements import (
    AbsenceRule,
    AudienceClause,
    Criterion,
    DueRule,
    Equivalent,
    FollowUp,
    LookBack,
    Module,
    Renewal,
    Requirement,
)
from lrs_bridge.errors import Problem, RequirementRefused

UNITS = {("golf", None): "https://learn.example.com/golf", ("security", "m1"): "https://learn.example.com/security/1"}
WHOLE = """
[[requirement]]
id = "security-essentials"
title = "Information security essentials"
authority = "regulation"
audience = [ { department = ["Contact Centre", "Sales"], country = ["GB"] }, { job_code = ["ADV*"] } ]
due = [ { fixed = 2026-03-31 }, { days = 30, after = "hire" } ]
renewal = { months = 12, basis = "expiry", window_months = 2, grace_days = 5, min_active_months = 3 }
absence = { min_days = 10, return_days = 20 }
min_notice_days = 5
due_soon_days = 21
gap_bridge_days = 3
in_force_from = 2026-01-01
[[requirement.module]]
activity = "https://learn.example.com/courses/security/1"
title = "Passwords and phishing"
needs = "passed"
mastery = 0.8
[[requirement.module]]
package = "security"
unit = "m1"
needs = "completed"

[[requirement]]
id = "golf"
title = "Golf"
[[requirement.module]]
package = "golf"
mastery = 1
"""
ESSENTIALS = Requirement(
    id="security-essentials",
    title="Information security essentials",
    modules=(
        Module("https://learn.example.com/courses/security/1", "Passwords and phishing", "passed", 0.8),
        Module("https://learn.example.com/security/1", needs="completed"),
    ),
    authority="regulation",
    audience=(
        AudienceClause({"department": ("Contact Centre", "Sales"), "country": ("GB",)}),
        AudienceClause({"job_code": ("ADV*",)}),
    ),
    due=(DueRule(fixed=date(2026, 3, 31)), DueRule(days=30, after="hire")),
    renewal=Renewal(12, "expiry", 2, 5, 3),
    absence=AbsenceRule(10, 20),
    min_notice_days=5,
    due_soon_days=21,
    gap_bridge_days=3,
    in_force_from=date(2026, 1, 1),
)
GOLF = Requirement("golf", "Golf", (Module("https://learn.example.com/golf", mastery=1.0),))


def resolve(package: str, unit: str | None) -> str | None:
    return UNITS.get((package, unit))


def read(text: str | bytes) -> list[Requirement]:
    return read_requirements(text, source="requirements.toml", resolve_unit=resolve)


def problems(text: str | bytes) -> tuple[Problem, ...]:
    with pytest.raises(RequirementRefused) as refused:
        read(text)
    return refused.value.problems


@pytest.mark.parametrize("text", [WHOLE, WHOLE.encode(), b"\xef\xbb\xbf" + WHOLE.encode(), WHOLE.replace("\n", "\r\n")])
def test_a_whole_file(text: str | bytes) -> None:
    assert read(text) == [ESSENTIALS, GOLF]


@pytest.mark.parametrize("requirement", [ESSENTIALS, GOLF], ids=lambda requirement: requirement.id)
def test_json_round_trip(requirement: Requirement) -> None:
    stored = json.dumps(requirement_as_json(requirement))
    assert requirement_from_json(json.loads(stored)) == requirement


def test_json_of_an_older_release_takes_the_defaults() -> None:
    stored = {"id": "r", "title": "R", "modules": [{"activity": "https://x.example"}]}
    assert requirement_from_json(stored) == Requirement("r", "R", (Module("https://x.example"),))


texts = st.text(min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(
    requirement=st.builds(
        Requirement,
        id=texts,
        title=texts,
        modules=st.lists(st.builds(Module, texts, texts, mastery=st.none() | st.floats(0, 1)), min_size=1).map(tuple),
        version=st.integers(1, 99),
        audience=st.lists(
            st.dictionaries(st.sampled_from(("department", "country")), st.lists(texts).map(tuple)).map(AudienceClause)
        ).map(tuple),
        due=st.lists(st.builds(DueRule, st.none() | st.dates(), st.none() | st.integers(0, 99))).map(tuple),
        renewal=st.none() | st.builds(Renewal, st.integers(1, 60)),
        in_force_from=st.none() | st.dates(),
    )
)
def test_json_keeps_every_requirement(requirement: Requirement) -> None:
    assert requirement_from_json(json.loads(json.dumps(requirement_as_json(requirement)))) == requirement


HEAD = '[[requirement]]\nid = "r"\ntitle = "R"\n'
MODULE = '[[requirement.module]]\nactivity = "https://x.example/1"\n'
R = "requirements.toml: requirement[0]"
M = f"{R}.module[0]"

FAULTS: list[tuple[str, str, str, str]] = [
    # text, place, a part of the reason, a part of the remedy
    ("", "requirements.toml: requirement", "holds no requirement", "[[requirement]]"),
    ("requirement = []", "requirements.toml: requirement", "not an empty list", "[[requirement]]"),
    ("requirement = 3", "requirements.toml: requirement", "not a whole number", "[[requirement]]"),
    (HEAD + MODULE + "[[requirements]]\n", "requirements.toml: requirements", "not a known key",
     "Did you mean requirement?"),
    (HEAD + 'titel = "x"\n' + MODULE, f"{R}.titel", "titel is not a known key", "Did you mean title?"),
    (HEAD + "zzz = 1\n" + MODULE, f"{R}.zzz", "zzz is not a known key", "Known: absence, audience"),
    ('[[requirement]]\ntitle = "R"\n' + MODULE, f"{R}.id", "id is not given", 'id = "text"'),
    ('[[requirement]]\nid = ""\ntitle = "R"\n' + MODULE, f"{R}.id", "not empty text", 'id = "text"'),
    ('[[requirement]]\nid = 7\ntitle = "R"\n' + MODULE, f"{R}.id",
     "must be text that is not empty, not a whole number", 'id = "text"'),
    (HEAD + MODULE + HEAD + MODULE, "requirements.toml: requirement[1].id",
     'the id "r" is taken by requirement[0]', "own id"),
    (HEAD + 'authority = "law"\n' + MODULE, f"{R}.authority", 'authority is "law"', "regulation, policy"),
    (HEAD, f"{R}.module", "there is no module", "[[requirement.module]]"),
    (HEAD + "module = []\n", f"{R}.module", "not an empty list", "[[requirement.module]]"),
    (HEAD + "[[requirement.module]]\n", f"{M}.activity", "activity is not given", 'activity = "text"'),
    (HEAD + '[[requirement.module]]\nactivity = "security/1"\n', f"{M}.activity", "not an absolute IRI", "https://"),
    (HEAD + '[[requirement.module]]\nactivity = "https://x.example/a b"\n', f"{M}.activity",
     "not an absolute IRI", "https://"),
    (HEAD + MODULE + MODULE, f"{R}.module[1].activity", "already asked for by requirement[0].module[0]", "once"),
    (HEAD + MODULE + 'package = "golf"\n', M, "either an activity or a package", "Keep activity"),
    (HEAD + '[[requirement.module]]\nunit = "m1"\n', f"{M}.package", "package is not given", "package ="),
    (HEAD + '[[requirement.module]]\npackage = "security"\nunit = "m7"\n', f"{M}.package",
     "no package security with unit m7 is installed", "Install it first"),
    (HEAD + '[[requirement.module]]\npackage = "security"\n', f"{M}.package",
     "security is not installed, or has more than one unit", "give its unit"),
    (HEAD + MODULE + "mastery = 80\n", f"{M}.mastery", "mastery is 80", "Write 0.8 for 80 %"),
    (HEAD + MODULE + "mastery = -0.5\n", f"{M}.mastery", "from 0 to 1", "0.8 stands for 80 %"),
    (HEAD + MODULE + "mastery = nan\n", f"{M}.mastery", "mastery is nan", "0.8 stands for 80 %"),
    (HEAD + MODULE + 'mastery = "80%"\n', f"{M}.mastery", "must be a number, not text", "mastery = 0.8"),
    (HEAD + MODULE + "mastery = true\n", f"{M}.mastery", "must be a number, not true or false", "mastery = 0.8"),
    (HEAD + MODULE + 'needs = "pased"\n', f"{M}.needs", 'needs is "pased"', 'Did you mean "passed"?'),
    (HEAD + MODULE + 'needs = "completed"\nmastery = 0.8\n', f"{M}.mastery", "no effect", "Take mastery away"),
    (HEAD + 'audience = [ { team = ["x"] } ]\n' + MODULE, f"{R}.audience[0].team", "team is not a known key",
     "Known: country, department"),
    (HEAD + 'audience = [ { departement = ["x"] } ]\n' + MODULE, f"{R}.audience[0].departement",
     "not a known key", "Did you mean department?"),
    (HEAD + 'audience = [ { department = "Sales" } ]\n' + MODULE, f"{R}.audience[0].department",
     "must be a list of texts", "department = ["),
    (HEAD + "audience = [ { department = [] } ]\n" + MODULE, f"{R}.audience[0].department", "at least one",
     "department = ["),
    (HEAD + "audience = [ {} ]\n" + MODULE, f"{R}.audience[0]", "names nobody", "leave audience out"),
    (HEAD + "audience = []\n" + MODULE, f"{R}.audience", "not an empty list", "leave audience out"),
    (HEAD + 'audience = "everybody"\n' + MODULE, f"{R}.audience", "not text", "leave audience out"),
    (HEAD + "due = { fixed = 2026-03-31, days = 30 }\n" + MODULE, f"{R}.due", "not both", "due = {"),
    (HEAD + 'due = [ { days = 3 }, { fixed = 2026-03-31, after = "hire" } ]\n' + MODULE, f"{R}.due[1]",
     "not both", "due = {"),
    (HEAD + 'due = { after = "hire" }\n' + MODULE, f"{R}.due", "needs a fixed date or a number of days", "due = {"),
    (HEAD + 'due = { days = 30, after = "hiring" }\n' + MODULE, f"{R}.due.after", 'after is "hiring"',
     'Did you mean "hire"?'),
    (HEAD + "due = { days = -1 }\n" + MODULE, f"{R}.due.days", "days is -1", "from 0 to"),
    (HEAD + 'due = { fixed = "2026-03-31" }\n' + MODULE, f"{R}.due.fixed", "must be a date, not text",
     "without quotes"),
    (HEAD + "due = { fixed = 2026-03-31T10:00:00 }\n" + MODULE, f"{R}.due.fixed", "not a date with a time",
     "without quotes or time"),
    (HEAD + "due = 30\n" + MODULE, f"{R}.due", "must be a table or a list of tables, not a whole number", "due = {"),
    (HEAD + "renewal = { months = 0 }\n" + MODULE, f"{R}.renewal.months", "months is 0", "from 1 to"),
    (HEAD + "renewal = { months = 1.5 }\n" + MODULE, f"{R}.renewal.months", "must be a whole number", "months = 12"),
    (HEAD + "renewal = {}\n" + MODULE, f"{R}.renewal.months", "months is not given", "months = 12"),
    (HEAD + "renewal = 12\n" + MODULE, f"{R}.renewal", "must be a table", "renewal = {"),
    (HEAD + 'renewal = { months = 12, basis = "calendar" }\n' + MODULE, f"{R}.renewal.basis", "basis is",
     "completion, expiry, fixed"),
    (HEAD + 'renewal = { months = 12, basis = "fixed" }\n' + MODULE, f"{R}.renewal.basis",
     "no date to count from", "fixed ="),
    (HEAD + "renewal = { months = 1 }\n" + MODULE, f"{R}.renewal.window_months", "never closed", "fewer months"),
    (HEAD + "absence = { min_days = 0 }\n" + MODULE, f"{R}.absence.min_days", "min_days is 0", "from 1 to"),
    (HEAD + "min_notice_days = -7\n" + MODULE, f"{R}.min_notice_days", "min_notice_days is -7", "from 0 to"),
    (HEAD + 'in_force_from = "now"\n' + MODULE, f"{R}.in_force_from", "must be a date", "without quotes"),
    (HEAD + MODULE + "mastery = \n", "requirements.toml:6:11", "this is not TOML: Invalid value", "Correct the line"),
    (HEAD + 'id = "s"\n', "requirements.toml:4:9", "this is not TOML: Cannot overwrite a value", "Correct the line"),
]  # fmt: skip

FULL = """
[[requirement]]
id = "adviser"
title = "Adviser"
modules_needed = 2
requires = ["basic"]
look_back_months = 6
retake = 2026-09-30
correction = "0.6 was a slip"
late_days = 10
competencies = ["Advice"]
follow_up = { of = "basic", days = 90 }
due = { days = 14, after = "follow_up" }
[[requirement.module]]
key = "law"
activity = "https://learn.example.com/law"
equivalents = [
  { certificate = "ISO 27001" },
  { package = "golf", mastery = 0.6 },
  { activity = "urn:x:1", needs = "completed" },
]
[[requirement.module]]
activity = "https://learn.example.com/talk"
after = ["law"]
competencies = ["Talk"]
criteria = [ { id = "greets", title = "Greets", weight = 2, minimum = 0.5 }, { id = "listens" } ]
mastery = 0.7
"""
BASIC = Requirement("basic", "Basic", (Module("https://x.example/b"),))


def test_all_that_a_requirement_can_say() -> None:
    (found,) = read_requirements(FULL, source="f", resolve_unit=resolve, stored=[BASIC])
    assert found == Requirement(
        "adviser",
        "Adviser",
        (
            Module(
                "https://learn.example.com/law",
                key="law",
                equivalents=(
                    Equivalent("urn:lrs-bridge:certificate:ISO%2027001"),
                    Equivalent("https://learn.example.com/golf", mastery=0.6),
                    Equivalent("urn:x:1", "completed"),
                ),
            ),
            Module(
                "https://learn.example.com/talk",
                mastery=0.7,
                after=("law",),
                competencies=("Talk",),
                criteria=(Criterion("greets", "Greets", 2.0, 0.5), Criterion("listens")),
            ),
        ),
        due=(DueRule(days=14, after="follow_up"),),
        modules_needed=2,
        requires=("basic",),
        look_back=LookBack(months=6),
        follow_up=FollowUp("basic", 90),
        retake=date(2026, 9, 30),
        correction="0.6 was a slip",
        late_days=10,
        competencies=("Advice",),
    )
    assert requirement_from_json(json.loads(json.dumps(requirement_as_json(found)))) == found


@pytest.mark.parametrize(("said", "meant"), [("true", True), ("false", False), ("2026-09-30", date(2026, 9, 30))])
def test_retake(said: str, meant: bool | date) -> None:
    (found,) = read(HEAD + f"retake = {said}\n" + MODULE)
    assert found.retake == meant
    assert requirement_from_json(requirement_as_json(found)) == found


SECOND = '[[requirement.module]]\nactivity = "https://x.example/2"\n'
LINK_FAULTS: list[tuple[str, str, str, str]] = [
    (HEAD + "modules_needed = 2\n" + MODULE, f"{R}.modules_needed", "2 modules are needed and there are 1", "1 to 1"),
    (HEAD + "modules_needed = 0\n" + MODULE, f"{R}.modules_needed", "modules_needed is 0", "from 1 to"),
    (HEAD + "look_back_days = 3\nlook_back_months = 3\n" + MODULE, f"{R}.look_back_days", "not both", "one of them"),
    (HEAD + 'retake = "now"\n' + MODULE, f"{R}.retake", "must be true, false or a date", "retake = 2026-09-30"),
    (HEAD + 'due = { days = 3, after = "follow_up" }\n' + MODULE, f"{R}.due", "follows up nothing", "follow_up = {"),
    (HEAD + 'follow_up = { of = "zzz" }\n' + MODULE, f"{R}.follow_up.of", 'no requirement is called "zzz"', "import it"),  # noqa: E501
    (HEAD + 'requires = ["basics"]\n' + MODULE, f"{R}.requires", 'no requirement is called "basics"', '"basic"?'),
    (HEAD + 'requires = ["r"]\n' + MODULE, f"{R}.requires", "depends on itself: r → r", "Take one"),
    (HEAD + 'requires = ["loop"]\n' + MODULE, f"{R}.requires", "depends on itself: r → loop → r", "Take one"),
    (HEAD + 'requires = "basic"\n' + MODULE, f"{R}.requires", "must be a list of texts", "requires = ["),
    (HEAD + MODULE + 'after = ["x"]\n', f"{M}.after", 'no module of this requirement is called "x"', "key or its"),
    (HEAD + MODULE + 'key = "a"\nafter = ["a"]\n', f"{M}.after", "waits for itself", "Take one"),
    (HEAD + MODULE + 'key = "a"\n' + SECOND + 'key = "a"\n', f"{R}.module[1].key", "is taken by", "own key"),
    (HEAD + MODULE + 'equivalents = [ { activity = "https://x.example/1" } ]\n', f"{M}.equivalents",
     "named twice", "each once"),
    (HEAD + MODULE + 'equivalents = [ { certificate = "x", activity = "urn:x:1" } ]\n', f"{M}.equivalents[0]",
     "either a certificate or an activity", "one of them"),
    (HEAD + MODULE + 'equivalents = [ { activity = "urn:x:1", mastery = 80 } ]\n', f"{M}.equivalents[0].mastery",
     "mastery is 80", "Write 0.8"),
    (HEAD + MODULE + 'criteria = [ { id = "a" }, { id = "a" } ]\n', f"{M}.criteria[1].id", "is taken", "own id"),
    (HEAD + MODULE + 'criteria = [ { id = "a", weight = 0 } ]\n', f"{M}.criteria[0].weight", "weight is 0", "above 0"),
    (HEAD + MODULE + 'criteria = [ { id = "a", minimum = 50 } ]\n', f"{M}.criteria[0].minimum", "minimum is 50",
     "Write 0.5"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "place", "reason", "remedy"), LINK_FAULTS, ids=[f"{row[1]} {row[2]}" for row in LINK_FAULTS]
)
def test_faults_of_parts_that_name_each_other(text: str, place: str, reason: str, remedy: str) -> None:
    loop = Requirement("loop", "Loop", (Module("https://x.example/l"),), requires=("r",))
    stored = [BASIC, loop] if "loop" in text else [BASIC]
    with pytest.raises(RequirementRefused) as refused:
        read_requirements(text, source="requirements.toml", resolve_unit=resolve, stored=stored)
    (problem,) = [found for found in refused.value.problems if found.place == place]
    assert reason in problem.reason
    assert remedy in problem.remedy


@pytest.mark.parametrize(("text", "place", "reason", "remedy"), FAULTS, ids=[f"{row[1]} {row[2]}" for row in FAULTS])
def test_one_fault_is_one_problem_with_its_place(text: str, place: str, reason: str, remedy: str) -> None:
    (problem,) = problems(text)
    assert problem.place == place
    assert reason in problem.reason
    assert remedy in problem.remedy


def test_a_file_that_is_not_utf_8() -> None:
    (problem,) = problems((HEAD + 'authority = "é"\n').encode("latin-1"))
    assert (problem.place, problem.reason) == ("requirements.toml:4", "the file is not UTF-8 text")


def test_every_fault_at_once() -> None:
    text = (
        HEAD
        + "due = { days = -1 }\nrenewal = { months = 0 }\n"
        + MODULE
        + "mastery = 80\n"
        + '[[requirement]]\nid = "r"\n'
    )
    assert [problem.place.removeprefix("requirements.toml: ") for problem in problems(text)] == [
        "requirement[0].due.days",
        "requirement[0].module[0].mastery",
        "requirement[0].renewal.months",
        "requirement[1].title",
        "requirement[1].module",
        "requirement[1].id",
    ]


def test_refusal_says_how_many_and_what_to_do() -> None:
    with pytest.raises(RequirementRefused, match="has 2 problems; nothing of it was imported") as refused:
        read(HEAD + "zzz = 1\n")
    assert refused.value.remedy == "Correct the file and import it again."


@pytest.mark.parametrize(
    ("pattern", "word", "covers"),
    [
        ("Sales", "Sales", True),
        ("Sales*", "Sales North", True),
        ("ADV?", "ADV2", True),
        ("ADV?", "ADV", False),
        ("Sales [North]", "Sales [North]", True),
        ("Sales [North]", "Sales N", False),
        ("*", "", True),
        ("sales", "Sales", False),
    ],
)
def test_audience_patterns(pattern: str, word: str, covers: bool) -> None:
    job = JobAssignment(Period(date(2025, 1, 1)), department=word)
    assert AudienceClause({"department": (pattern,)}).covers(job) is covers
