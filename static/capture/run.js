// Starts every signal in order; all stop together. An error of ours never reaches the page.

import { begin, contain } from "../listen.js";
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

/** Page first: a view begins with how it was reached, then with what part of it is seen. Last what looks into the
 * page for the trees that are in it. */
const SIGNALS = [page, scroll, pointer, click, rage, dead, resize, height, visible, form, error, appear];

/** @param {import("../types.d.ts").Tape} tape */
export function run(tape) {
  begin(tape.fault);
  SIGNALS.forEach(contain((start) => start(tape)));
}
