// The SCORM 1.2 player. The protocol it speaks is in lrs_bridge/courseware/runtime_wire.py; its words are in player.html.
//
// Rule of the whole file: what the course has said is in the journal (localStorage) before anything else happens, and
// leaves it only when the server has acknowledged it by number. So LMSCommit can answer "true" at once: a synchronous
// request would freeze the page, is forbidden while it closes, and courses take a "false" for the end of the world.
"use strict";

(() => {
  const AUTOCOMMIT_MS = 5000;
  const TIMEOUT_MS = 15000;
  const PAUSES_MS = [1000, 2000, 4000, 8000, 15000, 30000];
  const SHOW_SAVING_AFTER_MS = 600; // a state that flickers at every commit would be read out at every commit
  const KEEPALIVE_BYTES = 60000; // browsers refuse 64 KiB and more, all requests under way together
  const JOURNAL_ENTRIES = 40;
  const TAKE_OVER_MS = 400;
  const LEAVE_MS = 10000;

  const config = JSON.parse(document.getElementById("launch").textContent);
  const element = (id) => document.getElementById(id);
  const word = (name) => document.querySelector(`[data-word="${name}"]`).textContent;
  const frame = element("content");
  const tab = `${Date.now()}-${Math.random()}`;
  const journalKey = `lrs-bridge:journal:${config.attempt}`;

  let api;
  let entries = []; // the journal is read in takeOver
  let sequence = config.sequence;
  let baseline = {};
  let dirty = false;
  let started = false; // LMSInitialize was called
  let finished = false; // LMSFinish was called, or the learner left
  let leaving = false; // the page is closing
  let stopped = false; // the server or another tab has taken the attempt away
  let sending = false;
  let failures = 0;
  let retry = 0; // the timer of the next attempt, one at a time
  let waiting = []; // who wants to know that everything is saved

  // --- the journal ----------------------------------------------------------------------------------------------

  function ofThisLaunch(entry) {
    return entry.launch === config.launch;
  }

  function readJournal() {
    try {
      const found = JSON.parse(localStorage.getItem(journalKey) || "[]");
      return Array.isArray(found) ? found : [];
    } catch {
      return []; // storage is forbidden, or holds what we did not write
    }
  }

  function keep() {
    if (stopped) return; // another tab owns the journal now
    try {
      if (entries.length) localStorage.setItem(journalKey, JSON.stringify(entries));
      else localStorage.removeItem(journalKey);
    } catch {
      // full or forbidden: the entries live on in memory, and the visible state says whether they are saved
    }
  }

  function merged(older, newer) {
    return { ...newer, final: older.final || newer.final, cmi: { ...older.cmi, ...newer.cmi } };
  }

  // Long offline: the second and third become one. The first may be on its way and must stay as it was sent.
  function shorten() {
    while (entries.length > JOURNAL_ENTRIES && entries[1].launch === entries[2].launch) {
      entries.splice(1, 2, merged(entries[1], entries[2]));
    }
  }

  // --- from the course to the journal ---------------------------------------------------------------------------

  // Flat, and without the empty objects that stand for tables without rows.
  function snapshot() {
    return Object.fromEntries(Object.entries(api.renderCommitCMI(false)).filter(([, value]) => typeof value !== "object"));
  }

  const row = (name) => (name.match(/^cmi\.(interactions|objectives)\.\d+\./) || [null])[0];

  // What differs from the last capture; of interactions and objectives the whole row.
  function changes(before, now) {
    const names = Object.keys(now).filter((name) => now[name] !== before[name]);
    const rows = new Set(names.map(row).filter(Boolean));
    const wanted = Object.keys(now)
      .filter((name) => now[name] !== before[name] || rows.has(row(name)))
      .filter((name) => now[name] !== "" || before[name]); // never set is not a change
    return Object.fromEntries(wanted.map((name) => [name, now[name]]));
  }

  function capture({ final = false, always = false, add = {} } = {}) {
    if (stopped || finished) return;
    const now = { ...snapshot(), ...add };
    const cmi = changes(baseline, now);
    dirty = false;
    if (!final && !always && !Object.keys(cmi).length) return;
    baseline = now;
    finished = final;
    sequence += 1;
    entries.push({ launch: config.launch, sequence, final, cmi, client_time: new Date().toISOString() });
    shorten();
    keep();
    if (leaving) sendLast();
    else if (final || !retry) pump(); // the pause after a failure is for new work too
  }

  // --- from the journal to the server ---------------------------------------------------------------------------

  async function pump() {
    if (sending || stopped) return;
    sending = true;
    clearTimeout(retry);
    retry = 0;
    while (entries.length && !stopped) {
      const slow = setTimeout(() => failures || show("saving"), SHOW_SAVING_AFTER_MS);
      const taken = await offer(entries[0]);
      clearTimeout(slow);
      if (!taken) break;
      entries.shift();
      keep();
    }
    sending = false;
    if (stopped) return;
    if (entries.length) retryLater();
    else everythingSaved();
  }

  function everythingSaved() {
    if (element("saved").dataset.state !== "refused") show("saved");
    waiting.splice(0).forEach((resolve) => resolve());
  }

  const allSaved = () => new Promise((resolve) => (entries.length ? waiting.push(resolve) : resolve()));

  function retryLater() {
    show("unsaved");
    const pause = PAUSES_MS[Math.min(failures, PAUSES_MS.length) - 1];
    retry = setTimeout(pump, pause * (0.75 + Math.random() / 2)); // not all learners of a course at the same moment
  }

  // True when the entry can leave the journal.
  async function offer(entry) {
    let response;
    let answer;
    try {
      response = await request(body(entry), AbortSignal.timeout(TIMEOUT_MS));
      answer = await response.json();
    } catch {
      answer = {}; // no network, too slow, a redirect, or a page instead of an answer
    }
    return judge(entry, response ? response.status : 0, answer || {});
  }

  function judge(entry, status, answer) {
    if (status === 200 && answer.acknowledged === entry.sequence) {
      failures = 0;
      if (answer.commit_url) config.commit_url = answer.commit_url;
      if (answer.cmi) config.cmi = answer.cmi;
      return true;
    }
    if ([400, 413, 422].includes(status) && answer.refused === entry.sequence) {
      failures = 0;
      show("refused");
      return true;
    }
    if (status === 409 && answer.superseded) stop("superseded");
    else if (status === 403 || status === 410) stop("over");
    failures += 1;
    return false;
  }

  function body(entry) {
    return JSON.stringify({ replay: false, ...entry, sent_at: new Date().toISOString() });
  }

  function request(text, signal) {
    return fetch(config.commit_url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: text,
      cache: "no-store",
      credentials: "omit", // the token in the path says it all; no session belongs on this origin
      redirect: "error", // a log-in page is no answer
      keepalive: new Blob([text]).size < KEEPALIVE_BYTES,
      signal,
    });
  }

  // The page is closing: what is unsent goes as one, because there is no time for an answer to each. The journal stays
  // for the next load; numbers that this one covers are then acknowledged without effect.
  function sendLast() {
    const last = entries.filter(ofThisLaunch).reduce(merged, { cmi: {} });
    if (stopped || !last.sequence) return;
    const whole = body(last);
    if (new Blob([whole]).size < KEEPALIVE_BYTES) {
      request(whole).catch(() => {});
      return;
    }
    // Too big to outlive the page: its verdict goes now, and the whole waits in the journal under a later number.
    const proof = Object.entries(last.cmi).filter(([name]) => /^cmi\.core\.(lesson_status|score\.)/.test(name));
    sequence += 2;
    entries = [...entries.filter((entry) => !ofThisLaunch(entry)), { ...last, sequence }];
    keep();
    request(body({ ...last, sequence: sequence - 1, final: false, cmi: Object.fromEntries(proof) })).catch(() => {});
  }

  // --- what the learner sees ------------------------------------------------------------------------------------

  function show(state) {
    const saved = element("saved");
    if (saved.dataset.state === state) return;
    saved.dataset.state = state;
    saved.textContent = word(state);
  }

  function panel(name) {
    frame.hidden = true;
    element("panel").hidden = false;
    element("exit").hidden = name !== "finishing";
    element("panel-title").textContent = word(`${name}-title`);
    element("panel-text").textContent = word(`${name}-text`);
    element("panel-title").focus();
  }

  function stop(name) {
    if (stopped) return;
    stopped = true;
    show(name);
    panel(name);
    frame.src = "about:blank";
  }

  async function finish(target) {
    panel("finishing");
    frame.src = "about:blank"; // or its narrator talks on
    await allSaved();
    if (stopped) return;
    if (target) location.assign(target);
    else panel("finished");
  }

  // The learner leaves by our button or table of contents. The course may say LMSFinish while it is unloaded; if it
  // does not, it is left as suspended, so that the next launch goes on where this one ended.
  async function leave(target) {
    element("panel-link").hidden = true;
    if (started && !finished && !stopped) {
      await unloadContent();
      const exit = api.cmi.core.toJSON().exit;
      capture({ final: true, add: exit ? {} : { "cmi.core.exit": "suspend" } });
    }
    if (stopped) {
      if (target) location.assign(target);
      return;
    }
    panel("finishing");
    await Promise.race([allSaved(), pause(LEAVE_MS)]);
    if (target) location.assign(target);
    else if (!stopped && !entries.length) panel("finished");
  }

  const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  function unloadContent() {
    const gone = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
    frame.src = "about:blank";
    return Promise.race([gone, pause(2000)]);
  }

  // --- start ----------------------------------------------------------------------------------------------------

  // A second tab of the attempt takes it over: the first writes down what it holds, yields, and says so.
  const channel = new BroadcastChannel(`lrs-bridge:${config.attempt}`);
  let yielded = () => {};
  channel.onmessage = ({ data }) => {
    if (data.tab === tab) return;
    if (data.kind === "yielded") yielded();
    if (data.kind !== "opened" || stopped) return;
    if (api && started) capture();
    stop("superseded");
    channel.postMessage({ kind: "yielded", tab });
  };

  async function takeOver() {
    const answered = new Promise((resolve) => (yielded = resolve));
    channel.postMessage({ kind: "opened", tab });
    await Promise.race([answered, pause(TAKE_OVER_MS)]);
    entries = readJournal().map((entry) => ({ ...entry, replay: true }));
    sequence = Math.max(sequence, ...entries.filter(ofThisLaunch).map((entry) => entry.sequence));
  }

  function loadApi() {
    api = new window.Scorm12API({
      autocommit: false, // ours goes through the journal
      mastery_override: false, // the server judges, once, for every player
      dataCommitFormat: "flattened",
      logLevel: 5,
    });
    api.loadFromFlattenedJSON(config.cmi);
    baseline = snapshot();
    api.on("LMSInitialize", () => {
      started = true;
      capture({ always: true });
    });
    api.on("LMSSetValue", () => (dirty = true));
    api.on("LMSCommit", () => capture());
    // before scorm-again puts a status of its own where the course has set none
    api.on("BeforeTerminate", () => capture({ final: true }));
    api.on("LMSFinish", () => leaving || exiting || finish(config.return_url));
    window.API = api;
  }

  let exiting = false;
  function exit(target) {
    if (exiting) return;
    exiting = true;
    leave(target);
  }

  async function start() {
    if (!window.Scorm12API) {
      stop("broken");
      return;
    }
    element("exit").addEventListener("click", () => exit(config.return_url));
    document.querySelectorAll("#contents a").forEach((link) =>
      link.addEventListener("click", (event) => {
        event.preventDefault();
        exit(link.href);
      }),
    );
    await takeOver();
    if (entries.length) {
      show("replaying");
      pump();
      await allSaved();
    }
    if (stopped) return;
    loadApi();
    setInterval(() => dirty && capture(), AUTOCOMMIT_MS);
    frame.src = config.content_url;
  }

  addEventListener("online", () => pump());
  addEventListener("pageshow", () => {
    leaving = false;
    pump();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && started) capture(); // a phone may never come back to the page
  });
  addEventListener("pagehide", () => {
    leaving = true;
    const before = sequence;
    if (api && started) capture(); // sends by itself when there is something new
    if (sequence === before && entries.length) sendLast();
  });
  start();
})();
