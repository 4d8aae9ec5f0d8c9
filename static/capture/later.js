import { contain } from "../listen.js";

/**
 * Runs work so many ms after it was asked for, once for all that ask meanwhile.
 * @param {() => void} work
 * @param {number} ms
 * @returns {() => void} asks for it
 */
export function later(work, ms) {
  /** @type {any} */
  let timer = 0;
  const run = contain(() => {
    timer = 0;
    work();
  });
  return () => void (timer ||= setTimeout(run, ms));
}
