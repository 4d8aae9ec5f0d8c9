// The prompt: everything that a yes or a no should rest on, on one card, without standing in the way.

import css from "./consent.css";
import { date, fill, h, mount } from "./dom.js";

/** @typedef {import("./types.d.ts").Purpose} Purpose */
/** @typedef {import("./types.d.ts").Texts} Texts */

/** @param {Texts} texts @param {import("./types.d.ts").Recording} recording @param {string} language */
function notice(texts, recording, language) {
  const values = { site: recording.site, until: date(recording.until, language), deadline: date(recording.deadline, language) };
  /** Each term with the recording's own text, or with ours. @param {[keyof Texts, string?][]} rows */
  const list = (...rows) => h("dl", {}, ...rows.map(([term, text = texts[/** @type {"whatText"} */ (`${term}Text`)]]) =>
    h("div", {}, h("dt", {}, texts[term]), h("dd", {}, fill(text, values)))));
  const { purpose, controller, recipients, region, authority, contact } = recording;
  return [
    h("p", {}, purpose[language]),
    list(["who", controller], ["what"], ["never"], ["until"], ["change"]),
    h("details", {}, h("summary", {}, texts.more), list(["recipients", recipients], ["region", region], ["kept"], ["rights"],
      ["authority", authority], ["contact", contact])),
  ];
}

/**
 * Shows the prompt.
 * @param {object} asked
 * @param {import("./types.d.ts").Recording} asked.recording
 * @param {Texts} asked.texts
 * @param {string} asked.language
 * @param {(purposes: Purpose[] | null) => Promise<boolean>} asked.answer null is a no; false: it could not be taken
 * @returns {() => void} takes the prompt away
 */
export function prompt({ recording, texts, language, answer }) {
  const replay = /** @type {HTMLInputElement} */ (h("input", { type: "checkbox" }));
  const status = h("p", { role: "status" });
  const [no, yes] = [texts.no, texts.yes].map((text) => h("button", { type: "button" }, text));
  const card = h("section", { "aria-labelledby": "t", tabindex: "-1" },
    h("div", {}, h("h2", { id: "t" }, texts.title), ...notice(texts, recording, language)),
    h("footer", {}, ...(recording.purposes.includes("replay") ? [h("label", {}, replay, texts.replay)] : []), h("p", {}, texts.age), status, no, yes));
  const host = mount("yesmap-prompt", css, language, card);
  if (document.activeElement === document.body) card.focus({ preventScroll: true });

  /** @param {KeyboardEvent} event */
  const escape = (event) => event.key === "Escape" && !event.defaultPrevented && give(null);
  /** @param {Purpose[] | null} purposes */
  async function give(purposes) {
    status.textContent = "";
    if (await answer(purposes).catch(() => false)) close();
    else status.textContent = texts.failed;
  }
  function close() {
    removeEventListener("keydown", escape);
    host.remove();
  }
  no.onclick = () => give(null);
  yes.onclick = () => give(replay.checked ? ["heatmap", "replay"] : ["heatmap"]);
  addEventListener("keydown", escape);
  return close;
}
