// Starts every signal in order and stops them in reverse. An error of ours never reaches the page: it is counted.

import { start as appear } from "./appear.js";
import { start as click } from "./click.js";
import { start as dead } from "./dead.js";
import { start as error } from "./error.js";
import { start as form } from "./form.js";
import { start as height } from "./height.js";
import { start as page } from "./page.js";
import { start as pointer } from "./pointer.js";
import { start as rage } from "./rage.js";
import { start as resize } from "./resize.js";
import { start as scroll } from "./scroll.js";
import { start as visible } from "./visible.js";

/** Page first: a view begins with how it was reached, then with what part of it is seen. */
const SIGNALS = [page, scroll, pointer, click, rage, dead, resize, height, visible, appear, form, error];

/** Errors of our own since the page was loaded. */
export const faults = { count: 0 };

/** @template {unknown[]} A @param {(...args: A) => void} work @returns {(...args: A) => void} */
export const contain = (work) => (...args) => {
  try {
    work(...args);
  } catch {
    faults.count++;
  }
};

/** Listens without being able to disturb the page. @param {EventTarget} target
 * @param {Record<string, (event: any) => void>} handlers @returns {() => void} what removes the listeners */
export function listen(target, handlers) {
  const end = new AbortController();
  for (const [type, handler] of Object.entries(handlers)) {
    target.addEventListener(type, contain(handler), { capture: true, passive: true, signal: end.signal });
  }
  return () => end.abort();
}

/**
 * @param {import("../types.d.ts").Context} context
 * @returns {() => void} stops everything that was started
 */
export function run(context) {
  /** @type {(() => void)[]} */
  const stops = [];
  for (const start of SIGNALS) contain(() => stops.unshift(...start(context).map(contain)))();
  return () => stops.forEach((stop) => stop());
}
