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
  tape.clicked = [];
  /** A label passes its click on to its control: the second click is not a visitor's. @type {Element | null} */
  let passedOn = null;
  /** @type {{node: Element, event: PointerEvent, at: import("../types.d.ts").Spot | null} | null} */
  let pressed = null;

  /** @param {Element} node @param {import("../types.d.ts").Spot | null} at @param {PointerEvent} [event] */
  function tell(node, at, event) {
    pressed = null;
    tape.click = [at?.[0] ?? 0, performance.now()];
    if (!at) return;
    tape.add(CLICK, at, event ? pointerOf(event) : KEY);
    if (event) tape.clicked.forEach((follow) => follow(node, at, event));
  }

  return [listen({}, {
    pointerdown: (event) => {
      const node = target(event);
      pressed = event.isTrusted && !event.button ? { node, event, at: spot(node, event) } : null;
    },
    // Where the pressed element is gone no click follows.
    pointerup: () => pressed && !pressed.node.isConnected && tell(pressed.node, pressed.at, pressed.event),
    click: (event) => {
      const node = target(event);
      const again = node === passedOn;
      const label = /** @type {HTMLLabelElement | null} */ (closest(node, "label"));
      passedOn = label?.control !== node ? label?.control ?? null : null;
      if (!event.isTrusted || again) return;
      const element = anchor(node);
      if (!event.detail) return tell(node, element && centre(element));
      const { clientX, clientY } = pressed?.event ?? event;
      const still = pressed && Math.hypot(event.clientX - clientX, event.clientY - clientY) < DRAG;
      tell(node, still ? pressed?.at ?? null : spot(node, event), pressed?.event ?? event);
    },
  })];
}
