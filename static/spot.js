// Where an event was, as far as it may be told.

import { anchor, closest, hashOf, isGroup, place, scrolled } from "./element.js";

/** @typedef {import("./types.d.ts").Spot} Spot */

const CENTRE = 32768;

/** Only numbers, no element. @param {number} x @param {number} y @param {number} fx @param {number} fy @returns {Spot} */
export const bare = (x = 0, y = 0, fx = 0, fy = 0) => ({ hash: 0, x, y, fx, fy });

/** An element's box on the page, CSS px: left, top, width, height. @param {Element} e */
export function box(e) {
  const { left, top, width, height } = e.getBoundingClientRect();
  const [x, y] = scrolled();
  return [left + x, top + y, width, height];
}

/** @param {Element} e @returns {Spot} */
export function centre(e) {
  const [x, y, w, h] = box(e);
  return { hash: hashOf(e), x: x + w / 2, y: y + h / 2, fx: CENTRE, fy: CENTRE };
}

/** The node that an event happened on, also inside shadow roots. @param {Event} event */
export const target = (event) => /** @type {Element} */ (event.composedPath()[0] ?? event.target);

/** Whether text is marked here: a word with two clicks, a paragraph with three. @param {Node} node */
export function marking(node) {
  const selection = getSelection();
  return selection?.type === "Range" && selection.containsNode(node, true);
}

/**
 * Where a pointer is: in a group only the group's centre, beside all elements only the page's, null where nothing may
 * be told.
 * @param {Element} node @param {number} clientX @param {number} clientY
 * @returns {Spot | null}
 */
export function spot(node, clientX, clientY) {
  if (node.nodeType !== 1) return null;
  const element = anchor(node);
  const group = isGroup(node);
  if (element && group) return centre(element);
  const [left, top] = scrolled();
  const [x, y] = [clientX + left, clientY + top];
  if (!element) return group || !node.matches("html,body") || closest(node, "[data-yesmap-ignore]") ? null : bare(x, y);
  const [fx, fy] = place(element, clientX, clientY);
  return { hash: hashOf(element), x, y, fx, fy };
}
