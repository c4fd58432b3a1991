// The SCORM player: the course in its frame, its run time, the journal of what it says, and what the learner sees.
// The words are in lrs_bridge/web/player/words.json, in the learner's language, put into the page by the server.
import { makeJournal } from "./player/journal.js";
import { makeRuntime } from "./player/runtimes.js";
import { makeSequencer } from "./player/sequencer.js";

const AUTOCOMMIT_MS = 5000;
const TAKE_OVER_MS = 400;
const LEAVE_MS = 10000;

const config = JSON.parse(document.getElementById("launch").textContent);
config.sequencing ||= {};
const element = (id) => document.getElementById(id);
const word = (name) => document.querySelector(`[data-word="${name}"]`).textContent;
const frame = element("content");
const tab = `${Date.now()}-${Math.random()}`;
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const runtime = makeRuntime(config);
const sequencer = runtime && config.sequencing.tree ? makeSequencer(config, runtime) : null;
const journal = makeJournal(config, {
  show,
  current: () => element("saved").dataset.state,
  over: stop,
  verdict: runtime ? runtime.verdict : /^$/,
});

let baseline = {};
let dirty = false;
let started = false; // the course has opened its session
let finished = false; // the course has ended it, or the learner left
let leaving = false; // the page is closing
let exiting = false; // the learner leaves by a button of ours
let stopped = false;
let shown = ""; // the panel that stands in the place of the course

// --- from the course to the journal -----------------------------------------------------------------------------

const row = (name) => (name.match(/^cmi\.(interactions|objectives|comments_from_learner)\.\d+\./) || [null])[0];

// What differs from the last capture; of the tables the whole row.
function changes(before, now) {
  const names = Object.keys(now).filter((name) => now[name] !== before[name]);
  const rows = new Set(names.map(row).filter(Boolean));
  const wanted = Object.keys(now)
    .filter((name) => now[name] !== before[name] || rows.has(row(name)))
    .filter((name) => now[name] !== "" || before[name]); // never set is not a change
  return Object.fromEntries(wanted.map((name) => [name, now[name]]));
}

function capture({ final = false, always = false, now = runtime.snapshot() } = {}) {
  if (stopped || finished) return;
  const cmi = changes(baseline, now);
  dirty = false;
  if (!final && !always && !Object.keys(cmi).length) return;
  baseline = now;
  finished = final;
  journal.add({ final, cmi });
}

// Where the sequencer stands, without a word of the course: an entry of its own, because it is large and can wait.
const note = () => journal.add({ session: false, sequencing: sequencer.payload() });

const heard = {
  initialized() {
    started = true;
    if (sequencer) baseline = runtime.snapshot(); // objectives that the sequencer has put there are not the learner's
    capture({ always: true });
    if (sequencer) note();
    offer();
  },
  changed() {
    dirty = true;
    offerSoon();
  },
  committed: () => capture(),
  ending: () => sequencer.clear(),
  ended(now) {
    if (!sequencer) {
      capture({ final: true, now });
      if (!leaving && !exiting) finish(config.return_url);
      return;
    }
    const next = sequencer.settle(sequencer.exit());
    capture({ final: true, now });
    note();
    if (!leaving && !exiting) follow(next);
  },
};

// --- what the learner sees --------------------------------------------------------------------------------------

function show(state) {
  const saved = element("saved");
  if (saved.dataset.state === state) return;
  saved.dataset.state = state;
  saved.textContent = word(state);
}

function panel(name) {
  shown = name;
  frame.hidden = true;
  element("panel").hidden = false;
  element("exit").hidden = !["finishing", "choose", "blocked"].includes(name);
  element("panel-title").textContent = word(`${name}-title`);
  element("panel-text").textContent = word(`${name}-text`);
  element("panel-end").hidden = !["choose", "blocked"].includes(name);
  element("panel-link").hidden = !config.return_url || !["finished", "superseded", "over", "broken"].includes(name);
  element("panel-title").focus();
}

function stop(name) {
  if (stopped) return;
  stopped = true;
  journal.stop();
  show(name);
  panel(name);
  frame.src = "about:blank";
}

// --- from one unit to the next ----------------------------------------------------------------------------------

async function finish(target) {
  panel("finishing");
  frame.src = "about:blank"; // or its narrator talks on
  await journal.allSaved();
  if (stopped) return;
  if (target) location.assign(target);
  else panel("finished");
}

// The next unit is a page of its own, which begins where this one has told the server that the sequencer stands.
async function moveTo(activity) {
  panel("finishing");
  frame.src = "about:blank";
  await journal.allSaved();
  if (!stopped) location.assign(config.sequencing.units[activity]);
}

function follow({ delivered, ended }) {
  if (delivered) moveTo(delivered);
  else if (ended) finish(config.return_url);
  else choose("choose");
}

function choose(name) {
  frame.src = "about:blank";
  panel(name);
  offer();
  if (element("contents")) element("contents").open = true;
}

function unloadContent() {
  const gone = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
  frame.src = "about:blank";
  return Promise.race([gone, pause(2000)]);
}

// The learner leaves by our button or table of contents. The course may end its session while it is unloaded; if it
// does not, it is left as suspended, so that the next launch goes on where this one ended.
async function leave(target) {
  if (exiting) return;
  exiting = true;
  await endSession();
  if (stopped) {
    if (target) location.assign(target);
    return;
  }
  panel("finishing");
  await Promise.race([journal.allSaved(), pause(LEAVE_MS)]);
  if (target) location.assign(target);
  else if (!stopped && journal.isEmpty()) panel("finished");
}

async function endSession() {
  if (!started || finished || stopped) return;
  await unloadContent();
  if (!finished) runtime.end(heard);
}

// A request of the learner's in a sequenced course.
async function navigate(name, target) {
  if (exiting) return;
  exiting = true;
  sequencer.clear();
  runtime.request(target ? `{target=${target}}${name}` : name);
  const hadSession = started && !finished;
  await endSession();
  if (!hadSession) {
    await unloadContent();
    sequencer.request(name, target);
    note();
  }
  exiting = false;
  const next = sequencer.outcome();
  if (name === "suspendAll" || name === "exitAll") await leave(config.return_url);
  else if (next.delivered || next.ended) follow(next);
  else choose("blocked");
}

// --- what may be chosen -----------------------------------------------------------------------------------------

let offering = 0;
function offerSoon() {
  if (!sequencer || offering) return;
  offering = setTimeout(() => {
    offering = 0;
    offer();
  }, 250);
}

// Valid requests only can be made: buttons of the others are disabled, those that the course brings itself are hidden.
function offer() {
  if (!sequencer || stopped || !["", "choose", "blocked"].includes(shown)) return;
  const { choices, hidden, ...flow } = sequencer.validity();
  for (const name of ["previous", "continue"]) {
    element(name).hidden = !sequencer.flows || hidden.has(name);
    element(name).disabled = !flow[name];
  }
  element("exit").hidden = hidden.has("suspendAll");
  const running = shown ? null : sequencer.current();
  document.querySelectorAll("#contents [data-activity]").forEach((button) => {
    const id = button.dataset.activity;
    button.disabled = id === running || !choices.has(id);
    button.toggleAttribute("aria-current", id === running);
    if (id === running) button.setAttribute("aria-current", "page");
    button.parentElement.querySelector(".state").textContent = word(`state-${sequencer.word(id).replace(" ", "-")}`);
  });
}

// In SCORM 1.2 every unit is open: the buttons lead to the neighbours in the contents.
function offerNeighbours() {
  const lines = [...document.querySelectorAll("#contents li")];
  const here = lines.findIndex((line) => line.querySelector("[aria-current]"));
  for (const [name, line] of [["previous", lines[here - 1]], ["continue", lines[here + 1]]]) {
    const link = line?.querySelector("a");
    element(name).hidden = false;
    element(name).disabled = !link;
    element(name).addEventListener("click", () => leave(link.href));
  }
}

function bind() {
  element("exit").addEventListener("click", () => (sequencer ? navigate("suspendAll") : leave(config.return_url)));
  document.querySelectorAll("#contents a").forEach((link) =>
    link.addEventListener("click", (event) => {
      event.preventDefault();
      leave(link.href);
    }),
  );
  document.querySelectorAll("#contents [data-activity]").forEach((button) =>
    button.addEventListener("click", () => navigate("choice", button.dataset.activity)),
  );
  if (!sequencer && element("contents")) offerNeighbours();
  for (const name of sequencer ? ["previous", "continue"] : []) {
    element(name).addEventListener("click", () => navigate(name));
  }
  element("panel-end").querySelector("button").addEventListener("click", () => navigate("exitAll"));
}

// --- start ------------------------------------------------------------------------------------------------------

// A second tab of the attempt takes it over: the first writes down what it holds, yields, and says so.
const channel = new BroadcastChannel(`lrs-bridge:${config.attempt}`);
let yielded = () => {};
channel.onmessage = ({ data }) => {
  if (data.tab === tab) return;
  if (data.kind === "yielded") yielded();
  if (data.kind !== "opened" || stopped) return;
  if (started) capture();
  stop("superseded");
  channel.postMessage({ kind: "yielded", tab });
};

async function takeOver() {
  const answered = new Promise((resolve) => (yielded = resolve));
  channel.postMessage({ kind: "opened", tab });
  await Promise.race([answered, pause(TAKE_OVER_MS)]);
  journal.takeOver();
  if (journal.isEmpty()) return;
  show("replaying");
  journal.pump();
  await journal.allSaved();
}

function open() {
  runtime.start(heard);
  baseline = runtime.snapshot();
  setInterval(() => dirty && capture(), AUTOCOMMIT_MS);
  frame.src = config.content_url;
  offer();
}

async function start() {
  if (!runtime) {
    stop("broken");
    return;
  }
  bind();
  await takeOver();
  if (stopped) return;
  const { delivered } = sequencer ? sequencer.begin() : { delivered: config.activity };
  if (delivered === config.activity) {
    open();
    return;
  }
  note();
  if (delivered) moveTo(delivered);
  else choose("choose");
}

addEventListener("online", () => journal.pump());
addEventListener("pageshow", () => {
  leaving = false;
  journal.closing(false);
  journal.pump();
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden" && started) capture(); // a phone may never come back to the page
});
addEventListener("pagehide", () => {
  leaving = true;
  journal.closing(true);
  const before = journal.sequence();
  if (started) capture(); // sends by itself when there is something new
  if (journal.sequence() === before && !journal.isEmpty()) journal.sendLast();
});
start();
