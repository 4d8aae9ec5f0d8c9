// The page's size and elements, at the width of its device class: by the same element.js that visitors' browsers name
// elements with.

import { detailed, hashOf, table } from "../element.js";
import { scripts, warnings } from "../survey.js";
import { WIDTHS } from "./ask.js";
import { elements } from "./trees.js";

/** @typedef {import("../element.js").Row} Row */
/** @typedef {{width: number, height: number, scale: number, warnings: string[],
 *   snapshot: {page: string, device: string, width: number, height: number, scripts: string[], elements: Row[]}}} Measured */

/** What the page calls what can be used, and its parts: its own words. Other texts may be somebody's. */
const OWN_WORDS = "a,button,summary,label,legend,input,select,textarea,img,h1,h2,h3,h4,h5,h6,nav,header,footer,main,"
  + "[role=button],[role=link],[role=tab],[role^=menuitem],[role=option],[role=switch],[role=dialog]";
/** A screen is looked at so long, so that parts which load when they come near do load, ms; and pictures so long at most. */
const REST = 80;
const LOADING = 3000;
/** Positions end here, as the format has them; nothing further down is looked at, px. */
const LOWEST = 65_535;

/** @param {number} ms */
const rest = (ms) => new Promise((done) => setTimeout(done, ms));

/** Down the page and back up. */
async function walk() {
  for (let y = 0; y < document.documentElement.scrollHeight && y < LOWEST; y += innerHeight) {
    scrollTo({ top: y, behavior: "instant" });
    await rest(REST);
  }
  scrollTo({ top: 0, behavior: "instant" });
  const loading = [...document.images].filter((image) => !image.complete).map((image) => image.decode().catch(() => {}));
  await Promise.race([Promise.all([document.fonts.ready, ...loading]), rest(LOADING)]);
  await rest(REST);
}

/**
 * @param {import("../types.d.ts").Session} session @param {import("./ask.js").Wish} wish
 * @returns {Promise<Measured>} lengths in px of the picture; `scale` is how many there are in a CSS px
 */
export async function measure(session, { page, state, release, masked }) {
  await walk();
  const device = session.device();
  const { clientWidth, scrollHeight } = document.documentElement;
  const width = WIDTHS[device];
  const scale = width / clientWidth;
  const whole = Math.round(scrollHeight * scale);
  const height = Math.min(whole, LOWEST);
  const rows = table().map((row) => scaled(row, scale));
  const snapshot = { page, device, width, height, ...state && { state }, ...release && { release }, scripts: scripts(),
    elements: masked ? named(rows) : rows };
  const cut = height < whole ? [`This page is ${whole} px high: what is below ${LOWEST} px is not recorded, and not kept here`] : [];
  return { width, height, scale, warnings: [...cut, ...warnings({ detailed })], snapshot };
}

/** @param {Row} row @param {number} scale @returns {Row} */
const scaled = (row, scale) => scale === 1 ? row
  : { ...row, .../** @type {any} */ (Object.fromEntries((/** @type {const} */ (["x", "y", "w", "h"])).map((name) => [name, Math.round(row[name] * scale)]))) };

/** The rows with such names alone as are the page's own words, without addresses and digits. @param {Row[]} rows @returns {Row[]} */
function named(rows) {
  const own = new Set(elements().filter((e) => e.matches(OWN_WORDS)).map(hashOf));
  return rows.map((row) => ({ ...row, name: own.has(row.hash) ? row.name.replace(/\S*@\S*/g, "…").replace(/\p{N}/gu, "0") : "" }));
}
