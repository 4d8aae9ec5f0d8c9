import { bare } from "../spot.js";
import { RESIZE } from "../kinds.js";
import { viewport } from "../view.js";

/** A window that is being dragged is one resize, ms of rest. */
const REST = 250;

/**
 * A new viewport begins a new batch: window, orientation, page zoom.
 * @type {import("../types.d.ts").Signal}
 */
export function start({ add, cut, listen, contain }) {
  let before = String(viewport());
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const settled = contain(() => {
    const size = viewport();
    if (String(size) === before) return;
    before = String(size);
    cut();
    add(RESIZE, bare(...size));
  });
  return [() => clearTimeout(timer), listen(window, {
    resize: () => {
      clearTimeout(timer);
      timer = setTimeout(settled, REST);
    },
  })];
}
