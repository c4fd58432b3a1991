"""What the invented company demands: security of everybody, anti-money laundering of three departments."""

from __future__ import annotations

from datetime import date, timedelta

SECURITY = "security-essentials"
AML = "aml-2026"
PACKAGE = "information-security-essentials"
UNITS = {
    "passwords-and-phishing": "Passwords, MFA and phishing",
    "handling-information": "Handling information",
    "incidents-and-duties": "Incidents and your duties",
}
AML_DEPARTMENTS = ("Customer Onboarding", "Finance", "Risk and Compliance")
AML_PAGE = "http://127.0.0.1:8085/mod/page/view.php?id=20"
AML_QUIZ = "http://127.0.0.1:8085/mod/quiz/view.php?id=27"
SECURITY_DUE_IN = timedelta(7)
AML_DUE_SINCE = timedelta(3)

_MODULE = """
[[requirement.module]]
package = "{package}"
unit = "{unit}"
title = "{title}"
needs = "passed"
mastery = 0.8
"""


def requirements_toml(today: date) -> str:
    """Two requirements: one due in a week, one due three days ago.

    Joiners have a month for the first. A second rule, "30 days after hire", would not say so: the earliest rule
    applies, and 30 days after they were hired is long past for everybody else. Thirty days' notice does.
    """
    modules = "".join(_MODULE.format(package=PACKAGE, unit=unit, title=title) for unit, title in UNITS.items())
    departments = ", ".join(f'"{department}"' for department in AML_DEPARTMENTS)
    return f"""\
[[requirement]]
id = "{SECURITY}"
title = "Information security essentials"
authority = "policy"
due = {{ fixed = {today + SECURITY_DUE_IN} }}
renewal = {{ months = 12, basis = "completion", window_months = 1, grace_days = 0 }}
absence = {{ min_days = 14, return_days = 30 }}
min_notice_days = 30      # joiners: a month from their first day
{modules}
[[requirement]]
id = "{AML}"
title = "Anti-Money Laundering 2026"
authority = "regulation"
audience = [ {{ department = [{departments}] }} ]
due = {{ fixed = {today - AML_DUE_SINCE} }}
absence = {{ min_days = 14, return_days = 30 }}
min_notice_days = 14

# the two activities as the Moodle course names them in its own statements
[[requirement.module]]
activity = "{AML_PAGE}"
title = "AML policy (read me)"
needs = "completed"

[[requirement.module]]
activity = "{AML_QUIZ}"
title = "AML final test"
needs = "passed"
"""
