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
export function start({ add, listen, contain }) {
  let last = [-NEAR, -NEAR];
  const [move, stop] = throttle(contain((/** @type {[Element, PointerEvent]} */ [node, event]) => {
    const at = spot(node, event.clientX, event.clientY, true);
    if (!at || Math.hypot(at.x - last[0], at.y - last[1]) < NEAR) return;
    last = [at.x, at.y];
    add(MOVE, at, pointerOf(event));
  }), EVERY);
  return [stop, listen(window, {
    // The path is empty once the event is over, so the node is read now.
    pointermove: (event) => event.isTrusted && move([target(event), event]),
  })];
}
