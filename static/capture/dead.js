import { closest, ELSEWHERE, FIELD, isGroup } from "../element.js";
import { contain, listen } from "../listen.js";
import { marking, target } from "../spot.js";
import { DEAD, pointerOf } from "../kinds.js";

/** A click is dead when the document stays the same for so long, ms … */
const CHANGE = 2500;
/** … nothing scrolls and no text is marked in this time … */
const SCROLL = 100;
/** … and the focus does not move, no form is sent and no other window comes up in this time. */
const FOCUS = 1000;
/** What answers a click without changing the document: other pages, media, drawings. */
const ANSWERS = `${ELSEWHERE},video,audio,canvas,embed,object,label`;
/** All trees that the page is made of, from this one on: shadow roots, and frames of our origin. @param {any} tree @returns {any[]} */
const trees = (tree) => [tree, ...[...tree.querySelectorAll("*")].flatMap((e) => e.shadowRoot ?? e.contentDocument ?? []).flatMap(trees)];
/** A click beside a field is how one leaves it, ms after the field lost the focus. */
const LEFT = 500;

/**
 * Clicks that nothing follows.
 * @type {import("../types.d.ts").Signal}
 */
export function start(tape) {
  /** Clicks that nothing followed yet: when they were, and what ends their wait. @type {Map<number, any>} */
  const open = new Map();
  let left = -LEFT;
  const observer = new MutationObserver(() => alive(CHANGE));

  /** @param {number} at */
  function settle(at) {
    clearTimeout(open.get(at));
    open.delete(at);
    if (!open.size) observer.disconnect();
  }

  /** Something followed; it counts for clicks at most so old. @param {number} within ms */
  function alive(within) {
    for (const at of open.keys()) if (performance.now() - at <= within) settle(at);
  }

  const moved = () => alive(FOCUS);
  const answered = () => alive(CHANGE);
  tape.clicked.push((node, place, event) => {
    const at = performance.now();
    const modified = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (!place[0] || modified || at - left < LEFT || marking(node) || isGroup(node) || closest(node, ANSWERS)) return;
    const page = location.href;
    const watched = trees(document);
    for (const tree of watched) observer.observe(tree, { subtree: true, childList: true, attributes: true, characterData: true });
    open.set(at, setTimeout(contain(() => {
      settle(at);
      // A menu that opens under the pointer or with the focus, by style alone, has answered, perhaps before the click.
      // So may what came in a tree that is new since then.
      if (page === location.href && tape.shown < at - FOCUS && trees(document).length === watched.length) tape.add(DEAD, place, pointerOf(event));
    }), CHANGE));
  });
  return [() => alive(Infinity), listen({ blur: moved, resize: answered, beforeprint: answered }, {
    focusout: (event) => {
      if (target(event).matches?.(FIELD)) left = performance.now();
    },
    focusin: moved, submit: moved, toggle: answered,
    scroll: () => alive(SCROLL),
    selectionchange: () => open.size && getSelection()?.type === "Range" && alive(SCROLL),
  })];
}
