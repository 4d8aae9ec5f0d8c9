import { contain, ending } from "../listen.js";
import { bare } from "../spot.js";
import { extent } from "../view.js";
import { HEIGHT } from "../kinds.js";

/** A page that grows while it is read is measured this often, ms. */
const EVERY = 1000;

/**
 * The document's new size when its content grew or shrank.
 * @type {import("../types.d.ts").Signal}
 */
export function start({ add }) {
  let before = String(extent());
  const timer = setInterval(contain(() => {
    const size = extent();
    if (String(size) !== before) add(HEIGHT, bare(...size));
    before = String(size);
  }), EVERY);
  ending(() => clearInterval(timer));
}
