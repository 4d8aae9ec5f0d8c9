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
  /** Where the pointer was last, seen while its event was on its way: a moment later the page may have moved. @type {any} */
  let latest = null;
  /** @type {any} */
  let timer = 0;

  function take() {
    const [at, pointer] = latest ?? [];
    latest = null;
    if (!at || Math.hypot(at[1] - lastX, at[2] - lastY) < NEAR) return;
    [, lastX, lastY] = at;
    add(MOVE, at, pointer);
  }
  const rested = contain(() => {
    timer = 0;
    take();
  });
  return [() => clearTimeout(timer), listen({}, {
    pointermove: (event) => {
      if (!event.isTrusted) return;
      latest = [spot(target(event), event, true), pointerOf(event)];
      if (event.timeStamp >= due) {
        due = event.timeStamp + EVERY;
        take();
      } else timer ||= setTimeout(rested, REST);
    },
  })];
}
