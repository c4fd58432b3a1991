// What a question, its feedback and the result look like. Text only ever goes in as text.
"use strict";

window.courseScreens = (() => {
  const element = (name, properties = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(properties)) {
      if (key in made && key !== "role") made[key] = value;
      else made.setAttribute(key, value);
    }
    made.append(...children);
    return made;
  };

  const option = (item, id) =>
    element(
      "label",
      { className: "option" },
      element("input", { type: item.kind === "multiple" ? "checkbox" : "radio", name: "answer", value: id }),
      element("span", { className: "text" }, item.options[id]),
      element("span", { className: "mark" }),
    );

  const hint = (item) => (item.kind === "multiple" ? "Choose all that apply." : "Choose one answer.");

  const question = (form, item, drawn, number, total) => {
    form.dataset.item = item.id;
    form.replaceChildren(
      element("h2", { tabIndex: -1, id: "question-heading" }, `Question ${number} of ${total}`),
      element(
        "fieldset",
        { "aria-describedby": "hint" },
        element("legend", {}, item.question),
        element("p", { id: "hint" }, hint(item)),
        ...drawn.order.map((id) => option(item, id)),
      ),
      element("p", { id: "missing", role: "alert" }),
      element("div", { id: "feedback", role: "status" }),
      element("button", { type: "submit", id: "submit-answer" }, "Check my answer"),
      element("button", { type: "button", id: "next-question", hidden: true }),
    );
  };

  const mark = (input, isRight) => {
    const label = input.closest("label");
    label.classList.toggle("right", isRight);
    label.classList.toggle("wrong", input.checked && !isRight);
    if (isRight) label.querySelector(".mark").textContent = input.checked ? "✓ your answer: right" : "✓ right answer";
    else if (input.checked) label.querySelector(".mark").textContent = "✗ your answer: not right";
  };

  const feedback = (form, item, isCorrect, last) => {
    for (const input of form.elements.namedItem("answer")) {
      input.disabled = true;
      mark(input, item.right.includes(input.value));
    }
    form.querySelector("#feedback").className = isCorrect ? "good" : "bad";
    form.querySelector("#feedback").replaceChildren(
      element("p", { className: "verdict" }, isCorrect ? "That is right." : "That is not right."),
      element("p", {}, item.feedback),
    );
    form.querySelector("#submit-answer").hidden = true;
    const next = form.querySelector("#next-question");
    next.textContent = last ? "See the result" : "Next question";
    next.hidden = false;
    next.focus();
  };

  const headline = (outcome) => {
    if (outcome.score >= outcome.mastery) return "Passed";
    return outcome.passedBefore ? "Not this time, but your pass stays" : "Not passed yet";
  };

  const explanation = (outcome) => {
    const got = `You answered ${outcome.right} of ${outcome.total} questions correctly: ${outcome.score}%.`;
    if (outcome.score >= outcome.mastery) return `${got} Well done, this module is complete.`;
    if (outcome.passedBefore) return `${got} You had already passed this module, and that is what counts.`;
    return `${got} ${outcome.mastery}% is needed. Read the pages below once more and try again: you will get other questions.`;
  };

  const outcomeRow = (row) =>
    element(
      "li",
      { className: row.correct ? "right" : "wrong" },
      element("span", { className: "mark" }, row.correct ? "✓ right answer" : "✗ wrong answer"),
      element("span", {}, row.question),
    );

  const reading = (topics, open) => {
    if (!topics.length) return [];
    const buttons = topics.map((topic) => {
      const button = element("button", { type: "button", className: "link" }, topic.title);
      button.addEventListener("click", () => open(topic.number));
      return element("li", {}, button);
    });
    return [element("h3", {}, "Worth reading again"), element("ul", {}, ...buttons)];
  };

  const result = (section, outcome, open) => {
    const passed = outcome.score >= outcome.mastery;
    section.className = passed ? "passed" : "failed";
    section.replaceChildren(
      element("h2", { id: "result-heading", tabIndex: -1 }, headline(outcome)),
      element("p", { className: "score", "aria-hidden": "true" }, `${outcome.score}%`),
      element("p", {}, explanation(outcome)),
      element("h3", {}, "Your answers"),
      element("ol", { className: "outcomes" }, ...outcome.rows.map(outcomeRow)),
      ...reading(outcome.topics, open),
    );
  };

  const notice = (place, text, again) => {
    place.replaceChildren(...(text ? [element("p", {}, text)] : []));
    if (text && again) {
      const button = element("button", { type: "button", id: "save-again" }, "Try again now");
      button.addEventListener("click", again);
      place.append(button);
    }
  };

  const contents = (list, pages, reachable, current, open) => {
    list.replaceChildren(
      ...pages.map((page) => {
        const button = element("button", { type: "button", className: "link" }, page.title);
        button.disabled = page.number > reachable;
        if (page.number === current) button.setAttribute("aria-current", "page");
        button.addEventListener("click", () => open(page.number));
        return element("li", {}, button);
      }),
    );
  };

  return { question, feedback, result, notice, contents };
})();
