import { contain, listen } from "../listen.js";
import { spot, target } from "../spot.js";
import { MOVE, pointerOf } from "../kinds.js";

/** Moves are sampled at 20 Hz at most, ms. */
const EVERY = 50;
/** The last one before a rest of so long is kept as well, ms. */
const REST = 200;
/** Moves shorter than this are one, CSS px. */
const NEAR = 4;

/**
 * Where the pointer goes; not inside groups, where its way would tell the answer. A browser tells of it sixty times a
 * second and more: what is not kept costs next to nothing.
 * @type {import("../types.d.ts").Signal}
 */
export function start({ add }) {
  let due = 0;
  let [lastX, lastY] = [-NEAR, -NEAR];
  /** @type {PointerEvent | null} */
  let latest = null;
  /** @type {Element} */
  let node;
  /** @type {any} */
  let timer = 0;

  function take() {
    const event = latest;
    latest = null;
    // What has been taken out of the page meanwhile no longer shows what it was in: it may have been ignored.
    if (!event?.isTrusted || !node.isConnected) return;
    due = event.timeStamp + EVERY;
    const at = spot(node, event, true);
    if (!at || Math.hypot(at[1] - lastX, at[2] - lastY) < NEAR) return;
    [, lastX, lastY] = at;
    add(MOVE, at, pointerOf(event));
  }
  const rested = contain(() => {
    timer = 0;
    take();
  });
  return [() => clearTimeout(timer), listen({}, {
    pointermove: (event) => {
      latest = event;
      node = target(event); // known only while the event is on its way
      if (event.timeStamp >= due) take();
      else timer ||= setTimeout(rested, REST);
    },
  })];
}
