import { anchor } from "../element.js";
import { centre } from "../spot.js";
import { INVALID, SUBMIT } from "../kinds.js";

/**
 * Forms that are sent, and fields that the browser refused: which one, never what was in it.
 * @type {import("../types.d.ts").Signal}
 */
export function start({ add, listen }) {
  /** @param {number} kind @returns {(event: Event) => void} */
  const tell = (kind) => (event) => {
    const element = anchor(event.target);
    if (element) add(kind, centre(element));
  };
  return [listen(window, { submit: tell(SUBMIT), invalid: tell(INVALID) })];
}
