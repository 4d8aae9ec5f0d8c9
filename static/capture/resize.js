import { forget } from "../element.js";
import { listen } from "../listen.js";
import { bare } from "../spot.js";
import { RESIZE } from "../kinds.js";
import { ratio, viewport } from "../view.js";
import { throttle } from "./throttle.js";

/** A window that is being dragged is looked at this often at most, ms. */
const EVERY = 500;

/**
 * A new viewport begins a new batch: window, orientation, zoom of the page and with two fingers.
 * @type {import("../types.d.ts").Signal}
 */
export function start({ add, cut }) {
  const look = () => String([viewport(), ratio()]);
  let before = look();
  const [resize, stop] = throttle(() => {
    forget();
    if (look() === before) return;
    before = look();
    cut();
    add(RESIZE, bare(...viewport()));
  }, EVERY);
  visualViewport?.addEventListener("resize", resize);
  return [stop, () => visualViewport?.removeEventListener("resize", resize), listen({ resize })];
}
