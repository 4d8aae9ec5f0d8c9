// The one tag. Finds out whether something is recorded here, asks, and starts and stops what follows from the answer.
// Before a yes it keeps nothing of the visitor and sends one count of asked or no.

import { at, post, recordingHere } from "./collector.js";
import { read, watch, write } from "./kept.js";
import { deviceOf, mayAsk, NO, pageOf, standing } from "./rules.js";

/** @typedef {import("./types.d.ts").Purpose} Purpose */

const LANGUAGES = ["en", "nl", "de", "fr", "es"];
/** How often we look whether this is a moment to ask, ms. */
const PATIENCE = 1000;
const DIALOG = "dialog[open],[role=dialog],[role=alertdialog]";
const FORM = "input,select,textarea,[contenteditable]";

let release = [...document.scripts].find((script) => script.src === import.meta.url)?.dataset.release ?? "";
/** @type {import("./types.d.ts").Recording} */
let recording;
const ready = recordingHere().then((found) => found && (recording = found));
/** @type {import("./types.d.ts").Running | undefined} */
let running;
let closePrompt = () => {};

const device = () => deviceOf(document.documentElement.clientWidth);
const consent = () => recording && standing(read(), recording, Date.now());

/** The page's language, else the browser's, if we and the recording's purpose both have it. */
const language = () =>
  [document.documentElement.lang, navigator.language].map((tag) => tag.slice(0, 2).toLowerCase())
    .find((tag) => LANGUAGES.includes(tag) && recording.purpose[tag]) ?? "en";

/** One of our other files, and what it needs. @param {"consent" | "recorder"} name */
async function load(name) {
  const tag = language();
  const [part, { default: texts }] = await Promise.all([name, `lang/${tag}`].map((file) => import(at(`/dist/${file}.js`))));
  return { ...part, session: { recording, texts, language: tag, release, read, write, at, post, gone, erase } };
}

/** @param {"asked" | "no"} what */
const count = (what) =>
  post("/v1/count", JSON.stringify({ recording: recording.id, what, device: device() })).catch(() => {});

function halt() {
  running?.stop();
  running?.hide();
  running = undefined;
}

/** Over by the collector's word: the token goes, only that somebody was asked stays. */
function gone() {
  const { token, yes = 0, skew = 0 } = read() ?? {};
  if (token) write({ asked: yes + skew });
  halt();
}

/** Over by the visitor's word: capture and sending end before the collector is asked to erase. */
async function erase() {
  running?.stop();
  running = undefined;
  const { withdraw, session } = await load("recorder");
  return withdraw(session);
}

async function begin() {
  if (!consent()) return;
  const { start, session } = await load("recorder");
  if (!running && consent()) running = start(session);
}

/** A yes that is on its way: a second click is the same yes. @type {Promise<boolean> | null} */
let giving = null;

/** A yes, by our prompt or by the site's own; whether it was taken. @param {{purposes?: Purpose[]}} [choice] */
const allow = (choice = {}) => (giving ??= give(choice).finally(() => (giving = null)));

/** @param {{purposes?: Purpose[]}} choice @returns {Promise<boolean>} */
async function give({ purposes = ["heatmap"] }) {
  if (!(await ready)) return false;
  if (consent()) return true;
  const { give: send, session } = await load("recorder");
  const given = await send(session, { purposes, language: session.language, device: device() });
  if (given) {
    closePrompt();
    await begin();
  }
  return given;
}

/** A no, by our prompt or by the site's own; it takes back a yes. */
async function refuse() {
  closePrompt();
  await giving?.catch(() => false); // a yes on its way is taken back
  if (read()?.token) return stop();
  write({ no: Date.now() + NO });
  if (await ready) count("no");
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
  !document.hidden && pageOf(location.pathname, recording.pages) >= 0 && !document.activeElement?.matches(FORM)
  && ![...document.querySelectorAll(DIALOG)].some((e) => e.checkVisibility?.() ?? true);

const welcome = () =>
  mayAsk(read(), recording, {
    now: Date.now(), signal: !!(/** @type {any} */ (navigator).globalPrivacyControl) || navigator.doNotTrack === "1",
  });

async function ask() {
  while (welcome() && !convenient()) await new Promise((resolve) => setTimeout(resolve, PATIENCE));
  if (!welcome()) return;
  write({ asked: Date.now() });
  // The share says how many are asked; who is not is left alone as long as one who was.
  if (Math.random() >= recording.share) return;
  const { prompt, session } = await load("consent");
  /** @param {Purpose[] | null} purposes */
  const answer = (purposes) => (purposes ? allow({ purposes }) : refuse());
  closePrompt = prompt({ ...session, answer });
  count("asked");
}

/** Another tab has answered, stopped or begun. */
function changed() {
  if (!consent()) halt();
  if (read()?.token || read()?.no) closePrompt();
  begin();
}

async function main() {
  if (!(await ready)) return gone();
  const kept = read();
  if (kept?.stopped) await erase();
  else if (kept?.token && !consent()) gone();
  watch(changed);
  await (consent() ? begin() : ask());
}

Object.assign(globalThis, {
  yesmap: {
    allow, refuse, stop,
    /** @param {string} name */
    mark: (name) => running?.mark(name),
    /** @param {string} name */
    page: (name) => running?.page(name),
    /** @param {string} name */
    release: (name) => running?.release(release = name),
  },
});
main().catch(() => {});
