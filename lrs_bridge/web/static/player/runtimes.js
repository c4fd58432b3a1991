// The two run times of SCORM as the player sees them: the API that a course finds, its elements, and when it speaks.
//
// A runtime has: ``api``; ``snapshot()``, its elements flat; ``verdict``, the elements that prove a result;
// ``start(heard)``, which loads the CMI and offers the API; ``end(heard)``, which ends a session that the course did not
// end. ``heard`` is told ``initialized``, ``changed``, ``committed``,
// ``ending`` and ``ended(snapshot)``.

const SETTINGS = {
  autocommit: false, // ours goes through the journal
  mastery_override: false, // the server judges, once, for every player
  dataCommitFormat: "flattened",
  logLevel: 5,
};

// Flat, and without the empty objects that stand for tables without rows.
function flat(api) {
  return Object.fromEntries(Object.entries(api.renderCommitCMI(false)).filter(([, value]) => typeof value !== "object"));
}

function scorm12(config) {
  const api = new window.Scorm12API(SETTINGS);
  const snapshot = () => flat(api);
  return {
    api,
    snapshot,
    verdict: /^cmi\.core\.(lesson_status|score\.)/,
    start(heard) {
      api.loadFromFlattenedJSON(config.cmi);
      api.on("LMSInitialize", heard.initialized);
      api.on("LMSSetValue", heard.changed);
      api.on("LMSCommit", heard.committed);
      // before scorm-again puts a status of its own where the course has set none
      let last = null;
      api.on("BeforeTerminate", () => (last = snapshot()));
      api.on("LMSFinish", () => heard.ended(last));
      window.API = api;
    },
    end(heard) {
      const exit = api.cmi.core.toJSON().exit;
      heard.ended({ ...snapshot(), ...(exit ? {} : { "cmi.core.exit": "suspend" }) });
    },
  };
}

function scorm2004(config) {
  const events = {};
  const { tree } = config.sequencing;
  const api = new window.Scorm2004API({
    ...SETTINGS,
    // what a learner may choose next follows what the course says now, not only what it said when it ended
    sequencing: { activityTree: tree, autoRollupOnCMIChange: true, eventListeners: events },
  });
  const snapshot = () => flat(api);
  let pending = "";

  function terminate(heard, parameter) {
    if (pending) api.adl.nav.request = pending; // the learner's own request goes before the course's (RTE 4.4)
    const request = api.adl.nav.request;
    const last = { ...snapshot(), ...(request && request !== "_none_" ? { "adl.nav.request": request } : {}) };
    heard.ending();
    const answer = api.Terminate(parameter);
    if (answer === "true") heard.ended(last);
    return answer;
  }

  return {
    api,
    snapshot,
    listen: (listeners) => api.setSequencingEventListeners(listeners),
    verdict: /^cmi\.(completion_status|success_status|progress_measure|score\.)/,
    request(name) {
      pending = name;
    },
    start(heard) {
      api.loadFromFlattenedJSON(config.cmi);
      api.on("SetValue", heard.changed);
      api.on("Commit", heard.committed);
      const offered = {};
      for (const name of ["GetValue", "SetValue", "Commit", "GetLastError", "GetErrorString", "GetDiagnostic"]) {
        offered[name] = (...all) => api[name](...all);
      }
      offered.version = api.version;
      offered.Initialize = (parameter) => {
        const answer = api.Initialize(parameter);
        if (answer === "true") heard.initialized();
        return answer;
      };
      offered.Terminate = (parameter) => terminate(heard, parameter);
      window.API_1484_11 = offered;
    },
    end: (heard) => terminate(heard, ""),
  };
}

// Null where the library is missing on the server.
export function makeRuntime(config) {
  const [needed, make] = config.sequencing.tree ? ["Scorm2004API", scorm2004] : ["Scorm12API", scorm12];
  return window[needed] ? make(config) : null;
}
