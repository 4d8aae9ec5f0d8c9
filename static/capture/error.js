import { hash } from "../element.js";
import { bare } from "../spot.js";
import { ERROR } from "../kinds.js";
import { U16 } from "../wire.js";

/** An error belongs to the click within this time before it, ms. */
const AFTER_CLICK = 1000;
const PLACE = /(\w+:\/\/[^\s()]+?):(\d+):(\d+)/;

/** @param {string} url */
function pathOf(url) {
  try {
    return new URL(url, location.href).pathname;
  } catch {
    return "";
  }
}

/**
 * Uncaught errors and rejections: line, column and the hash of the script's path; never the message.
 * @type {import("../types.d.ts").Signal}
 */
export function start(context) {
  /** @param {string} [script] @param {number} [line] @param {number} [column] */
  function failed(script = "", line = 0, column = 0) {
    const { hash: clicked, at } = context.click;
    const path = hash(pathOf(script));
    const place = bare(Math.min(line, U16), Math.min(column, U16), path & U16, path >>> 16);
    context.add(ERROR, { ...place, hash: performance.now() - at < AFTER_CLICK ? clicked : 0 });
  }
  return [context.listen(window, {
    // Images and scripts that fail to load arrive here as well, as plain events.
    error: (event) => event instanceof ErrorEvent && failed(event.filename, event.lineno, event.colno),
    unhandledrejection: ({ reason }) => {
      const [, script, line, column] = PLACE.exec(reason?.stack ?? "") ?? [];
      failed(script, Number(line ?? 0), Number(column ?? 0));
    },
  })];
}
