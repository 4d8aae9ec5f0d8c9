// Where a moment is in a list of times.

/**
 * The last of some times in order that is not after `t`; -1 when all are.
 * @param {number[]} times @param {number} t
 */
export function last(times, t) {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= t) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Minutes and seconds. @param {number} ms */
export function minutes(ms) {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
