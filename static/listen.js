// Listening on somebody else's page without being able to disturb it, frames of the page's own origin and shadow roots included.

import { discover, follow, unfollow } from "./element.js";

/** Ends everything that was started since. */
export let end = new AbortController();

/** Who is told of an error of ours. */
let tell = () => {};

/** The same function as long as signals are on; its errors stay in here, and are told.
 * @template [A=void] @param {(given: A) => void} work @returns {(given: A) => void} */
export const contain = (work) => (given) => {
  try {
    if (!end.signal.aborted) work(given);
  } catch {
    // The page goes on as if we were not there.
    tell();
  }
};

/** From here on what is started ends together. @param {() => void} fault is told of every error of ours */
export function begin(fault) {
  tell = fault;
  end = new AbortController();
  unfollow();
  follow(adding({ load: (_, node) => discover(node.contentDocument) }));
}

/** What to do, with the node that it happened on. @typedef {Record<string, (event: any, node: any) => void>} Handlers */

/** What leaves a shadow root is heard outside. */
const LEAVES = /^(po|cl|fo)/;

/** @param {Handlers} handlers @returns {(target: any) => void} the same functions each time: a target that comes again has them already */
export const adding = (handlers) => {
  const safe = Object.entries(handlers).map(([type, work]) => /** @type {const} */ ([type, (/** @type {any} */ event) => {
    try {
      const { target } = event;
      work(event, target.shadowRoot ? event.composedPath()[0] : target);
    } catch {
      tell();
    }
  }]));
  const how = { capture: true, passive: true, signal: end.signal };
  return (target) => safe.forEach(([type, work]) => target?.host && LEAVES.test(type) || target?.addEventListener(type, work, how));
};

/** In the page's own window, in every frame, and in shadow roots for what does not leave them. @param {Handlers} handlers */
export function listen(handlers) {
  const add = adding(handlers);
  follow((tree) => add(tree.defaultView ?? tree));
}
