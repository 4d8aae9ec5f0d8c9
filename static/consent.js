// The prompt: everything that a yes or a no should rest on, on one card, without standing in the way.

import { at } from "./collector.js";
import css from "./consent.css";
import { button, h, mount } from "./dom.js";

/** @typedef {import("./types.d.ts").Purpose} Purpose */

/**
 * Shows the prompt.
 * @param {string} notice its path
 * @param {import("./types.d.ts").Texts} texts
 * @param {() => boolean} busy whether the visitor is at something else
 * @param {(purposes: Purpose[] | null) => Promise<boolean>} answer null is a no; false: it could not be taken
 * @returns {() => void} takes the prompt away
 */
export function prompt(notice, texts, busy, answer) {
  const replay = h("input", { type: "checkbox" });
  const status = h("p", { role: "status" });
  const card = h("section", { "aria-label": texts.title, tabindex: "-1" },
    h("h2", {}, texts.title),
    h("p", {}, texts.purpose),
    ...texts.rows.map(([term, text]) => h("p", {}, h("b", {}, term), " ", text)),
    h("a", { href: at(notice), target: "_blank" }, texts.more),
    ...(texts.replay ? [h("label", {}, replay, texts.replay)] : []),
    h("p", {}, texts.age),
    button(texts.no, () => give(null)),
    button(texts.yes, () => give(replay.checked ? ["heatmap", "replay"] : ["heatmap"])),
    status);
  const unmount = mount("yesmap-prompt", css, texts, card);
  if (document.activeElement === document.body) card.focus({ preventScroll: true });

  /** @param {Purpose[] | null} purposes */
  async function give(purposes) {
    status.textContent = "";
    if (await answer(purposes).catch(() => false)) return close();
    status.textContent = texts.failed;
    card.scrollTo(0, card.scrollHeight);
  }
  /** @param {KeyboardEvent} event */
  const escape = (event) => {
    // One that closes something of the site is not for us; nor is one that the site takes.
    if (event.key === "Escape" && !busy()) setTimeout(() => event.defaultPrevented || give(null));
  };
  function close() {
    removeEventListener("keydown", escape, true);
    unmount();
  }
  addEventListener("keydown", escape, true);
  return close;
}
