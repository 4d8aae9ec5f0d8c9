// The sign that recording is on, on every page of the site while it is, with the way out on it.

import css from "./sign.css";

/** How long the last word stays, ms. */
const LAST_WORD = 6000;

/**
 * @param {import("./types.d.ts").Session} session
 * @param {() => unknown} open
 * @returns {{status: HTMLElement, redraw: (state: "on" | "paused") => void, hide: () => void}} `hide` takes the sign away
 */
export function show({ consent, h, button, mount, stop }, open) {
  const texts = /** @type {import("./types.d.ts").Consent} */ (consent()).sign;
  const status = h("p", { role: "status" });
  const end = button(texts.stop, async () => {
    end.remove();
    details.remove();
    status.textContent = (await stop(false)) ? texts.stopped : texts.later;
    setTimeout(hide, LAST_WORD);
  });
  const details = button(texts.details, open);
  const hide = mount("yesmap-sign", css, texts, h("aside", {}, status, details, end));
  return {
    status,
    redraw(state) {
      status.textContent = texts[state];
      status.className = state;
    },
    hide,
  };
}
