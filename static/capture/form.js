import { anchor } from "../element.js";
import { listen } from "../listen.js";
import { centre } from "../spot.js";
import { INVALID, SUBMIT } from "../kinds.js";

/**
 * Forms that are sent, and fields that the browser refused: which one, never what was in it.
 * @type {import("../types.d.ts").Signal}
 */
export function start({ add }) {
  /** @param {number} kind @returns {(event: Event, node: Element) => void} */
  const tell = (kind) => (_, node) => {
    const element = anchor(node);
    if (element) add(kind, centre(element));
  };
  listen({ submit: tell(SUBMIT), invalid: tell(INVALID) });
}
