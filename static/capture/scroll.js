import { hashOf, reported, scrolled, share } from "../element.js";
import { listen } from "../listen.js";
import { SCROLL } from "../kinds.js";
import { later } from "./later.js";

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
    const before = furthest.get(e) ?? [0, 0];
    const now = [share(Math.abs(e.scrollLeft) + e.clientWidth, e.scrollWidth), share(e.scrollTop + e.clientHeight, e.scrollHeight)]
      .map((n, i) => Math.max(n, before[i]));
    furthest.set(e, now);
    if (String(now) !== String(before)) add(SCROLL, [hashOf(e), 0, 0, now[0], now[1]]);
  }

  const look = later(() => {
    for (const e of scrolling) e === document ? add(SCROLL, [0, ...scrolled()]) : container(e);
    scrolling.clear();
  }, EVERY);
  listen({ scroll: (_, node) => { scrolling.add(node); look(); } });
}
