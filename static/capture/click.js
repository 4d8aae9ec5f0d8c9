import { anchor, closest } from "../element.js";
import { listen } from "../listen.js";
import { centre, spot, target } from "../spot.js";
import { CLICK, KEY, pointerOf } from "../kinds.js";

/** A press that went further before its release was a drag, CSS px. */
const DRAG = 10;

/**
 * Clicks: what was pressed and where it was then, for it may move or go before the release; or the element's centre when
 * a key made the click.
 * @type {import("../types.d.ts").Signal}
 */
export function start(tape) {
  /** A label passes its click on to its control: the second click is not a visitor's. @type {Element | null} */
  let passedOn = null;
  /** @type {{node: Element, event: PointerEvent, at: import("../types.d.ts").Spot | null} | null} */
  let pressed = null;

  /** @param {import("../types.d.ts").Spot | null} at @param {number} pointer */
  function tell(at, pointer) {
    tape.click = [at ? at[0] : 0, performance.now()];
    if (at) tape.add(CLICK, at, pointer);
  }
  /** @param {PointerEvent} event */
  const near = (event) => pressed && Math.hypot(event.clientX - pressed.event.clientX, event.clientY - pressed.event.clientY) < DRAG;

  return [listen({}, {
    pointerdown: (event) => {
      if (event.isTrusted) pressed = { node: target(event), event, at: spot(target(event), event) };
    },
    pointerup: (event) => {
      // Where the pressed element is gone no click follows.
      if (pressed && !pressed.node.isConnected && near(event)) {
        tell(pressed.at, pointerOf(event));
        pressed = null;
      }
    },
    click: (event) => {
      const node = target(event);
      const again = node === passedOn;
      const label = /** @type {HTMLLabelElement | null} */ (closest(node, "label"));
      passedOn = label?.control !== node ? label?.control ?? null : null;
      if (!event.isTrusted || again) return;
      const element = event.detail ? null : anchor(node);
      if (!event.detail) tell(element && centre(element), KEY);
      else tell(pressed && near(event) ? pressed.at : spot(node, event), pointerOf(pressed?.event ?? event));
      pressed = null;
    },
  })];
}
