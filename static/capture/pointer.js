import { listen } from "../listen.js";
import { spot } from "../spot.js";
import { MOVE, pointerOf } from "../kinds.js";
import { later } from "./later.js";

/** Moves are sampled at 20 Hz at most, ms. */
const EVERY = 50;
/** Moves shorter than this are one, CSS px. */
const NEAR = 4;

/**
 * Where the pointer goes; not inside groups, where its way would tell the answer. Of each move only what costs nothing is
 * looked at; where it is on the page, when that has been drawn, so that nothing is laid out for us.
 * @type {import("../types.d.ts").Signal}
 */
export function start({ add }) {
  /** None yet, which nothing is near to. @type {any} */
  let before = [];
  /** @type {any} */
  let last;
  /** @type {any} */
  let on;

  const take = later(() => {
    const at = last.isTrusted && spot(on, last, true);
    if (!at || Math.hypot(/** @type {any} */ (at)[1] - before[1], /** @type {any} */ (at)[2] - before[2]) < NEAR) return;
    before = at;
    add(MOVE, at, pointerOf(last));
  }, EVERY);
  listen({
    pointermove: (event, node) => {
      last = event;
      on = node;
      take();
    },
  });
}
