// The sign that recording is on, on every page of the site while it is, with the way out on it.

import css from "./sign.css";

/** How long the last word stays, ms. */
const LAST_WORD = 6000;

/**
 * @param {import("./types.d.ts").Session} session
 * @returns {{refresh: (paused: boolean) => void, hide: () => void}} `hide` takes the sign away
 */
export function show({ consent, h, button, mount, erase, open }) {
  const texts = /** @type {import("./types.d.ts").Consent} */ (consent()).sign;
  const status = h("p", { role: "status" });
  const stop = button(texts.stop, async () => {
    stop.remove();
    details.remove();
    status.textContent = (await erase()) ? texts.stopped : texts.later;
    setTimeout(hide, LAST_WORD);
  });
  const details = button(texts.details, open);
  const hide = mount("yesmap-sign", css, texts, h("aside", {}, status, details, stop));
  return {
    refresh(paused) {
      status.textContent = paused ? texts.paused : texts.on;
      status.className = paused ? "" : "on";
    },
    hide,
  };
}
