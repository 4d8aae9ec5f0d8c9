import { contain } from "../listen.js";

/**
 * Runs work at once, then at most every so many ms, and once more for the last call: no position of rest is lost.
 * @param {() => void} work
 * @param {number} ms
 * @returns {() => void} asks for it
 */
export function throttle(work, ms) {
  /** @type {any} */
  let timer = 0;
  let again = false;
  function call() {
    again = !!timer;
    if (again) return;
    timer = setTimeout(next, ms);
    work();
  }
  const next = contain(() => {
    timer = 0;
    if (again) call();
  });
  return call;
}
