// Where an event was, as far as it may be told.

import { box, closest, hashOf, origin, reported, share } from "./element.js";

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
 * null where nothing may be told. A move is looked at a moment after it was: where its element has gone from under it, it
 * lies outside of the format.
 * @param {Element} node @param {MouseEvent} pointer @param {boolean} [moving]
 * @returns {Spot | null}
 */
export function spot(node, { clientX, clientY }, moving = false) {
  const [element, group] = reported(node);
  if (group) return element && !moving ? centre(element) : null;
  if (!element && (!node.matches?.("html,body") || closest(node, "[data-yesmap-ignore]"))) return null;
  const [x, y] = origin(node);
  if (!element) return [0, x + clientX, y + clientY];
  const { left, top, width, height } = element.getBoundingClientRect();
  return [hashOf(element), x + clientX, y + clientY, share(clientX - left, width, moving), share(clientY - top, height, moving)];
}
