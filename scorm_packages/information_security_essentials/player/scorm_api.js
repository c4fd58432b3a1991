// What the recorders of SCORM 1.2 and SCORM 2004 share: where an LMS offers its API, and how it is called.
"use strict";

window.scormApi = (() => {
  // A frame of another origin, or a window that is gone, throws where it is asked for its API.
  const apiOf = (frame, name) => {
    try {
      return frame[name] || null;
    } catch {
      return null;
    }
  };

  const apiAbove = (frame, name) => {
    for (let steps = 0; frame && steps < 50; steps += 1) {
      const found = apiOf(frame, name);
      if (found || frame.parent === frame) return found;
      frame = frame.parent;
    }
    return null;
  };

  const openerOf = (frame) => {
    try {
      return frame.opener;
    } catch {
      return null;
    }
  };

  // The LMS's code may throw, for one when its window has been closed: then nothing was taken.
  const call = (act) => {
    try {
      return act();
    } catch (error) {
      console.warn("The learning platform's API failed", error);
      return "";
    }
  };

  return {
    NOTHING: { location: "", state: "", passed: false },
    PREVIEW: "Preview: nothing is recorded, because no learning platform was found.",
    REFUSED:
      "Nothing is recorded: the learning platform did not accept the connection. Close the course and open it again.",
    REVIEW: "You are looking at this module again: nothing is recorded.",
    find: (name) => apiAbove(window, name) || apiAbove(openerOf(window), name) || apiAbove(openerOf(window.top), name),
    call,
    taken: (answer) => String(answer) === "true",
  };
})();
