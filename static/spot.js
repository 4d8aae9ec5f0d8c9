// Where an event was, as far as it may be told.

import { box, hashOf, place, reported, secret, share } from "./element.js";

/** @typedef {import("./types.d.ts").Spot} Spot */

const CENTRE = 32768;

/** @param {Element} e @returns {Spot} */
export function centre(e) {
  const [x, y, w, h] = box(e);
  return [hashOf(e), x + w / 2, y + h / 2, CENTRE, CENTRE];
}

/** Whether text is marked here: a word with two clicks, a paragraph with three. @param {Node} node */
export function marking(node) {
  const selection = node.ownerDocument?.getSelection();
  return selection?.type === "Range" && selection.containsNode(node, true);
}

/**
 * Where a pointer is: in a group only the group's centre and no moves, beside all elements only the place on the page,
 * null where nothing may be told. A move is told after it was, with the shape that its node had then: where another element
 * is told for it, and has gone from under it, it lies outside of the format.
 * @param {Element} node @param {MouseEvent} pointer @param {DOMRect} [shape] of a move
 * @returns {Spot | null}
 */
export function spot(node, pointer, shape) {
  const [element, group] = reported(node);
  if (group) return element && !shape ? centre(element) : null;
  if (!element && (!node.matches?.("html,body") || secret(node))) return null;
  const at = place(node, pointer);
  if (!element) return [0, ...at];
  const { clientX, clientY } = pointer;
  const { left, top, width, height } = element === node && shape || element.getBoundingClientRect();
  return [hashOf(element), ...at, share(clientX - left, width, shape), share(clientY - top, height, shape)];
}
