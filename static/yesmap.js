// The one tag. Finds out whether something is recorded here, asks, and starts and stops what follows from the answer.
// Before a yes it keeps nothing of the visitor and sends one count of asked or no.

import { at, get, post } from "./collector.js";
import { prompt } from "./consent.js";
import { button, h, mount } from "./dom.js";
import { read, write } from "./kept.js";
import { deviceOf, fits, mayAsk, NO, pageOf, standing } from "./rules.js";

/** @typedef {import("./types.d.ts").Purpose} Purpose */
/** @typedef {import("./types.d.ts").State} State */

/** How often we look whether this is a moment to ask, ms. */
const PATIENCE = 1000;
const DIALOG = "dialog[open],[role=dialog],[role=alertdialog]";
const FIELD = "input,select,textarea,[contenteditable]";

const tag = [...document.scripts].find((script) => script.src === import.meta.url)?.dataset ?? {};

/** @type {import("./types.d.ts").Recording} */
let recording;
/** A frame leaves everything to the page around it, as if there were no collector. */
const asked = self === top ? get("/v1/recording") : Promise.reject();
/** Whether something is recorded on this site. */
const ready = asked.then((found) => !!(recording = found), () => false);
/** @type {import("./types.d.ts").Running | undefined} */
let running;
/** @type {State} */
let state = "none";
let closePrompt = () => {};

/** Tells the site, which may have a consent tool of its own. @param {State} now */
const say = (now) => now !== state && dispatchEvent(new CustomEvent("yesmap", { detail: { state: (state = now) } }));

const device = () => deviceOf(document.documentElement.clientWidth);
const pageHere = () => pageOf(location, recording.pages);
const consent = () => recording && standing(read(), recording, Date.now());

/** The page's language, else the browser's, if the notice has it. */
const language = () =>
  [document.documentElement.lang, navigator.language, "en", ...recording.languages].map((tag) => tag.slice(0, 2).toLowerCase())
    .find((tag) => recording.languages.includes(tag));

/** The notice in the visitor's language: a page of its own, its first layer with `.json`. */
const notice = () => `/notices/${recording.nv}/${language()}`;

/** What our other files share with this one. @returns {import("./types.d.ts").Session} */
function share() {
  return {
    recording, labels: tag, notice: notice(), at, get, post, read, write, consent, pageHere, fits, h, button, mount,
    count, give, gone, erase, stop, changed, say, open,
  };
}

/** One of our other files, and what it needs; what was changed on its way does not run.
 * @param {"recorder" | "panel"} name @returns {Promise<[any, import("./types.d.ts").Session]>} */
async function load(name) {
  const [hash, integrity] = FILES[name];
  const href = at(`/dist/${name}.${hash}.js`);
  const checked = h("link", { rel: "modulepreload", href, integrity });
  document.head.append(checked);
  const part = await import(href);
  checked.remove();
  return [part, share()];
}

/** What only some visitors and sites want. @param {string} name @returns {(...args: any[]) => Promise<any>} */
const onDemand = (name) => async (...args) => {
  if (!(await ready)) return null;
  const [panel, session] = await load("panel");
  return panel[name](session, ...args);
};
/** The visitor's rights, in a panel. */
const open = onDemand("open");

/** One more, without saying who. @param {"asked" | "no" | "signal" | "uncovered"} what */
const count = (what) => post("/v1/count", { recording: recording.id, what, device: device() }).catch(() => {});

function halt() {
  running?.stop();
  running?.hide();
  running = undefined;
}

/** Over by the collector's word: the token goes; that somebody was asked stays, and where the receipt is. */
function gone() {
  const { token, yes = 0, skew = 0, receipt } = read() ?? {};
  if (token) write({ asked: yes + skew, receipt });
  halt();
  say("off");
}

/** Over by the visitor's word: capture and sending end before the collector is asked to erase. Whether it is done. */
async function erase() {
  running?.stop();
  running = undefined;
  say("off");
  if (!read()?.token) return true;
  write({ ...read(), stopped: true });
  const [recorder, session] = await load("recorder");
  return recorder.withdraw(session);
}

async function begin() {
  if (!consent()) return;
  const [{ start }, session] = await load("recorder");
  if (!running && consent()) running = start(session);
}

/** A yes that is on its way: a second click is the same yes. @type {Promise<boolean> | null} */
let giving = null;

/** @param {() => Promise<boolean>} start */
const once = (start) => (giving ??= start().finally(() => (giving = null)));

/** A yes; whether it was taken. @param {Purpose[]} purposes @param {"prompt" | "site"} by @returns {Promise<boolean>} */
async function give(purposes, by) {
  if (consent()) return true;
  const { id, nv } = recording;
  const answer = await post("/v1/consent", { recording: id, nv, language: language(), purposes, device: device(), by });
  if (!answer.ok) return false;
  const given = await answer.json();
  const last = Date.now();
  write({ recording: id, receipt: `${id}/${given.audit}`, ...given, purposes, skew: last - given.yes, visit: 0, last });
  closePrompt();
  await begin();
  return true;
}

/** A no; it takes back a yes, also one that is on its way. @param {boolean} [prompted] by our prompt, else by the site's own tool */
async function refuse(prompted) {
  closePrompt();
  await giving?.catch(() => false);
  if (read()?.token) return stop();
  write({ no: Date.now() + NO });
  say("off");
  if (await ready) {
    if (!prompted) count("asked");
    count("no");
  }
  return true;
}

/** Stops and erases; the sign goes as well. */
async function stop() {
  const sign = running;
  const erased = await erase();
  sign?.hide();
  return erased;
}

/** Whether this is a moment to ask: the page is covered and seen, no dialog is open, nobody is in a form. */
const convenient = () =>
  !document.hidden && pageHere() >= 0 && !document.activeElement?.matches(FIELD)
  && ![...document.querySelectorAll(DIALOG)].some((e) => e.checkVisibility?.() ?? true);

async function ask() {
  const welcome = () => mayAsk(read(), Date.now());
  const { globalPrivacyControl, doNotTrack } = /** @type {any} */ (navigator);
  const signal = recording.gpc === "no" && (recording.signal || globalPrivacyControl || doNotTrack === "1");
  while (!signal && welcome() && !convenient()) await new Promise((resolve) => setTimeout(resolve, PATIENCE));
  if (!welcome()) return;
  write({ asked: Date.now() });
  if (signal) return count("signal");
  // The share says how many are asked; who is not is left alone as long as one who was.
  if (Math.random() >= recording.share) return;
  closePrompt = prompt(share(), await get(`${notice()}.json`), (/** @type {Purpose[] | null} */ purposes) => (purposes ? once(() => give(purposes, "prompt")) : refuse(true)));
  say("asking");
  count("asked");
}

/** Somebody has answered, stopped, paused or begun, perhaps in another tab; or the page comes back out of the cache. */
function changed() {
  if (!consent()) halt();
  running ? running.refresh() : begin();
  const { token, no, stopped } = read() ?? {};
  if (token || no) closePrompt();
  if (no || stopped) say("off");
}

async function main() {
  if (!(await ready)) return asked.then(gone);
  const { token, stopped } = read() ?? {};
  if (stopped) await erase();
  else if (token && !consent()) gone();
  addEventListener("storage", changed);
  addEventListener("pageshow", (event) => event.persisted && changed());
  if (consent()) return begin();
  if (tag.prompt !== "off") await ask();
}

/** @param {string} name @returns {(value: string) => void} */
const relabel = (name) => (value) => {
  tag[name] = value;
  running?.relabel();
};

/** @type {any} */ (globalThis).yesmap = {
  ready, refuse: () => refuse(), stop, open, state: () => state, release: relabel("release"), variant: relabel("variant"),
  /** @param {object} answer of the site's own consent tool: purposes, and the version of the notice that it showed */
  allow: (answer) => once(() => onDemand("allow")(answer)),
  notice: onDemand("notice"), pause: onDemand("pause"),
  /** Where the visitor reads what became of the recording, also after its end; null when there was none. */
  receipt: async () => read()?.receipt ? at(`/receipts/${read()?.receipt}`) : null,
  /** @param {string} name */
  page: (name) => running?.page(name),
  /** @param {string} name */
  mark: (name) => running?.mark(name),
};
main().catch(() => {});
