// The visitor's own copy of what is kept of them: as a picture of each page, and to take away.

import { ask } from "./rights.js";
import { COLOURS, draw, pages } from "./trail.js";

/** @typedef {import("./types.d.ts").Session} Session */
/** @typedef {import("./panel.js").Words} Words */
/** @typedef {import("./panel.js").Tell} Tell */

/** A finished download needs its bytes no longer than this, ms. */
const KEPT = 60_000;
const COUNTED = /** @type {const} */ (["moves", "clicks", "scrolls"]);

/** @param {Session} session @param {Words} words @param {string} audit @param {Tell} tell @returns {HTMLElement[]} */
export function ownData(session, words, audit, tell) {
  const { h, button } = session;
  const trail = h("div");
  // What is not sent yet goes now, so that it is in the copy: to name the release, even the same, ends the batch.
  /** @type {any} */ (globalThis).yesmap.release(session.told.release);
  const show = button(words.show, tell(async () => {
    const found = pages((await ask(session, "/v1/mine")).batches);
    trail.replaceChildren(...found.map((page) => figure(h, words, page)));
    trail.scrollIntoView({ block: "nearest" });
    return found.length ? "" : words.none;
  }));
  const download = button(words.download, tell(async () =>
    save(h, `yesmap-${audit}.json`, JSON.stringify(await ask(session, "/v1/mine"), null, 1))));
  return [h("div", { class: "row" }, show, download), trail];
}

/** @param {Session["h"]} h @param {Words} words @param {import("./trail.js").Page} page */
function figure(h, words, page) {
  const counts = { ...page, clicks: page.clicks.length };
  const said = COUNTED.map((name) => `${words[name]}: ${counts[name]}`);
  const canvas = h("canvas", { role: "img", "aria-label": `${words.trail}, ${page.page}. ${said.join(", ")}` });
  draw(canvas, page);
  const legend = COUNTED.map((name, row) => {
    const sample = h("i", { class: name });
    sample.style.backgroundColor = COLOURS[name];
    return h("li", {}, sample, said[row]);
  });
  return h("figure", {}, h("figcaption", {}, page.page), canvas, h("ul", {}, ...legend));
}

/** @param {Session["h"]} h @param {string} name @param {string} text */
function save(h, name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  h("a", { href: url, download: name }).click();
  setTimeout(URL.revokeObjectURL, KEPT, url);
}
