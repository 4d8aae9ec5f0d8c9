// The playhead: where in the visit we are, how fast it goes, and what it passes over.

import { last } from "./find.js";

/** Without any event for longer than this nothing is to be seen, ms … */
const IDLE = 2500;
/** … and so much is left of it before what comes next. */
const LEAD = 400;

/**
 * @param {import("./types.d.ts").Replay} replay
 * @param {(now: number, skipped: number) => void} show is told of every moment, and how much was passed over before it, ms
 */
export function clock({ length, views }, show) {
  // That nothing follows is what there is to be seen of what went wrong: as long as two waits it is not passed over.
  const told = views.flatMap(({ story }) => story).flatMap(({ t, trouble }) => trouble ? [t, t + IDLE, t + 2 * IDLE] : t);
  const busy = views.flatMap(({ from, path, scroll, clicks }) => [from, ...path.t, ...scroll.t, ...clicks.t]).concat(told)
    .sort((a, b) => a - b);
  let now = 0;
  let speed = 1;
  let skips = true;
  let frame = 0;
  let before = 0;

  /** @param {number} time @param {number} [skipped] */
  function set(time, skipped = 0) {
    now = Math.min(Math.max(time, 0), length);
    show(now, skipped);
  }

  /** What may be passed over from here: to a moment before the next event. */
  function idle() {
    const next = busy[last(busy, now) + 1] ?? length;
    return next - now > IDLE ? next - LEAD - now : 0;
  }

  /** @param {number} time of the browser */
  function tick(time) {
    const passed = (time - before) * speed;
    before = time;
    const skipped = skips ? idle() : 0;
    set(now + Math.max(skipped, passed), skipped);
    if (now >= length) pause();
    else frame = requestAnimationFrame(tick);
  }

  function pause() {
    cancelAnimationFrame(frame);
    frame = 0;
    show(now, 0);
  }

  function play() {
    if (frame) return;
    if (now >= length) set(0);
    before = performance.now();
    frame = requestAnimationFrame(tick);
    show(now, 0);
  }

  return {
    play, pause,
    toggle: () => (frame ? pause() : play()),
    /** @param {number} time */
    seek: (time) => set(time),
    /** @param {number} times as fast */
    speed: (times) => void (speed = times),
    /** @param {boolean} on */
    skip: (on) => void (skips = on),
    get now() { return now; },
    get playing() { return !!frame; },
  };
}
