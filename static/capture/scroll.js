import { anchor, hashOf, isGroup, scrolled } from "../element.js";
import { bare } from "../spot.js";
import { SCROLL } from "../kinds.js";
import { U16 } from "../wire.js";
import { throttle } from "./throttle.js";

/** Scrolling is sampled at 5 Hz at most, ms. */
const EVERY = 200;

/**
 * Which part of the page is seen, and the furthest that was seen of the content of a scroll container.
 * @type {import("../types.d.ts").Signal}
 */
export function start({ add, listen, contain }) {
  /** @type {WeakMap<Element, number[]>} */
  const furthest = new WeakMap();
  /** @type {Set<EventTarget>} */
  const scrolling = new Set();

  /** @param {Element} e */
  function container(e) {
    if (isGroup(e) || anchor(e) !== e) return;
    const before = furthest.get(e) ?? [0, 0];
    const seen = [(Math.abs(e.scrollLeft) + e.clientWidth) / e.scrollWidth, (e.scrollTop + e.clientHeight) / e.scrollHeight]
      .map((share, i) => Math.max(before[i], Math.min(1, share)));
    furthest.set(e, seen);
    if (seen.some((share, i) => share > before[i])) add(SCROLL, { ...bare(0, 0, seen[0] * U16, seen[1] * U16), hash: hashOf(e) });
  }

  const [look, stop] = throttle(contain(() => {
    for (const e of scrolling) e === document ? add(SCROLL, bare(...scrolled())) : container(/** @type {Element} */ (e));
    scrolling.clear();
  }), EVERY);
  return [stop, listen(window, { scroll: (event) => { scrolling.add(event.target); look(null); } })];
}
