import { closest, discover, ELSEWHERE, FIELD, follow, isGroup } from "../element.js";
import { adding, contain, listen } from "../listen.js";
import { marking } from "../spot.js";
import { DEAD, pointerOf } from "../kinds.js";

/** A click is dead when the document stays the same for so long, ms … */
const CHANGE = 2500;
/** … nothing scrolls and no text is marked in this time … */
const SCROLL = 100;
/** … and the focus does not move, no form is sent and no other window comes up in this time. */
const FOCUS = 1000;
/** What answers a click without changing the document: other pages, media, drawings. */
const ANSWERS = `${ELSEWHERE},video,audio,canvas,embed,object,label`;
/** A click beside a field is how one leaves it, ms after the field lost the focus. */
const LEFT = 500;

/**
 * Clicks that nothing follows.
 * @type {import("../types.d.ts").Signal}
 */
export function start(tape) {
  /** When the clicks were that nothing followed yet. @type {Set<number>} */
  const open = new Set();
  /** @type {any} */
  let left;

  /** Something followed; it counts for clicks at most so old. @param {number} within ms */
  function alive(within) {
    for (const at of open) if (performance.now() - at <= within) open.delete(at);
  }
  const moved = () => alive(FOCUS);
  const answered = tape.pageChanged = () => alive(CHANGE);

  tape.clicked.push((node, place, event) => {
    const at = performance.now();
    const modified = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (!place[0] || modified || at - left < LEFT || marking(node) || isGroup(node) || closest(node, ANSWERS)) return;
    const page = location.href;
    open.add(at);
    setTimeout(contain(() => {
      if (open.has(at)) discover(document);
      // A menu that opens under the pointer or with the focus, by style alone, has answered, perhaps before the click.
      if (open.delete(at) && page === location.href && tape.shown < at - FOCUS) tape.add(DEAD, place, pointerOf(event));
    }), CHANGE);
  });
  // What is in a tree that nobody knew of may have answered.
  follow(() => open.clear());
  adding({ blur: moved, resize: answered, beforeprint: answered })(window);
  listen({
    focusout: (_, node) => {
      if (node.matches?.(FIELD)) left = performance.now();
    },
    focusin: moved, submit: moved, toggle: answered,
    scroll: () => alive(SCROLL),
    selectionchange: () => getSelection()?.type === "Range" && alive(SCROLL),
  });
}
