import { contain } from "../listen.js";
import { bare } from "../spot.js";
import { extent } from "../view.js";
import { HEIGHT } from "../kinds.js";
import { throttle } from "./throttle.js";

/** A page that grows while it is read is measured this often at most, ms. */
const EVERY = 1000;

/**
 * The document's new size when its content grew or shrank.
 * @type {import("../types.d.ts").Signal}
 */
export function start({ add }) {
  let before = String(extent());
  const [look, stop] = throttle(() => {
    const size = extent();
    if (String(size) === before) return;
    before = String(size);
    add(HEIGHT, bare(...size));
  }, EVERY);
  const observer = new ResizeObserver(contain(look));
  observer.observe(document.documentElement);
  return [stop, () => observer.disconnect()];
}
