// The recorder for SCORM 2004 (Run-Time Environment 4.2): what course.js tells, as calls to the LMS's API.
"use strict";

window.courseRecorder = (() => {
  const { NOTHING, PREVIEW, REFUSED, REVIEW, find, call, taken } = window.scormApi;
  let api = null;
  let opened = 0;

  const set = (name, value) => taken(call(() => api.SetValue(name, value)));
  const get = (name) => String(call(() => api.GetValue(name)));

  // timeinterval(second,10,2)
  const interval = (seconds) => `PT${Math.max(0, Math.round(seconds * 100)) / 100}S`;

  const open = () => {
    api = find("API_1484_11");
    if (!api) return { ...NOTHING, notice: PREVIEW };
    if (!taken(call(() => api.Initialize("")))) return { ...NOTHING, notice: REFUSED };
    const kept = {
      location: get("cmi.location"),
      state: get("cmi.suspend_data"),
      passed: get("cmi.success_status") === "passed",
      notice: "",
    };
    if (["browse", "review"].includes(get("cmi.mode"))) return { ...kept, notice: REVIEW };
    recorder.recording = true;
    opened = Date.now();
    if (get("cmi.completion_status") !== "completed") set("cmi.completion_status", "incomplete");
    return kept;
  };

  // An LMS that does not count would let one answer overwrite the other.
  let written = 0;
  const nextInteraction = () => {
    const place = Math.max(Number.parseInt(get("cmi.interactions._count"), 10) || 0, written);
    written = place + 1;
    return place;
  };

  const TRUE_FALSE = { t: "true", f: "false" };
  const response = (kind, options) =>
    kind === "true-false" ? TRUE_FALSE[options[0]] : options.join("[,]");

  // Not every LMS keeps interactions, so a refusal here loses no result and is no alarm.
  const answered = (answer) => {
    if (!recorder.recording) return;
    const place = `cmi.interactions.${nextInteraction()}`;
    set(`${place}.id`, answer.id);
    set(`${place}.type`, answer.kind === "true-false" ? "true-false" : "choice");
    set(`${place}.timestamp`, answer.at.toISOString().slice(0, 19) + "Z");
    set(`${place}.weighting`, "1");
    set(`${place}.correct_responses.0.pattern`, response(answer.kind, answer.right));
    set(`${place}.learner_response`, response(answer.kind, answer.chosen));
    set(`${place}.result`, answer.correct ? "correct" : "incorrect");
    set(`${place}.latency`, interval(answer.seconds));
  };

  let verdict = null;
  const judged = (result) => {
    verdict = result;
  };

  // Written again until a commit was taken: a verdict must not get lost between two steps.
  const setVerdict = () =>
    [
      set("cmi.score.min", "0"),
      set("cmi.score.max", "100"),
      set("cmi.score.raw", String(verdict.score)),
      set("cmi.score.scaled", String(verdict.score / 100)),
      set("cmi.completion_status", verdict.passed ? "completed" : "incomplete"),
      set("cmi.success_status", verdict.passed ? "passed" : "failed"),
    ].every(Boolean);

  const save = ({ location, state, finished }) => {
    const results = [
      set("cmi.location", location),
      set("cmi.suspend_data", state),
      set("cmi.exit", finished ? "normal" : "suspend"),
      set("cmi.session_time", interval((Date.now() - opened) / 1000)),
      !verdict || setVerdict(),
    ];
    const ok = taken(call(() => api.Commit(""))) && results.every(Boolean);
    if (ok) verdict = null;
    return ok;
  };

  const close = () => {
    if (!recorder.recording) return true;
    set("cmi.session_time", interval((Date.now() - opened) / 1000));
    return taken(call(() => api.Terminate("")));
  };

  const recorder = { recording: false, open, answered, judged, save, close };
  return recorder;
})();
