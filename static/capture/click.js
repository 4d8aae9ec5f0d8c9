import { anchor } from "../element.js";
import { listen } from "../listen.js";
import { centre, spot } from "../spot.js";
import { CLICK, KEY, pointerOf } from "../kinds.js";

/** @typedef {{node: Element, event: PointerEvent, at: import("../types.d.ts").Spot | null}} Press */

/** A press that went further before its release was a drag, CSS px. */
const DRAG = 10;
/** A label passes its click on to its control: a click without a press of its own so soon after one is no visitor's, ms. */
const PASSED_ON = 500;

/**
 * Clicks: what was pressed and where it was then, for it may move or go before the release; or the element's centre when
 * a key made the click.
 * @type {import("../types.d.ts").Signal}
 */
export function start(tape) {
  tape.clicked = [];
  let pointed = -PASSED_ON;
  /** @type {Press | null} */
  let pressed = null;

  /** @param {Element} node @param {import("../types.d.ts").Spot | null} at @param {PointerEvent} [event] of the pointer */
  function tell(node, at, event) {
    tape.lastClick = [at?.[0] ?? 0, performance.now()];
    if (!at) return;
    tape.add(CLICK, at, event ? pointerOf(event) : KEY);
    if (event) tape.clicked.forEach((follow) => follow(node, at, event));
  }

  /** @param {PointerEvent} event that ends a press */
  function released({ clientX, clientY }) {
    const { node, event, at } = /** @type {Press} */ (pressed);
    pressed = null;
    pointed = performance.now();
    if (Math.hypot(event.clientX - clientX, event.clientY - clientY) < DRAG) tell(node, at, event);
  }

  listen({
    pointerdown: (event, node) => {
      pressed = event.isTrusted && !event.button ? { node, event, at: spot(node, event) } : null;
    },
    // Where the pressed element is gone no click follows.
    pointerup: (event) => pressed && !pressed.node.isConnected && released(event),
    click: (event, node) => {
      if (!event.isTrusted) return;
      if (pressed && event.detail) return released(event);
      pressed = null;
      const element = anchor(node);
      if (performance.now() - pointed >= PASSED_ON) tell(node, element && centre(element));
    },
  });
}
