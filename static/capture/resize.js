import { forget } from "../element.js";
import { adding, contain } from "../listen.js";
import { RESIZE } from "../kinds.js";
import { ratio, viewport } from "../view.js";

/** A window that is being dragged is one resize, ms of rest. */
const REST = 250;

/**
 * A new viewport begins a new batch: window, orientation, zoom of the page and with two fingers.
 * @type {import("../types.d.ts").Signal}
 */
export function start({ add, cut, turnPage }) {
  const look = () => String([viewport(), ratio()]);
  let before = look();
  /** @type {any} */
  let timer;
  const settled = contain(() => {
    forget();
    if (look() === before) return;
    before = look();
    cut();
    turnPage();
    add(RESIZE, [0, ...viewport()]);
  });
  const resize = () => {
    clearTimeout(timer);
    timer = setTimeout(settled, REST);
  };
  [window, visualViewport].forEach(adding({ resize }));
}
