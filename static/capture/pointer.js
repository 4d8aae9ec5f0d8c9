import { listen } from "../listen.js";
import { spot, target } from "../spot.js";
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
  const [move, stop] = throttle((/** @type {[Element, PointerEvent]} */ [node, event]) => {
    const at = spot(node, event, true);
    if (!at || Math.hypot(at[1] - lastX, at[2] - lastY) < NEAR) return;
    [, lastX, lastY] = at;
    add(MOVE, at, pointerOf(event));
  }, EVERY);
  return [stop, listen({}, {
    // The path is empty once the event is over, so the node is read now.
    pointermove: (event) => event.isTrusted && move([target(event), event]),
  })];
}
