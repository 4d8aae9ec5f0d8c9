// The sign that recording is on, on every page of the site while it is, with the way out on it.

import css from "./indicator.css";
import { date, fill, h, mount } from "./dom.js";

/** How long the last word stays, ms. */
const LAST_WORD = 6000;

/**
 * @param {import("./types.d.ts").Session} session
 * @returns {() => void} takes the sign away
 */
export function show({ recording, texts, language, erase }) {
  const until = date(recording.until, language, { day: "numeric", month: "long" });
  const status = h("p", { role: "status" }, fill(texts.on, { until }));
  const stop = h("button", { type: "button" }, texts.stop);
  const host = mount("yesmap-sign", css, language, h("aside", {}, status, stop));
  const hide = () => host.remove();
  stop.onclick = async () => {
    stop.remove();
    status.textContent = (await erase()) ? texts.stopped : texts.later;
    setTimeout(hide, LAST_WORD);
  };
  return hide;
}
