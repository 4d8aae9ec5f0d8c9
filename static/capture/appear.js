import { anchor, hashOf } from "../element.js";
import { box } from "../spot.js";
import { HIDE, SHOW } from "../kinds.js";
import { throttle } from "./throttle.js";

/** What covers the page or stands for a state of it. */
const WATCHED = "dialog,[role=dialog],[role=alertdialog],[role=alert],[role=menu],[role=tabpanel],[popover],[data-yesmap]";
/** New elements are looked for this often at most, ms. */
const EVERY = 250;

/** Where it is, or null when it takes no room: closed, hidden or removed. @param {Element} e */
function shape(e) {
  const [x, y, fx, fy] = box(e);
  return fx && fy ? { hash: hashOf(e), x, y, fx, fy } : null;
}

/**
 * Dialogs, menus and named parts that come and go; what comes and goes inside of another one is not told again.
 * @type {import("../types.d.ts").Signal}
 */
export function start({ add, listen, contain }) {
  /** @type {Map<Element, ReturnType<typeof shape>>} */
  const known = new Map();

  /** @param {Element} e */
  function turned(e) {
    const [before, now] = [known.get(e) ?? null, shape(e)];
    known.set(e, now);
    if (!e.isConnected) forget(e);
    return !before === !now ? [] : [{ e, kind: now ? SHOW : HIDE, at: /** @type {any} */ (now ?? before) }];
  }

  /** @param {Element} e */
  function forget(e) {
    known.delete(e);
    sizes.unobserve(e);
  }

  // An element's size becomes nothing when it is hidden or removed, and something when it appears.
  const sizes = new ResizeObserver(contain((/** @type {ResizeObserverEntry[]} */ entries) => {
    const turns = entries.flatMap(({ target }) => turned(target));
    for (const { e, kind, at } of turns) if (!turns.some((t) => t.e !== e && t.e.contains(e))) add(kind, at);
  }));

  /** @param {boolean} first what is there at the start is no event */
  function look(first) {
    for (const e of document.querySelectorAll(WATCHED)) {
      if (known.has(e) || anchor(e) !== e) continue;
      known.set(e, first ? shape(e) : null);
      sizes.observe(e);
    }
  }

  look(true);
  const [again, stop] = throttle(contain(() => look(false)), EVERY);
  const added = new MutationObserver(() => again(null));
  added.observe(document, { subtree: true, childList: true });
  return [stop, () => added.disconnect(), () => sizes.disconnect(), listen(document, {
    toggle: ({ target: e }) => {
      const at = e.matches("details") && anchor(e) === e && shape(e);
      if (at) add(e.open ? SHOW : HIDE, at);
    },
  })];
}
