import { bare } from "../spot.js";
import { HIDDEN, VISIBLE } from "../kinds.js";

/**
 * Whether the page is seen at all: another tab, another window, a locked screen.
 * @type {import("../types.d.ts").Signal}
 */
export const start = ({ add, listen }) =>
  [listen(document, { visibilitychange: () => add(document.hidden ? HIDDEN : VISIBLE, bare()) })];
