/**
 * Runs work at once, then at most every so many ms, and once more for the last call: no position of rest is lost.
 * @template T
 * @param {(latest: T) => void} work
 * @param {number} ms
 * @returns {readonly [call: (latest: T) => void, stop: () => void]}
 */
export function throttle(work, ms) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {T[]} */
  let waiting = [];
  function next() {
    timer = undefined;
    const [latest] = waiting;
    if (waiting.length) now(latest);
  }
  /** @param {T} latest */
  function now(latest) {
    waiting = [];
    timer = setTimeout(next, ms);
    work(latest);
  }
  return /** @type {const} */ ([
    /** @param {T} latest */
    (latest) => (timer ? void (waiting = [latest]) : now(latest)),
    () => clearTimeout(timer),
  ]);
}
