import { adding } from "../listen.js";

/** How a page was reached: load, reload, back or forward, out of the back-forward cache. */
const WAYS = ["navigate", "reload", "back_forward"];
const RESTORED = 4;

/**
 * Page views: the load, addresses that change without one, pages that come back whole.
 * @type {import("../types.d.ts").Signal}
 */
export function start({ enter, arrived, turnPage }) {
  const [load] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  arrived(Math.max(0, WAYS.indexOf(load?.type)), load?.loadEventEnd || performance.now());
  // Where it is there, this tells of an address that changes without a load; elsewhere the next event of any kind notices, or
  // the next second.
  adding({ currententrychange: turnPage })(/** @type {any} */ (window).navigation);
  adding({ pageshow: (event) => event.persisted && enter(RESTORED) })(window);
}
