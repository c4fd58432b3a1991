// The recorder for SCORM 1.2 (Run-Time Environment 1.2): what course.js tells, as calls to the LMS's API.
"use strict";

window.courseRecorder = (() => {
  const { NOTHING, PREVIEW, REFUSED, REVIEW, find, call, taken } = window.scormApi;
  let api = null;
  let opened = 0;

  const set = (name, value) => taken(call(() => api.LMSSetValue(name, value)));
  const get = (name) => String(call(() => api.LMSGetValue(name)));

  const two = (number) => String(number).padStart(2, "0");

  // CMITimespan and CMITime: HH:MM:SS.SS
  const timespan = (seconds) => {
    const hundredths = Math.max(0, Math.round(seconds * 100));
    const whole = Math.floor(hundredths / 100);
    const clock = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60].map(two).join(":");
    return `${clock}.${two(hundredths % 100)}`;
  };
  const clock = (at) => [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":");

  const open = () => {
    api = find("API");
    if (!api) return { ...NOTHING, notice: PREVIEW };
    if (!taken(call(() => api.LMSInitialize("")))) return { ...NOTHING, notice: REFUSED };
    const status = get("cmi.core.lesson_status");
    const kept = {
      location: get("cmi.core.lesson_location"),
      state: get("cmi.suspend_data"),
      passed: status === "passed",
      notice: "",
    };
    if (["browse", "review"].includes(get("cmi.core.lesson_mode"))) return { ...kept, notice: REVIEW };
    recorder.recording = true;
    opened = Date.now();
    if (["", "not attempted", "browsed"].includes(status)) set("cmi.core.lesson_status", "incomplete");
    return kept;
  };

  // An LMS that does not count would let one answer overwrite the other.
  let written = 0;
  const nextInteraction = () => {
    const place = Math.max(Number.parseInt(get("cmi.interactions._count"), 10) || 0, written);
    written = place + 1;
    return place;
  };

  // Not every LMS keeps interactions, so a refusal here loses no result and is no alarm.
  const answered = (answer) => {
    if (!recorder.recording) return;
    const place = `cmi.interactions.${nextInteraction()}`;
    set(`${place}.id`, answer.id);
    set(`${place}.type`, answer.kind === "true-false" ? "true-false" : "choice");
    set(`${place}.time`, clock(answer.at));
    set(`${place}.weighting`, "1");
    set(`${place}.correct_responses.0.pattern`, answer.right.join(","));
    set(`${place}.student_response`, answer.chosen.join(","));
    set(`${place}.result`, answer.correct ? "correct" : "wrong");
    set(`${place}.latency`, timespan(answer.seconds));
  };

  let verdict = null;
  const judged = (result) => {
    verdict = result;
  };

  // Written again until a commit was taken: a verdict must not get lost between two steps.
  const setVerdict = () =>
    [
      set("cmi.core.score.min", "0"),
      set("cmi.core.score.max", "100"),
      set("cmi.core.score.raw", String(verdict.score)),
      set("cmi.core.lesson_status", verdict.passed ? "passed" : "failed"),
    ].pop();

  const save = ({ location, state, finished }) => {
    const results = [
      set("cmi.core.lesson_location", location),
      set("cmi.suspend_data", state),
      set("cmi.core.exit", finished ? "" : "suspend"),
      set("cmi.core.session_time", timespan((Date.now() - opened) / 1000)),
      !verdict || setVerdict(),
    ];
    const ok = taken(call(() => api.LMSCommit(""))) && results.every(Boolean);
    if (ok) verdict = null;
    return ok;
  };

  const close = () => {
    if (!recorder.recording) return true;
    set("cmi.core.session_time", timespan((Date.now() - opened) / 1000));
    return taken(call(() => api.LMSFinish("")));
  };

  const recorder = { recording: false, open, answered, judged, save, close };
  return recorder;
})();
