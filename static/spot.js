// Where an event was, as far as it may be told.

import { closest, hashOf, place, reported, scrolled } from "./element.js";

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
 * Where a pointer is: in a group only the group's centre and no moves, beside all elements only the place on the page,
 * null where nothing may be told.
 * @param {Element} node @param {number} clientX @param {number} clientY @param {boolean} [moving]
 * @returns {Spot | null}
 */
export function spot(node, clientX, clientY, moving = false) {
  const { element, group } = reported(node);
  if (group) return element && !moving ? centre(element) : null;
  const [left, top] = scrolled();
  const [x, y] = [clientX + left, clientY + top];
  if (!element) return node.matches?.("html,body") && !closest(node, "[data-yesmap-ignore]") ? bare(x, y) : null;
  const [fx, fy] = place(element, clientX, clientY);
  return { hash: hashOf(element), x, y, fx, fy };
}
