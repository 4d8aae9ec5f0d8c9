// Listening on somebody else's page without being able to disturb it, frames of the page's own origin and shadow roots included.

import { follow } from "./element.js";

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
 * @param {Handlers} [inside] what to do there, in every frame, and in shadow roots for what does not leave them
 * @returns {() => void} what removes the listeners
 */
export function listen(handlers, inside = {}) {
  const end = new AbortController();
  const how = { capture: true, passive: true, signal: end.signal };
  /** @param {Handlers} some @returns {(target: any) => void} the same functions each time: a target that comes again has them already */
  const adding = (some) => {
    const safe = Object.entries(some).map(([type, work]) => /** @type {const} */ ([type, contain((/** @type {any} */ event) =>
      event.currentTarget.host && event.composedPath().at(-1) !== event.currentTarget ? 0 : work(event))]));
    return (target) => safe.forEach(([type, work]) => target.addEventListener(type, work, how));
  };
  const add = adding(inside);
  /** @param {any} frame */
  const enter = ({ contentDocument }) => contentDocument && every(contentDocument);
  const watch = adding({ load: ({ target }) => enter(target) });
  /** @param {Document} document */
  function every(document) {
    add(document.defaultView);
    document.querySelectorAll("iframe").forEach(enter);
    watch(document);
  }
  adding(handlers)(window);
  every(document);
  follow((tree) => tree.host && add(tree));
  return () => end.abort();
}
