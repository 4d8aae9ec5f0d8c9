import { isGroup } from "../element.js";
import { marking, spot, target } from "../spot.js";
import { RAGE, pointerOf } from "../kinds.js";

/** As many clicks, each this near to the one before (CSS px, |dx| + |dy|) and this soon after it (ms), are rage. */
const CLICKS = 3;
const NEAR = 30;
const SOON = 1000;

/**
 * Clicks again and again on the same place, once per burst. Keys of a pad and marking text are no rage.
 * @type {import("../types.d.ts").Signal}
 */
export function start({ add, listen }) {
  let count = 0;
  let last = { x: 0, y: 0, at: -SOON };
  return [listen(window, {
    click: (event) => {
      const node = target(event);
      if (!event.isTrusted || event.detail === 0 || isGroup(node)) return;
      const now = { x: event.clientX, y: event.clientY, at: event.timeStamp };
      const near = Math.abs(now.x - last.x) + Math.abs(now.y - last.y) < NEAR && now.at - last.at < SOON;
      last = now;
      count = near ? count + 1 : 1;
      const at = count === CLICKS && !marking(node) ? spot(node, now.x, now.y) : null;
      if (at) add(RAGE, at, pointerOf(event));
    },
  })];
}
