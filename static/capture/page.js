import { listen } from "../listen.js";

/** How a page was reached: load, reload, back or forward, out of the back-forward cache. */
const WAY = { navigate: 0, prerender: 0, reload: 1, back_forward: 2 };
const RESTORED = 4;

/**
 * Page views: the load, addresses that change without one, pages that come back whole.
 * @type {import("../types.d.ts").Signal}
 */
export function start({ view, turn }) {
  const [load] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  view(WAY[load?.type] ?? 0, load?.loadEventEnd || performance.now());
  // Where it is there, this tells of pushState and replaceState; elsewhere the next event of any kind notices.
  const { navigation } = /** @type {any} */ (window);
  navigation?.addEventListener("currententrychange", turn);
  return [
    () => navigation?.removeEventListener("currententrychange", turn),
    listen({ popstate: turn, hashchange: turn, pageshow: (event) => event.persisted && view(RESTORED, 0) }),
  ];
}
