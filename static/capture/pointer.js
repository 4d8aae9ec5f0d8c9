import { listen } from "../listen.js";
import { spot } from "../spot.js";
import { MOVE, pointerOf } from "../kinds.js";
import { throttle } from "./throttle.js";

/** Moves are sampled at 20 Hz at most, ms. */
const EVERY = 50;
/** Moves shorter than this are one, CSS px. */
const NEAR = 4;

/**
 * Where the pointer goes; not inside groups, where its way would tell the answer.
 * @type {import("../types.d.ts").Signal}
 */
export function start({ add }) {
  let [lastX, lastY] = [-NEAR, -NEAR];
  /** Where the pointer was last, seen while its event was on its way: a moment later the page may have moved. @type {any} */
  let at = null;
  let pointer = 0;

  const take = throttle(() => {
    if (!at || Math.hypot(at[1] - lastX, at[2] - lastY) < NEAR) return;
    [, lastX, lastY] = at;
    add(MOVE, at, pointer);
  }, EVERY);
  listen({
    pointermove: (event, node) => {
      if (!event.isTrusted) return;
      at = spot(node, event, true);
      pointer = pointerOf(event);
      take();
    },
  });
}
