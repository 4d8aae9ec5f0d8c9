import { hash } from "../element.js";
import { listen } from "../listen.js";
import { ERROR } from "../kinds.js";
import { U16 } from "../wire.js";

/** An error belongs to the click within this time before it, ms. */
const AFTER_CLICK = 1000;
/** Where a stack's first line that names a place says that it is. */
const PLACE = /(\w+:\/\/[^\s()]+?):(\d+):(\d+)/;

/**
 * Uncaught errors and rejections: line, column and the hash of the script's path; never the message.
 * @type {import("../types.d.ts").Signal}
 */
export function start(tape) {
  /** @param {string} [script] @param {number | string} [line] @param {number | string} [column] */
  function failed(script = "", line = 0, column = 0) {
    const [clicked, at] = tape.lastClick;
    const path = hash(script && new URL(script).pathname);
    const [x, y] = [line, column].map((n) => Math.min(+n, U16));
    tape.add(ERROR, [performance.now() - at < AFTER_CLICK ? clicked : 0, x, y, path & U16, path >>> 16]);
  }
  listen({
    // Images and scripts that fail to load arrive here as well, as plain events.
    error: ({ filename, lineno, colno }) => filename != null && failed(filename, lineno, colno),
    unhandledrejection: ({ reason }) => failed(...(PLACE.exec(reason?.stack) ?? []).slice(1)),
  });
}
