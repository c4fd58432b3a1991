// What the recorders of xAPI and cmi5 share: what course.js tells, as statements and a State document in an LRS.
// ``connect()`` promises {endpoint, auth, actor, activity, context, cmi5, returnUrl}, or a text that says why there is
// none. What is sent again has the same ids, so that nothing counts twice.
"use strict";

window.lrsRecorder = (connect) => {
  const NOTHING = { location: "", state: "", passed: false };
  const PREVIEW = "Preview: nothing is recorded, because no learning platform was found.";
  const VERBS = "http://adlnet.gov/expapi/verbs/";
  const CATEGORIES = "https://w3id.org/xapi/cmi5/context/categories/";
  let lrs = null;
  let opened = 0;
  let kept = { ...NOTHING, completed: false };
  let pending = [];

  const uuid = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
  };

  const interval = (seconds) => `PT${Math.max(0, Math.round(seconds * 100)) / 100}S`;
  const spent = () => interval((Date.now() - opened) / 1000);

  const call = (method, resource, parameters, body) =>
    fetch(`${lrs.endpoint}${resource}${parameters ? `?${new URLSearchParams(parameters)}` : ""}`, {
      method,
      headers: {
        Authorization: lrs.auth,
        "X-Experience-API-Version": "1.0.3",
        ...(body ? { "Content-Type": "application/json" } : {}),
      },
      body: body ? JSON.stringify(body) : undefined,
      keepalive: true, // the last words are said while the page closes
    });

  const place = () => ({
    activityId: lrs.activity,
    agent: JSON.stringify(lrs.actor),
    registration: lrs.context.registration,
    stateId: "bookmark",
  });

  const category = (ids) => {
    const inherited = lrs.context.contextActivities || {};
    const own = lrs.cmi5 ? ids.map((id) => ({ id: CATEGORIES + id })) : [];
    return { ...inherited, ...(own.length ? { category: [...(inherited.category || []), ...own] } : {}) };
  };

  const say = (verb, { result, object = { id: lrs.activity }, categories = ["cmi5"], extensions } = {}) => {
    const context = { ...lrs.context, contextActivities: category(categories) };
    if (extensions) context.extensions = { ...context.extensions, ...extensions };
    pending.push({
      id: uuid(),
      actor: lrs.actor,
      verb: { id: VERBS + verb, display: { en: verb } },
      object,
      context,
      ...(result ? { result } : {}),
      timestamp: new Date().toISOString(),
    });
  };

  // False, and all of it kept for the next time, where the LRS did not take it.
  const send = async () => {
    const batch = pending;
    if (!batch.length) return true;
    try {
      const answer = await call("POST", "statements", null, batch);
      if (answer.ok) pending = pending.filter((one) => !batch.includes(one));
      return answer.ok;
    } catch {
      return false;
    }
  };

  const bookmark = async () => {
    const answer = await call("GET", "activities/state", place());
    return answer.ok ? answer.json() : {};
  };

  const open = async () => {
    try {
      const found = await connect();
      if (typeof found === "string") return { ...NOTHING, notice: found || PREVIEW };
      lrs = found;
      opened = Date.now();
      kept = { ...kept, ...(await bookmark()) };
    } catch (error) {
      console.warn("The learning platform could not be reached", error);
      return { ...NOTHING, notice: "Nothing is recorded: the learning platform did not answer. Open the course again." };
    }
    recorder.recording = true;
    say("initialized");
    await send();
    return { ...kept, notice: "" };
  };

  const response = (kind, options) => (kind === "true-false" ? { t: "true", f: "false" }[options[0]] : options.join("[,]"));

  const answered = (answer) => {
    if (!recorder.recording) return;
    say("answered", {
      categories: [],
      object: {
        id: `${lrs.activity}/interaction/${encodeURIComponent(answer.id)}`,
        definition: {
          type: "http://adlnet.gov/expapi/activities/cmi.interaction",
          interactionType: answer.kind === "true-false" ? "true-false" : "choice",
          correctResponsesPattern: [response(answer.kind, answer.right)],
        },
      },
      result: {
        response: response(answer.kind, answer.chosen),
        success: answer.correct,
        duration: interval(answer.seconds),
      },
    });
  };

  // cmi5 9.3: completed and passed once in a registration, and no failed after it.
  const judged = ({ score, passed }) => {
    if (!recorder.recording || (lrs.cmi5 && kept.passed)) return;
    const extensions = lrs.mastery === undefined ? undefined
      : { "https://w3id.org/xapi/cmi5/context/extensions/masteryscore": lrs.mastery };
    const told = { categories: ["cmi5", "moveon"] };
    if (passed && !kept.completed) say("completed", { ...told, result: { completion: true, duration: spent() } });
    const result = { success: passed, score: { scaled: score / 100, raw: score, min: 0, max: 100 }, duration: spent() };
    say(passed ? "passed" : "failed", { ...told, extensions, result });
    kept = { ...kept, passed: kept.passed || passed, completed: kept.completed || passed };
  };

  const save = async ({ location, state }) => {
    kept = { ...kept, location, state };
    const sent = await send();
    try {
      return sent && (await call("POST", "activities/state", place(), kept)).ok;
    } catch {
      return false;
    }
  };

  const close = async () => {
    if (!recorder.recording) return true;
    say("terminated", { result: { duration: spent() } });
    const sent = await send();
    if (sent && lrs.returnUrl) window.location.assign(lrs.returnUrl);
    return sent;
  };

  const recorder = { recording: false, open, answered, judged, save, close };
  return recorder;
};
