// Listening on somebody else's page without being able to disturb it, frames of the page's own origin and shadow roots included.

import { discover, follow, unfollow } from "./element.js";

/** Ends everything that was started since. */
export let end = new AbortController();

/** The same function as long as signals are on; its errors stay in here.
 * @template [A=void] @param {(given: A) => void} work @returns {(given: A) => void} */
export const contain = (work) => (given) => {
  try {
    if (!end.signal.aborted) work(given);
  } catch {
    // The page goes on as if we were not there.
  }
};

/** From here on what is started ends together. @returns {() => void} ends it */
export function begin() {
  end = new AbortController();
  unfollow();
  follow(adding({ load: ({ target }) => discover(target.contentDocument) }));
  return () => end.abort();
}

/** @typedef {Record<string, (event: any) => void>} Handlers */

/** @param {Handlers} handlers @returns {(target: any) => void} the same functions each time: a target that comes again has them already */
export const adding = (handlers) => {
  // What leaves a shadow root is heard outside.
  const safe = Object.entries(handlers).map(([type, work]) => /** @type {const} */ ([type, contain((/** @type {any} */ event) =>
    event.currentTarget.host && event.composedPath().at(-1) !== event.currentTarget ? 0 : work(event))]));
  const how = { capture: true, passive: true, signal: end.signal };
  return (target) => safe.forEach(([type, work]) => target?.addEventListener(type, work, how));
};

/**
 * @param {Handlers} handlers what to do at the page's own window
 * @param {Handlers} [inside] what to do there, in every frame, and in shadow roots for what does not leave them
 */
export function listen(handlers, inside = {}) {
  adding(handlers)(window);
  const add = adding(inside);
  follow((tree) => add(tree.defaultView ?? tree));
}
