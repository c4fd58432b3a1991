// The journal of a launch and its way to the server. The protocol is in lrs_bridge/courseware/runtime_wire.py.
//
// Rule: what the course has said is in the journal (localStorage) before anything else happens, and leaves it only when
// the server has acknowledged it by number. So a commit can answer "true" at once: a synchronous request would freeze
// the page, is forbidden while it closes, and courses take a "false" for the end of the world.

const TIMEOUT_MS = 15000;
const PAUSES_MS = [1000, 2000, 4000, 8000, 15000, 30000];
const SHOW_SAVING_AFTER_MS = 600; // a state that flickers at every commit would be read out at every commit
const KEEPALIVE_BYTES = 60000; // browsers refuse 64 KiB and more, all requests under way together
const JOURNAL_ENTRIES = 40;

// ``show(state)`` tells the learner, ``current()`` what is shown now, ``over(name)`` that the launch was taken away;
// ``verdict`` matches the elements that go first where not all can.
export function makeJournal(config, { show, current, over, verdict }) {
  const journalKey = `lrs-bridge:journal:${config.attempt}`;
  let entries = [];
  let sequence = config.sequence;
  let leaving = false; // the page is closing
  let stopped = false; // the server or another tab has taken the attempt away
  let sending = false;
  let failures = 0;
  let retry = 0; // the timer of the next attempt, one at a time
  const waiting = []; // who wants to know that everything is saved

  const ofThisLaunch = (entry) => entry.launch === config.launch;

  function read() {
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
    return {
      ...older,
      ...newer,
      final: Boolean(older.final || newer.final),
      session: older.session !== false || newer.session !== false,
      cmi: { ...older.cmi, ...newer.cmi },
    };
  }

  // Long offline: the second and third become one. The first may be on its way and must stay as it was sent.
  function shorten() {
    while (entries.length > JOURNAL_ENTRIES && entries[1].launch === entries[2].launch) {
      entries.splice(1, 2, merged(entries[1], entries[2]));
    }
  }

  function add(entry) {
    if (stopped) return;
    sequence += 1;
    entries.push({ launch: config.launch, sequence, final: false, cmi: {}, client_time: new Date().toISOString(), ...entry });
    shorten();
    keep();
    if (leaving) sendLast();
    else if (entry.final || !retry) pump(); // the pause after a failure is for new work too
  }

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
    if (current() !== "refused") show("saved");
    waiting.splice(0).forEach((resolve) => resolve());
  }

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
      if (answer.sequencing) Object.assign(config.sequencing, answer.sequencing, { units: config.sequencing.units });
      return true;
    }
    if ([400, 413, 422].includes(status) && answer.refused === entry.sequence) {
      failures = 0;
      show("refused");
      return true;
    }
    if (status === 409 && answer.superseded) over("superseded");
    else if (status === 403 || status === 410) over("over");
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
    const own = entries.filter(ofThisLaunch);
    if (stopped || !own.length) return;
    const whole = own.reduce(merged);
    if (sentAtOnce(whole)) return;
    // Where the sequencer stands can wait for the next load: that entry has a later number than what the course said.
    const { sequencing, ...spoken } = own.filter((entry) => entry.session !== false).reduce(merged, { cmi: {} });
    if (!spoken.sequence || (sequencing === undefined && sentAtOnce(spoken))) return;
    // Too big to outlive the page: its verdict goes now, and the whole waits in the journal under a later number.
    const proof = Object.entries(whole.cmi).filter(([name]) => verdict.test(name));
    sequence += 2;
    entries = [...entries.filter((entry) => !ofThisLaunch(entry)), { ...whole, sequence }];
    keep();
    sentAtOnce({ ...spoken, sequence: sequence - 1, final: false, cmi: Object.fromEntries(proof) });
  }

  // False, and nothing sent, where it is too big to outlive the page.
  function sentAtOnce(entry) {
    const text = body(entry);
    if (new Blob([text]).size >= KEEPALIVE_BYTES) return false;
    request(text).catch(() => {});
    return true;
  }

  return {
    add,
    pump,
    isEmpty: () => entries.length === 0,
    allSaved: () => new Promise((resolve) => (entries.length ? waiting.push(resolve) : resolve())),
    // What an earlier page of the attempt left unsent.
    takeOver() {
      entries = read().map((entry) => ({ ...entry, replay: true }));
      sequence = Math.max(sequence, ...entries.filter(ofThisLaunch).map((entry) => entry.sequence));
    },
    stop: () => (stopped = true),
    closing(now) {
      leaving = now;
    },
    sequence: () => sequence,
    sendLast,
  };
}
