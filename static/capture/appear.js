import { anchor, box, follow, forget, hashOf } from "../element.js";
import { contain, end } from "../listen.js";
import { HIDE, SHOW } from "../kinds.js";
import { later } from "./later.js";

/** What covers the page or stands for a state of it. */
const WATCHED = "details,dialog,[role$=dialog],[role=alert],[role=menu],[role=tabpanel],[popover],[data-yesmap]";
/** New elements are looked for this often at most, ms. */
const EVERY = 250;

/** Where it is, or null when it is closed or takes no room: hidden or removed. @param {Element} e @returns {import("../types.d.ts").Spot | null} */
function shape(e) {
  const [x, y, w, h] = box(e);
  return w && h && /** @type {any} */ (e).open !== false ? [hashOf(e), x, y, w, h] : null;
}

/**
 * Dialogs, menus and named parts that come and go; what comes and goes inside of another one is not told again.
 * @type {import("../types.d.ts").Signal}
 */
export function start(tape) {
  const { add } = tape;
  /** @type {Map<Element, ReturnType<typeof shape>>} */
  const known = new Map();

  // An element's size becomes nothing when it is hidden or removed, and something when it appears.
  const sizes = new ResizeObserver(contain((/** @type {ResizeObserverEntry[]} */ entries) => {
    const turned = entries.map(({ target }) => target).filter((e) => !known.get(e) !== !shape(e));
    for (const e of turned) {
      const now = shape(e);
      const at = now ?? known.get(e);
      known.set(e, now);
      if (now) tape.shown = performance.now();
      if (at && !turned.some((other) => other !== e && other.contains(e))) add(now ? SHOW : HIDE, at);
      if (!e.isConnected) drop(e);
    }
  }));

  /** @param {Element} e */
  function drop(e) {
    known.delete(e);
    sizes.unobserve(e);
  }

  /** @param {boolean} first what is there at the start is no event */
  function look(first) {
    // What was removed before it ever had a size is not told of above.
    for (const [e, at] of known) if (!at && !e.isConnected) drop(e);
    for (const e of document.querySelectorAll(WATCHED)) {
      if (known.has(e) || anchor(e) !== e) continue;
      known.set(e, first ? shape(e) : null);
      sizes.observe(e);
    }
  }

  const again = later(() => look(false), EVERY);
  const changes = new MutationObserver(contain(() => {
    forget();
    again();
    tape.pageChanged();
  }));
  follow((tree) => changes.observe(tree, { subtree: true, childList: true, characterData: true, attributes: true }));
  look(true);
  end.signal.onabort = () => {
    changes.disconnect();
    sizes.disconnect();
  };
}
