// Runs a module: which screen is shown, what is remembered, and when it is recorded.
// The recorder (scorm12.js, or that of another standard) offers:
//   open()  → {notice, location, state, passed}, or a promise of it
//   answered({id, kind, chosen, right, correct, seconds, at}), judged({score, passed})
//   save({location, state, finished}) and close() → whether the LMS took it, or a promise of that
//   recording, true from open() on if what it is told is kept
"use strict";

(() => {
  const { courseRecorder: recorder, coursePool: pool, courseTest: test, courseScreens: screens } = window;
  const at = (id) => document.getElementById(id);
  const sections = [...document.querySelectorAll("section.page")];
  const pages = sections.map((section, index) => ({
    number: index + 1,
    title: section.querySelector("h2").textContent,
    topic: section.dataset.topic,
  }));
  const form = at("question");

  let screen = "page";
  let page = 1;
  let seen = new Set();
  let attempt = [];
  let passed = false;
  let best = null;
  let asked = 0;
  let closed = false;

  // --- what is remembered -------------------------------------------------

  const state = () => JSON.stringify({ v: 1, seen: [...seen], test: test.pack(attempt), best });

  const restore = (text) => {
    let kept;
    try {
      kept = JSON.parse(text);
    } catch {
      return; // nothing yet, or not ours: begin at the beginning
    }
    if (!kept || kept.v !== 1) return;
    seen = new Set(kept.seen.filter((number) => number <= pages.length));
    attempt = test.unpack(pool, kept.test);
    best = kept.best;
  };

  const location = () => {
    if (screen === "page") return String(page);
    return screen === "result" ? "result" : "test";
  };

  const saved = (ok) => {
    at("saved").textContent = ok ? "Saved" : "Not saved";
    const text = "Your last step could not be saved. Check your connection. Each further step tries again.";
    screens.notice(at("alert"), ok ? "" : text, save);
    return ok;
  };

  const save = async () => {
    if (closed || !recorder.recording) return true;
    return saved(await recorder.save({ location: location(), state: state(), finished: passed }));
  };

  // --- pages ----------------------------------------------------------------

  const reachable = () => {
    const first = pages.find((one) => !seen.has(one.number));
    return first ? first.number : pages.length;
  };

  const show = (name) => {
    screen = name;
    document.body.dataset.screen = name;
    document.body.dataset.page = String(page);
    const onPage = name === "page";
    const onLast = onPage && page === pages.length;
    for (const section of sections) section.hidden = !(onPage && Number(section.dataset.number) === page);
    form.hidden = name !== "question" && name !== "feedback";
    at("result").hidden = name !== "result";
    at("contents").hidden = !onPage;
    at("back").hidden = !(name === "result" || (onPage && page > 1));
    at("next").hidden = !onPage || onLast;
    at("start-test").hidden = !(onLast || name === "result");
    at("start-test").className = passed ? "quiet" : "";
    at("finish").hidden = name !== "result";
    at("finish").className = passed ? "" : "quiet";
    at("position").textContent = position();
    at("bar").style.width = `${progress()}%`;
    window.scrollTo(0, 0);
  };

  const position = () => {
    if (screen === "page") return page < pages.length ? `Page ${page} of ${pages.length - 1}` : "Test";
    return screen === "result" ? "Result" : "Test";
  };

  const progress = () => {
    if (screen === "result") return 100;
    const done = screen === "page" ? page : pages.length + attempt.filter((drawn) => drawn.chosen).length;
    return Math.round((100 * done) / (pages.length + pool.questions + 1));
  };

  const openPage = (number, { focus = true } = {}) => {
    page = number;
    seen.add(number);
    show("page");
    at("contents").open = false;
    screens.contents(at("contents-list"), pages, reachable(), page, openPage);
    at("start-test").textContent = attempt.length ? "Start a new test" : "Start the test";
    if (focus) at(`page-${number}`).focus({ preventScroll: true });
    return save();
  };

  // --- the test -------------------------------------------------------------

  const next = () => attempt.findIndex((drawn) => drawn.chosen === null);

  const ask = ({ focus = true } = {}) => {
    const index = next();
    screens.question(form, test.item(pool, attempt[index]), attempt[index], index + 1, attempt.length);
    show("question");
    if (focus) at("question-heading").focus({ preventScroll: true });
    asked = Date.now();
  };

  const start = () => {
    attempt = test.draw(pool, attempt);
    ask();
    return save();
  };

  const submit = (event) => {
    event.preventDefault();
    if (screen !== "question") return;
    const drawn = attempt[next()];
    const chosen = [...new FormData(form).getAll("answer")];
    if (!chosen.length) {
      at("missing").textContent = "Choose an answer first.";
      return;
    }
    at("missing").textContent = "";
    drawn.chosen = chosen.sort();
    answered(drawn);
  };

  const answered = (drawn) => {
    const item = test.item(pool, drawn);
    const correct = test.correct(pool, drawn);
    const now = Date.now();
    recorder.answered({
      id: item.id,
      kind: item.kind,
      chosen: drawn.chosen,
      right: item.right,
      correct,
      seconds: (now - asked) / 1000,
      at: new Date(now),
    });
    const last = next() === -1;
    show("feedback");
    screens.feedback(form, item, correct, last);
    if (last) judge();
    save();
  };

  // The verdict goes out with the last answer, so that closing the window here loses nothing.
  const judge = () => {
    const score = test.score(pool, attempt);
    const better = !passed || score > best;
    if (!better) return; // a pass that was obtained is never taken back, nor its score lowered
    best = score;
    passed = passed || score >= pool.mastery;
    recorder.judged({ score, passed });
  };

  const outcome = () => {
    const rows = attempt.map((drawn) => ({
      question: test.item(pool, drawn).question,
      topic: test.item(pool, drawn).topic,
      correct: test.correct(pool, drawn),
    }));
    const missed = new Set(rows.filter((row) => !row.correct).map((row) => row.topic));
    return {
      rows,
      right: rows.filter((row) => row.correct).length,
      total: rows.length,
      score: test.score(pool, attempt),
      mastery: pool.mastery,
      passedBefore: passed,
      topics: pages.filter((one) => missed.has(one.topic)),
    };
  };

  const showResult = ({ focus = true } = {}) => {
    screens.result(at("result"), outcome(), openPage);
    show("result");
    at("start-test").textContent = passed ? "Practise again" : "Try again";
    at("finish").textContent = passed ? "Finish" : "Leave for now";
    if (focus) at("result-heading").focus({ preventScroll: true });
    return save();
  };

  // --- leaving and coming back ------------------------------------------------

  const finish = async () => {
    if (!(await save())) return;
    const ok = await leave();
    if (!ok) {
      closed = false; // the button tries once more
      saved(false);
      return;
    }
    for (const id of ["back", "start-test", "finish"]) at(id).hidden = true;
    at("saved").textContent = "";
    for (const button of at("result").querySelectorAll("button")) button.disabled = true;
    screens.notice(at("notice"), recorder.recording
      ? "Your result is saved. You can close this window or go back to your learning platform."
      : "This was a preview. You can close this window.");
    document.body.dataset.closed = "true";
    window.scrollTo(0, 0);
    at("content").focus({ preventScroll: true });
  };

  const leave = () => {
    if (closed) return true;
    closed = true;
    return recorder.close();
  };

  const resume = (where) => {
    if (where === "test" && next() !== -1) return ask({ focus: false });
    if ((where === "test" || where === "result") && attempt.length) return showResult({ focus: false });
    const number = Number.parseInt(where, 10);
    return openPage(number >= 1 ? Math.min(number, reachable()) : 1, { focus: false });
  };

  const begin = async () => {
    const opened = await recorder.open();
    passed = opened.passed;
    restore(opened.state);
    if (passed && best === null) best = pool.mastery;
    const already = "You have passed this module. You can read it again; your result stays.";
    screens.notice(at("notice"), opened.notice || (passed ? already : ""));
    resume(opened.location);
  };

  at("next").addEventListener("click", () => openPage(page + 1));
  at("back").addEventListener("click", () => openPage(screen === "result" ? pages.length : page - 1));
  at("start-test").addEventListener("click", start);
  at("finish").addEventListener("click", finish);
  form.addEventListener("submit", submit);
  form.addEventListener("click", (event) => {
    if (event.target.id !== "next-question") return;
    if (next() === -1) showResult();
    else ask();
  });
  // A phone may end the page without another word once it is hidden.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") save();
  });
  window.addEventListener("pagehide", () => leave());
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });
  begin();
})();
