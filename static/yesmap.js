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
/** A field or a frame that somebody is in, an open dialog; in a page's header it is a search. */
const BUSY = ":is(input:not([type=checkbox]),select,textarea,iframe,[contenteditable]):focus,dialog[open],[role$=dialog]:not(header *),[popover]:not([data-yesmap-ignore])";

const tag = { ...[...document.scripts].find((script) => script.src === import.meta.url)?.dataset };

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
/** Where somebody is in the middle of a form. */
let edited = "";
let closePrompt = () => {};

/** Tells the site, which may have a consent tool of its own. @param {State} now */
const say = (now) => now !== state && dispatchEvent(new CustomEvent("yesmap", { detail: { state: (state = now) } }));

const device = () => deviceOf(document.documentElement.clientWidth);
/** Whether browsers of this width are asked and recorded. */
const chosen = () => recording.devices.includes(device());
/** A device class that is not recorded has no pages. */
const pageHere = () => chosen() ? pageOf(location, recording.pages) : -1;
const consent = () => recording && standing(read(), recording, Date.now());

/** The page's language, else the browser's, if the notice has it. */
const language = () =>
  [document.documentElement.lang, navigator.language, "en", ...recording.languages].map((tag) => tag.slice(0, 2).toLowerCase())
    .find((tag) => recording.languages.includes(tag));

/** The notice in the visitor's language: a page of its own, its first layer with `.json`. */
const notice = () => recording && `/notices/${recording.nv}/${language()}`;

/** What our other files share with this one. @returns {import("./types.d.ts").Session} */
const share = () => ({
  recording, told: tag, notice: notice(), language, device, at, get, post, read, write, consent, pageHere, fits, h, button, mount,
  load, tally, panel, give, gone, stop, say, show, begin, keptChanged,
});

/** One of our other files; what was changed on its way does not run.
 * @param {[path: string, integrity: string]} file @returns {Promise<any>} */
function load([path, integrity]) {
  const href = at(path);
  const checked = h("link", { rel: "modulepreload", href, integrity });
  document.head.append(checked);
  return import(href).finally(() => checked.remove());
}

/** What only those need who said yes, or are about to. @param {string} name @param {any[]} args @returns {Promise<any>} */
const recorder = async (name, ...args) => (await load(RECORDER))[name](share(), ...args);
/** What only some visitors and sites want. @param {any[]} args @returns {Promise<any>} */
const panel = (...args) => recorder("panel", ...args);
/** The same where something is recorded, else null. @param {string} name @returns {(...args: any[]) => Promise<any>} */
const offered = (name) => async (...args) => (await ready) ? panel(name, ...args) : null;
/** A yes; whether it was taken. What records is there before anything is promised. @param {any[]} answer */
const give = (...answer) => recorder("give", ...answer);

/** One more, without saying who. @param {"asked" | "no" | "signal" | "uncovered" | "fault"} what */
const tally = (what) => post("/v1/count", { recording: recording.id, what, device: device() }).catch(() => {});

function halt() {
  running?.stop();
  running?.hide();
  running = undefined;
}

/** Over by the collector's word: the token goes. */
function gone() {
  if (read().token) write({});
  halt();
  say("off");
}

/** The answers, one after the other: the last one holds. @type {Promise<any>} */
let answered = Promise.resolve();
/** @template T @param {() => Promise<T>} answer @returns {Promise<T>} */
const next = (answer) => (answered = answered.then(answer, answer));

/** Over by the visitor's word: nothing more is kept, then the collector is asked to erase. Whether it is done.
 * @param {boolean} hides the sign as well */
async function erase(hides) {
  const was = running;
  was?.stop();
  running = undefined;
  say("off");
  const { token } = read();
  if (token) write({ ...read(), stopped: true });
  const done = !token || panel("withdraw").catch(() => false);
  await done;
  if (hides) was?.hide();
  return done;
}

/** Stops at once, and erases after every answer before. */
function stop(hides = true) {
  running?.stop();
  return next(() => erase(hides));
}

/** Resolves when recording has begun, or cannot: that hinders nothing else. */
let begun = Promise.resolve();
const begin = () => consent() && (begun = load(RECORDER).then(({ start }) => {
  closePrompt();
  if (consent()) running ??= start(share());
}).catch(() => void tally("fault")));

/** A no; it takes back a yes, also one that is on its way. */
function refuse() {
  const prompted = state === "asking";
  closePrompt();
  return next(async () => {
    if (read().token) return erase(true);
    write({ no: Date.now() + NO });
    say("off");
    if (await ready) {
      if (!prompted) tally("asked");
      tally("no");
    }
    return true;
  });
}

/** Whether somebody is at something that is not to be disturbed. @param {any} tree @returns {boolean} */
const busy = (tree = document) => [...tree.querySelectorAll("*")].some((e) =>
  e.matches(BUSY) && (e.checkVisibility?.({ checkVisibilityCSS: true }) ?? true) || busy(e.shadowRoot ?? e.contentDocument ?? h("p")));

const moment = () => new Promise((resolve) => setTimeout(resolve, PATIENCE));

const first = () => get(`${notice()}.json`);

/** The question, in place of one that is on the screen. */
async function show() {
  closePrompt();
  closePrompt = prompt(notice(), await first(), busy, (purposes) => purposes ? next(() => give(purposes, "prompt")) : refuse());
}

async function ask() {
  const welcome = () => mayAsk(read(), Date.now());
  const { globalPrivacyControl, doNotTrack } = /** @type {any} */ (navigator);
  const signal = recording.gpc === "no" && (recording.signal || globalPrivacyControl || doNotTrack > 0);
  while (!signal && welcome() && (document.hidden || pageHere() < 0 || edited === location.href || busy())) await moment();
  if (!welcome()) return;
  write({ asked: Date.now() });
  // What keeps nothing could not keep a no.
  if (!read().asked) return;
  if (signal) return tally("signal");
  // The share says how many are asked; who is not is left alone as long as one who was.
  if (Math.random() >= recording.share) return;
  await show();
  say("asking");
  tally("asked");
  for (; state === "asking"; await moment()) if (pageHere() < 0) {
    closePrompt();
    say("none");
  }
}

/** Somebody has answered, stopped, paused or begun, perhaps in another tab; or the page comes back out of the cache. */
function keptChanged() {
  if (running && !consent()) {
    halt();
    say("off");
  }
  running ? running.redraw() : begin();
  const { token, no, stopped } = read();
  if (token || no) closePrompt();
  if (no || stopped) say("off");
}

async function main() {
  addEventListener("input", () => (edited = location.href), true);
  if (!(await ready)) return asked.then(gone);
  // Somebody of the team, with a code for a background of this page: nobody is asked, nothing is recorded.
  if (/^#yesmap-/.test(location.hash)) return panel("background");
  const { token, stopped } = read();
  if (stopped) await stop();
  else if (token && !consent()) gone();
  addEventListener("storage", keptChanged);
  addEventListener("pageshow", (event) => event.persisted && keptChanged());
  if (consent()) return begin();
  if (tag.prompt !== "off") await ask();
}

/** What the site calls itself. @param {Record<string, string>} labels */
function label(labels) {
  Object.assign(tag, labels);
  running?.relabel();
}

/** @type {any} */ (globalThis).yesmap = {
  ready, refuse, stop: () => stop(), open: offered("open"), pause: offered("pause"), state: () => state,
  /** What has to be shown before a yes; null where none is wanted. */
  notice: async () => consent() || (await ready) && chosen() ? { version: recording.nv, url: at(notice()), purposes: recording.purposes, ...await first() } : null,
  /** @param {object} answer of the site's own consent tool: purposes, and the version of the notice that it showed */
  allow: (answer) => next(() => offered("allow")(answer)),
  /** @param {string} release */
  release: (release) => label({ release }),
  /** @param {string} variant */
  variant: (variant) => label({ variant }),
  /** As long as the address stays as it is. @param {string} page */
  page: (page) => label({ page, at: location.href }),
  /** Where the visitor reads what became of the recording, also after its end; null when there was none. */
  receipt: async () => (({ receipt }) => receipt ? at(receipt) : null)(read()),
  /** @param {string} name */
  mark: (name) => begun.then(() => running?.mark(name)),
};
main().catch(() => {});
