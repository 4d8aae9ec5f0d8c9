import { contain } from "../listen.js";

/** It rests when nothing came for so many times as long: a timer for each call would cost more than the work. */
const REST = 4;

/**
 * Runs work at once, then at most every so many ms, and for the last call once it rests.
 * @template T
 * @param {(latest: T) => void} work
 * @param {number} ms
 * @returns {readonly [call: (latest: T) => void, stop: () => void]}
 */
export function throttle(work, ms) {
  let last = -ms;
  /** @type {any} */
  let timer;
  /** @type {T[]} */
  let waiting = [];
  const rest = () => {
    timer = 0;
    waiting.forEach(call);
  };
  const call = contain((/** @type {T} */ latest) => {
    const now = performance.now();
    waiting = [latest];
    if (now - last < ms) return void (timer ||= setTimeout(rest, ms * REST));
    last = now;
    waiting = [];
    work(latest);
  });
  return [call, () => clearTimeout(timer)];
}
