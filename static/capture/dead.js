import { closest, isGroup } from "../element.js";
import { marking, spot, target } from "../spot.js";
import { DEAD, pointerOf } from "../kinds.js";

/** A click is dead when the document stays the same for so long, ms … */
const CHANGE = 2500;
/** … nothing scrolls and no text is marked in this time … */
const SCROLL = 100;
/** … and the focus does not move, no form is sent and no other window comes up in this time. */
const FOCUS = 1000;
/** What answers a click without changing the document: other pages, media, drawings, frames. */
const ANSWERS = "a[href]:not([href^='#']):not([href^='javascript:']),video,audio,canvas,embed,object,iframe,label";
/** A click beside a field is how one leaves it, ms after the field lost the focus. */
const LEFT = 500;
const FIELD = "input,select,textarea";

/**
 * Clicks that nothing follows.
 * @type {import("../types.d.ts").Signal}
 */
export function start({ add, listen, contain }) {
  /** Clicks that nothing followed yet: when they were, and how their wait is ended. @type {Map<number, () => void>} */
  const open = new Map();
  let left = -LEFT;
  const observer = new MutationObserver(() => alive());

  /** Something followed; it counts for clicks at most so old. @param {number} within ms */
  function alive(within = CHANGE) {
    for (const [at, end] of open) if (performance.now() - at <= within) end();
  }

  /** @param {() => void} dead */
  function wait(dead) {
    const at = performance.now();
    const end = () => {
      clearTimeout(timer);
      open.delete(at);
      if (!open.size) observer.disconnect();
    };
    const timer = setTimeout(contain(() => { end(); dead(); }), CHANGE);
    open.set(at, end);
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  }

  const moved = () => alive(FOCUS);
  return [() => alive(Infinity), listen(window, {
    click: (event) => {
      const node = target(event);
      const modified = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
      const done = performance.now() - left < LEFT || marking(node);
      if (!event.isTrusted || event.detail === 0 || modified || done || isGroup(node) || closest(node, ANSWERS)) return;
      const at = spot(node, event.clientX, event.clientY);
      const page = location.href;
      if (at?.hash) wait(() => page === location.href && add(DEAD, at, pointerOf(event)));
    },
    focusout: (event) => {
      if (target(event).matches?.(FIELD)) left = performance.now();
    },
    focusin: moved, submit: moved, blur: moved, toggle: () => alive(), resize: () => alive(),
    scroll: () => alive(SCROLL),
    selectionchange: () => getSelection()?.type === "Range" && alive(SCROLL),
  })];
}
