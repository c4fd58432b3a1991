"""Tiny courses that speak to the server themselves: an xAPI package and an AICC course, each of one page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.packages import zipped

ACTIVITY = "https://courses.example.com/lifting"
TINCAN = f"""<?xml version="1.0" encoding="utf-8"?>
<tincan xmlns="http://projecttincan.com/tincan.xsd"><activities>
<activity id="{ACTIVITY}" type="http://adlnet.gov/expapi/activities/course">
<name lang="en-GB">Safe lifting</name><description lang="en-GB">How to lift.</description>
<launch lang="en-GB">index.html</launch></activity>
<activity id="{ACTIVITY}/knees" type="http://adlnet.gov/expapi/activities/question">
<name lang="en-GB">Knees</name></activity>
</activities></tincan>"""
XAPI_PAGE = """<!doctype html><html lang="en"><head><title>Safe lifting</title></head><body>
<p>Lift with your legs.</p><button id="done">I passed</button><p id="said" role="status"></p>
<script>
const told = new URLSearchParams(location.search);
const headers = { Authorization: told.get("auth"), "X-Experience-API-Version": "1.0.3" };
const state = `activities/state?stateId=bookmark&activityId=${encodeURIComponent(told.get("activity_id"))}` +
  `&agent=${encodeURIComponent(told.get("actor"))}&registration=${told.get("registration")}`;
const say = (words) => { document.getElementById("said").textContent = words; };
fetch(told.get("endpoint") + state, { headers }).then(async (answer) => {
  say(answer.ok ? `Begun before: ${await answer.text()}` : "New");
});
document.getElementById("done").onclick = async () => {
  await fetch(told.get("endpoint") + state, { method: "PUT", body: "page 2",
    headers: { ...headers, "Content-Type": "text/plain" } });
  const statement = { actor: JSON.parse(told.get("actor")), verb: { id: "http://adlnet.gov/expapi/verbs/passed" },
    object: { id: told.get("activity_id") }, result: { success: true, score: { scaled: 0.9 } },
    context: { registration: told.get("registration") } };
  const answer = await fetch(told.get("endpoint") + "statements", { method: "POST", body: JSON.stringify(statement),
    headers: { ...headers, "Content-Type": "application/json" } });
  say(answer.ok ? "Recorded" : `Refused: ${answer.status}`);
};
</script></body></html>"""

CRS = """[Course]\r\nCourse_Creator=Own\r\nCourse_ID=LIFT\r\nCourse_Title=Safe lifting\r\nVersion=4.0\r\n"""
AU = (
    "system_id,type,command_line,max_time_allowed,time_limit_action,file_name,max_score,mastery_score,system_vendor,"
    "core_vendor,web_launch,au_password\r\n"
    'A1,lesson,,00:20:00,"C,N",index.html?page=1,20,16,Own,colour=blue,lang=en,\r\n'
)
DES = 'system_id,developer_id,title,description\r\nA1,D1,"Lift, safely",How to lift\r\n'
CST = 'block,member\r\nroot,A1\r\n'  # fmt: skip
AICC_PAGE = """<!doctype html><html lang="en"><head><title>Safe lifting</title></head><body>
<p>Lift with your legs.</p><button id="done">I passed</button><p id="said" role="status"></p>
<script>
const told = new URLSearchParams(location.search);
const post = async (command, aicc_data = "") => (await fetch(told.get("AICC_URL"), { method: "POST",
  body: new URLSearchParams({ command, version: "4.0", session_id: told.get("AICC_SID"), aicc_data }) })).text();
const say = (words) => { document.getElementById("said").textContent = words; };
post("GetParam").then((answer) => say(answer.match(/Lesson_Status=(.*)/)?.[1] ?? answer));
document.getElementById("done").onclick = async () => {
  await post("PutParam", "[Core]\\r\\nLesson_Location=2\\r\\nLesson_Status=P\\r\\nScore=18\\r\\nTime=00:03:00\\r\\n"
    + "[Core_Lesson]\\r\\npage=2\\r\\n");
  say(await post("ExitAU"));
};
</script></body></html>"""


def xapi_package(folder: Path, name: str = "xapi.zip", **files: str) -> Path:
    return zipped(folder, {"tincan.xml": TINCAN, "index.html": XAPI_PAGE, **files}, name)


def aicc_course(folder: Path, name: str = "aicc.zip", **files: str | bytes) -> Path:
    """``crs=…`` and the like replace a descriptor."""
    return zipped(folder, aicc_files(**files), name)


def aicc_files(**files: str | bytes) -> Mapping[str, str | bytes]:
    told: dict[str, str | bytes] = {"crs": CRS, "au": AU, "des": DES, "cst": CST, **files}
    return {f"Lift.{ending}": text for ending, text in told.items()} | {"index.html": AICC_PAGE}
