import { adding } from "../listen.js";
import { HIDDEN, VISIBLE } from "../kinds.js";

/**
 * Whether the page is seen at all: another tab, another window, a locked screen. It may never be seen again.
 * @type {import("../types.d.ts").Signal}
 */
export const start = ({ add, leave }) => adding({
  visibilitychange: () => {
    add(document.hidden ? HIDDEN : VISIBLE, [0]);
    if (document.hidden) leave();
  },
  pagehide: leave,
})(window);
