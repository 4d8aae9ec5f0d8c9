import { listen } from "../listen.js";
import { bare } from "../spot.js";
import { HIDDEN, VISIBLE } from "../kinds.js";

/**
 * Whether the page is seen at all: another tab, another window, a locked screen. It may never be seen again.
 * @type {import("../types.d.ts").Signal}
 */
export const start = ({ add, leave }) => listen({
  visibilitychange: () => {
    add(document.hidden ? HIDDEN : VISIBLE, bare());
    if (document.hidden) leave();
  },
  pagehide: leave,
});
