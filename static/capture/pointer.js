import { spot } from "../spot.js";
import { contain, listen } from "../listen.js";
import { MOVE, pointerOf } from "../kinds.js";

/** Moves are sampled at 20 Hz at most, ms. */
const EVERY = 50;
/** Moves shorter than this are one, CSS px. */
const NEAR = 4;

/**
 * Where the pointer goes; not inside groups, where its way would tell the answer. Of each move only what will not be known
 * later is noted; all of them are told together, which takes a fraction of the time: before anything else is told, or when
 * the page is looked at next.
 * @type {import("../types.d.ts").Signal}
 */
export function start(tape) {
  /** What was noted. @type {[event: any, node: any, shape: DOMRect][]} */
  let way = [];
  /** None yet, which nothing is near to. @type {any} */
  let before = {};
  let taken = -EVERY;
  /** The last move, while it is too soon after the one before to be noted. @type {any} */
  let rest;

  function note() {
    const [event, node] = rest;
    rest = null;
    taken = event.timeStamp;
    if (!event.isTrusted || Math.hypot(event.pageX - before.pageX, event.pageY - before.pageY) < NEAR) return;
    before = event;
    tape.open();
    way.push([event, node, node.getBoundingClientRect?.()]);
  }
  listen({
    pointermove: (event, node) => {
      rest = [event, node];
      if (event.timeStamp - taken >= EVERY) note();
    },
  });
  tape.flush = contain(() => {
    if (rest) note();
    const told = way;
    way = [];
    for (const [event, node, shape] of told) {
      const at = node.isConnected && spot(node, event, shape);
      if (at) tape.add(MOVE, at, pointerOf(event), event.timeStamp);
    }
  });
}
