import { hashOf, reported, scrolled } from "../element.js";
import { listen } from "../listen.js";
import { SCROLL } from "../kinds.js";
import { U16 } from "../wire.js";
import { throttle } from "./throttle.js";

/** Scrolling is sampled at 5 Hz at most, ms. */
const EVERY = 200;

/**
 * Which part of the page is seen, and the furthest that was seen of the content of a scroll container.
 * @type {import("../types.d.ts").Signal}
 */
export function start({ add }) {
  /** @type {WeakMap<Element, number[]>} */
  const furthest = new WeakMap();
  /** @type {Set<any>} */
  const scrolling = new Set();

  /** @param {Element} e */
  function container(e) {
    const [element, group] = reported(e);
    if (group || element !== e) return;
    const [x, y] = furthest.get(e) ?? [0, 0];
    const across = Math.max(x, Math.min(1, (Math.abs(e.scrollLeft) + e.clientWidth) / e.scrollWidth));
    const down = Math.max(y, Math.min(1, (e.scrollTop + e.clientHeight) / e.scrollHeight));
    furthest.set(e, [across, down]);
    if (across > x || down > y) add(SCROLL, [hashOf(e), 0, 0, across * U16, down * U16]);
  }

  const look = throttle(() => {
    for (const e of scrolling) e === document ? add(SCROLL, [0, ...scrolled()]) : container(e);
    scrolling.clear();
  }, EVERY);
  listen({}, { scroll: ({ target }) => { scrolling.add(target); look(); } });
}
