// The test of a module: draws items, marks answers. It knows neither the page nor the LMS.
"use strict";

window.courseTest = (() => {
  const shuffled = (list) => {
    const left = [...list];
    const result = [];
    while (left.length) {
      result.push(...left.splice(Math.floor(Math.random() * left.length), 1));
    }
    return result;
  };

  // True before False is what people expect; every other order gives the answer away to whoever passes it round.
  const optionOrder = (item) => {
    const ids = Object.keys(item.options);
    return item.kind === "true-false" ? ids : shuffled(ids);
  };

  // Draws anew, with items of the attempt before only where the pool has no others.
  const draw = (pool, before) => {
    const used = new Set(before.map((drawn) => drawn.id));
    const fresh = shuffled(pool.items.filter((item) => !used.has(item.id)));
    const rest = shuffled(pool.items.filter((item) => used.has(item.id)));
    return [...fresh, ...rest]
      .slice(0, pool.questions)
      .map((item) => ({ id: item.id, order: optionOrder(item), chosen: null }));
  };

  const item = (pool, drawn) => pool.items.find((one) => one.id === drawn.id);

  const correct = (pool, drawn) =>
    drawn.chosen !== null && [...drawn.chosen].sort().join() === [...item(pool, drawn).right].sort().join();

  const score = (pool, attempt) =>
    Math.round((100 * attempt.filter((drawn) => correct(pool, drawn)).length) / attempt.length);

  // Compact, because SCORM 1.2 keeps 4,096 characters: [[id, order, chosen or 0], …]
  const pack = (attempt) =>
    attempt.map((drawn) => [drawn.id, drawn.order.join(""), drawn.chosen === null ? 0 : drawn.chosen.join("")]);

  // An attempt at items that a newer version no longer has cannot be continued.
  const unpack = (pool, packed) => {
    const attempt = packed.map(([id, order, chosen]) => ({
      id,
      order: [...order],
      chosen: chosen === 0 ? null : [...chosen],
    }));
    return attempt.every((drawn) => item(pool, drawn)) ? attempt : [];
  };

  return { draw, item, correct, score, pack, unpack };
})();
