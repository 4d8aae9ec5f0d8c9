import { hashOf, reported, scrolled, secret, share } from "../element.js";
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

  /** @param {any} node an element, or the document in a frame, which is told as the frame's own scrolling */
  function container(node) {
    const on = node.defaultView?.frameElement ?? node;
    const e = node.scrollingElement ?? node;
    const [element, group] = reported(on);
    // Where a body scrolls as a box does, it is the page that scrolls.
    if (on.matches("body") ? secret(on) : group || element !== on) return;
    const before = furthest.get(e) ?? [0, 0];
    const now = [share(Math.abs(e.scrollLeft) + e.clientWidth, e.scrollWidth), share(e.scrollTop + e.clientHeight, e.scrollHeight)]
      .map((n, i) => Math.max(n, before[i]));
    furthest.set(e, now);
    if (String(now) !== String(before)) add(SCROLL, /** @type {any} */ ([hashOf(on), 0, 0, ...now]));
  }

  const look = later(() => {
    for (const e of scrolling) e === document ? add(SCROLL, [0, ...scrolled()]) : container(e);
    scrolling.clear();
  }, EVERY);
  listen({ scroll: (_, node) => { scrolling.add(node); look(); } });
}
