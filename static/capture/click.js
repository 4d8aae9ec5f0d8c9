import { anchor, closest } from "../element.js";
import { centre, spot, target } from "../spot.js";
import { CLICK, KEY, pointerOf } from "../kinds.js";

/**
 * Clicks: where the pointer was, or the element's centre when a key made the click.
 * @type {import("../types.d.ts").Signal}
 */
export function start(context) {
  /** A label passes its click on to its control: the second click is not a visitor's. @type {Element | null} */
  let passedOn = null;
  /** Where clicks do not say it. @type {{pointerType?: string}} */
  let pressed = {};
  return [context.listen(window, {
    pointerdown: (event) => (pressed = event),
    click: (event) => {
      const node = target(event);
      const again = node === passedOn;
      const label = /** @type {HTMLLabelElement | null} */ (closest(node, "label"));
      passedOn = label?.control !== node ? label?.control ?? null : null;
      if (!event.isTrusted || again) return;
      const key = event.detail === 0;
      const element = key && anchor(node);
      const at = key ? element && centre(element) : spot(node, event.clientX, event.clientY);
      context.click = { hash: at ? at.hash : 0, at: performance.now() };
      if (at) context.add(CLICK, at, key ? KEY : pointerOf(event.pointerType ? event : pressed));
    },
  })];
}
