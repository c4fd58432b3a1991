"""Courses: packages, launches, cmi5, the player and what courses report."""

from __future__ import annotations

from lrs_bridge.web.api_operation import BASIC, BINARY, FORM, HTML, JSON, LISTED, NOTHING, PART, PLAIN, Operation
from lrs_bridge.web.api_schemas import ANY, FLAG, TEXT, UUID_TEXT, ref

COURSES_OPERATIONS: dict[str, Operation] = {
    "packages.get_packages": Operation("Installed course packages", {200: {JSON: ref("Packages")}}, BASIC),
    "packages.post_package": Operation(
        "Install a course package; 200 where the same bytes are installed already",
        {200: {JSON: ref("Package")}, 201: {JSON: ref("Package")}}, BASIC,
        body={"multipart/form-data": {
            "type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}},
        }, "application/zip": BINARY, "application/xml": TEXT}, refusals=(413,),
    ),
    "packages.delete_package": Operation("Remove a course package", {204: NOTHING}, BASIC),
    "launches.post_launch": Operation(
        "A one-time address at which a learner starts a unit", {201: {JSON: ref("Launch")}}, BASIC,
        body={JSON: ref("LaunchRequest")}, refusals=(404, 413),
    ),
    "cmi5.get_courses": Operation(
        "Installed cmi5 courses", {200: {JSON: LISTED}}, BASIC, {"title": TEXT, **PART}
    ),
    "cmi5.get_units": Operation(
        "The assignable units of a course", {200: {JSON: LISTED}}, BASIC, {"move_on": TEXT, **PART}
    ),
    "cmi5.get_registrations": Operation(
        "Registrations and whether each is satisfied", {200: {JSON: LISTED}}, BASIC,
        {"course": UUID_TEXT, "actor": TEXT, "satisfied": FLAG, **PART},
    ),
    "cmi5.post_registration": Operation(
        "Enrol a learner; 200 where the registration is there",
        {200: {JSON: ref("Cmi5Registration")}, 201: {JSON: ref("Cmi5Registration")}}, BASIC,
        body={JSON: ref("Cmi5Learner")}, refusals=(404, 413),
    ),
    "cmi5.get_registration": Operation(
        "How units and blocks of a registration stand", {200: {JSON: ref("Cmi5Registration")}}, BASIC
    ),
    "cmi5.post_waiver": Operation(
        "Waive a unit; 200 where that was done before",
        {200: {JSON: ref("Cmi5Registration")}, 201: {JSON: ref("Cmi5Registration")}}, BASIC,
        body={JSON: {"type": "object", "required": ["unit", "reason"],
                     "properties": {"unit": TEXT, "reason": TEXT}, "additionalProperties": False}}, refusals=(413,),
    ),
    "cmi5.post_launch": Operation(
        "The launch URL of an assignable unit", {201: {JSON: ref("Cmi5Launch")}}, BASIC,
        body={JSON: ref("Cmi5LaunchRequest")}, refusals=(404, 413),
    ),
    "cmi5.get_sessions": Operation(
        "Sessions and how each ended", {200: {JSON: LISTED}}, BASIC,
        {"course": UUID_TEXT, "registration": UUID_TEXT, "outcome": {"enum": ["running", "terminated", "abandoned"]},
         **PART},
    ),
    "cmi5.post_abandonment": Operation(
        "Abandon a session; 200 where it had ended",
        {200: {JSON: ref("Cmi5Session")}, 201: {JSON: ref("Cmi5Session")}}, BASIC,
    ),
    "cmi5.post_fetch": Operation("The credential of a launched unit, once", {200: {JSON: ref("Cmi5Fetched")}}),
    "cmi5_content.file": Operation(
        "A file of a launched cmi5 package", {200: {"*/*": ANY}, 206: {"*/*": ANY}, 304: NOTHING},
        refusals=(400, 403, 416),
    ),
    "player.start": Operation("Start a launch, once", {303: NOTHING}, refusals=(403,)),
    "player.page": Operation("The course player of a running launch", {200: {HTML: TEXT}}, refusals=(403,)),
    "player.frame": Operation(
        "The page around a running unit of an xAPI package or AICC course", {200: {HTML: TEXT}}, refusals=(403,)
    ),
    "player.other_unit": Operation("Go on with another unit of the course", {303: NOTHING}, refusals=(403,)),
    "content.file": Operation(
        "A file of the launched package", {200: {"*/*": ANY}, 206: {"*/*": ANY}, 304: NOTHING}, refusals=(403, 416)
    ),
    "runtime.hacp": Operation(
        "A message of an AICC unit (HACP)", {200: {PLAIN: TEXT}, 413: {PLAIN: TEXT}},
        body={FORM: {"type": "object", "properties": {
            "command": TEXT, "version": TEXT, "session_id": TEXT, "aicc_data": TEXT}}},
    ),
    "runtime.commit": Operation(
        "What the course said, from the player",
        {200: {JSON: ref("CommitAnswer")}, 400: {JSON: ref("CommitAnswer")}, 409: {JSON: ref("CommitAnswer")}},
        body={JSON: ref("Commit")}, refusals=(403,),
    ),
}  # fmt: skip
