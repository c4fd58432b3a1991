// The sequencer of SCORM 2004 as the player uses it: where the learner starts, what may be chosen, what comes next.
// scorm-again does the sequencing; its state lives on the server between pages (runtime_wire.py, ``sequencing``).

const FLOW = ["continue", "previous"];

export function makeSequencer(config, runtime) {
  const { api } = runtime;
  const terms = config.sequencing;
  let delivered = null;
  let ended = null;
  let hidden = [];

  const leaves = [];
  (function walk(activity) {
    if (activity.children) activity.children.forEach(walk);
    else leaves.push(activity.id);
  })(terms.tree);

  runtime.listen({
    onActivityDelivery: (activity) => (delivered = activity.id),
    onSequencingSessionEnd: ({ reason }) => (ended = reason),
    onNavigationValidityUpdate: ({ hideLmsUi }) => (hidden = hideLmsUi),
  });

  const activity = () => api.getSequencingState().currentActivity;
  const isActive = () => Boolean(activity()?.isActive && !activity().children.length);

  function outcome() {
    return { delivered, ended };
  }

  // ``exit`` is how the current unit was left, where the sequencer has not heard it from its run time.
  function request(name, target, exit) {
    delivered = ended = null;
    api.getSequencingService()?.processNavigationRequest(name, target, exit);
    return outcome();
  }

  const isFirst = config.activity === leaves[0];
  const chosen = () => (isFirst ? { delivered: null } : request("choice", config.activity, "suspend"));

  // A learner who comes back goes on where they were. A launch of another unit than the first is a choice.
  function goOn() {
    if (!api.deserializeSequencingState(terms.state)) return startAnew();
    if (isActive() && activity().id === config.activity) return { delivered: config.activity };
    if (isActive()) return chosen().delivered ? outcome() : { delivered: activity().id };
    const resumed = request("resumeAll");
    if (resumed.delivered) return config.activity === resumed.delivered || !chosen().delivered ? resumed : outcome();
    return chosen().delivered ? outcome() : { delivered: leaves.length === 1 ? onlyUnit() : null };
  }

  function onlyUnit() {
    return request("choice", leaves[0]).delivered || request("start").delivered;
  }

  function startAnew() {
    api.restoreGlobalObjectiveSnapshot(terms.objectives || {});
    api.restoreSharedDataSnapshot(terms.shared_data || {});
    if (!isFirst && request("choice", config.activity).delivered) return outcome();
    if (request("start").delivered) return outcome();
    return request("choice", config.activity); // a root that does not flow has nothing to start with
  }

  // After the unit's session: nothing was asked for and nothing follows by rule. Where nothing is left to do, that was
  // the course.
  function settle(exit) {
    if (delivered || ended) return outcome();
    const suspended = exit === "suspend";
    if (leaves.length === 1) return request(suspended ? "suspendAll" : "exitAll");
    const done = leaves.every((id) => ["passed", "completed"].includes(word(id)));
    return done && !suspended ? request("exitAll") : outcome();
  }

  function payload() {
    const state = api.serializeSequencingState();
    const over = ended && ended !== "suspend_all";
    return {
      state: over ? "" : state,
      objectives: JSON.parse(state).globalObjectiveMap || {},
      shared_data: api.captureSharedDataSnapshot(),
    };
  }

  function validity() {
    const process = api.getSequencingService()?.getOverallSequencingProcess();
    const ahead = process?.getNavigationLookAhead() || { continueEnabled: false, previousEnabled: false, availableChoices: [] };
    const allowed = (name) => api.previewNavigationRequest(name).outcome !== "blocked";
    return {
      continue: ahead.continueEnabled && allowed(FLOW[0]),
      previous: ahead.previousEnabled && allowed(FLOW[1]),
      choices: new Set(ahead.availableChoices),
      hidden: new Set(hidden),
    };
  }

  // One word for the table of contents.
  function word(id) {
    const found = api.getActivityTrackingData(id);
    if (!found) return "not attempted";
    if (["passed", "failed"].includes(found.successStatus)) return found.successStatus;
    return ["completed", "incomplete"].includes(found.completionStatus) ? found.completionStatus : "not attempted";
  }

  function begin() {
    const found = terms.state ? goOn() : startAnew();
    api.getSequencingService()?.getOverallSequencingProcess()?.updateNavigationValidity(); // tells what is hidden
    return found;
  }

  return {
    begin,
    request,
    outcome,
    clear: () => (delivered = ended = null),
    settle,
    payload,
    validity,
    word,
    isActive,
    current: () => activity()?.id,
    exit: () => api.cmi.getExitValueInternal(),
    flows: (function flows(one) {
      return Boolean(one.sequencingControls?.flow) || (one.children || []).some(flows);
    })(terms.tree),
  };
}
