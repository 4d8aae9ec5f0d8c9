// Listening on somebody else's page without being able to disturb it, frames of the page's own origin included.

/** Errors of our own since the page was loaded. */
export const faults = { count: 0 };

/** The same function, but its errors stay in here. @template [A=void] @param {(given: A) => void} work @returns {(given: A) => void} */
export const contain = (work) => (given) => {
  try {
    work(given);
  } catch {
    faults.count++;
  }
};

/** @typedef {Record<string, (event: any) => void>} Handlers */

/**
 * @param {Handlers} handlers what to do at the page's own window
 * @param {Handlers} [inside] what to do there and in every frame
 * @returns {() => void} what removes the listeners
 */
export function listen(handlers, inside = {}) {
  const end = new AbortController();
  const how = { capture: true, passive: true, signal: end.signal };
  /** @param {EventTarget} target @param {Handlers} some */
  const add = (target, some) => {
    for (const [type, handler] of Object.entries(some)) target.addEventListener(type, contain(handler), how);
  };
  /** @param {HTMLIFrameElement} frame */
  const enter = ({ contentDocument }) => contentDocument && every(contentDocument);
  /** @param {Document} document */
  function every(document) {
    add(/** @type {Window} */ (document.defaultView), inside);
    document.querySelectorAll("iframe").forEach(enter);
    add(document, { load: ({ target }) => enter(target) });
  }
  add(window, handlers);
  every(document);
  return () => end.abort();
}
