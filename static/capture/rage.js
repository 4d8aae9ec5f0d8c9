import { isGroup } from "../element.js";
import { marking } from "../spot.js";
import { RAGE, pointerOf } from "../kinds.js";

/** As many clicks, each this near to the one before (CSS px, |dx| + |dy|) and this soon after it (ms), are rage. */
const CLICKS = 3;
const NEAR = 30;
const SOON = 1000;

/**
 * Clicks again and again on the same place, once per burst. Keys of a pad and marking text are no rage.
 * @type {import("../types.d.ts").Signal}
 */
export function start({ add, clicked }) {
  let count = 0;
  /** None yet, which nothing is near to. @type {any} */
  let last = {};
  clicked.push((node, at, event) => {
    if (isGroup(node)) return;
    const near = Math.abs(event.clientX - last.clientX) + Math.abs(event.clientY - last.clientY) < NEAR;
    count = near && event.timeStamp - last.timeStamp < SOON ? count + 1 : 1;
    last = event;
    if (count === CLICKS && !marking(node)) add(RAGE, at, pointerOf(event));
  });
}
