// What a visitor may do about their recording, in a panel: the sign, opened up. Loaded when somebody wants it.

import css from "./panel.css";
import { ownData } from "./owndata.js";
import { pause, use } from "./rights.js";

export { allow, pause, renew, withdraw } from "./rights.js";

/** @typedef {import("./types.d.ts").Session} Session */
/** @typedef {import("./types.d.ts").Consent} Consent */
/** @typedef {import("./types.d.ts").Purpose} Purpose */
/** @typedef {Record<string, string>} Words */
/** Does what was asked for and says what became of it. @typedef {(work: () => Promise<string | void>) => () => Promise<void>} Tell */
/** What is on the panel, and what brings it up to date. @typedef {{nodes: Node[], follow: () => void}} Part */

/** @type {Purpose[]} */
const PURPOSES = ["heatmap", "replay"];
/** Takes the open panel away. @type {(() => void) | null} */
let shut = null;

/** Not a visitor's right, but somebody's of the team: a background of this page. @param {Session} session */
export const background = async (session) => (await session.load(BACKGROUND)).background(session, location.hash.split("=")[1]);

/** Opens the panel, or closes it. @param {Session} session */
export async function open(session) {
  if (shut) return shut();
  const given = session.consent();
  const words = given && (await session.get(`${session.notice}/panel.json`));
  if (words && !shut) show(session, words, given);
}

/** @param {Session} session @param {Words} words @param {Consent} given */
function show(session, words, given) {
  const { h, button, mount, consent } = session;
  const status = h("p", { role: "status" });
  const state = h("p", { class: "state" });
  /** @type {Tell} */
  const tell = (work) => async () => {
    status.textContent = words.wait;
    status.textContent = (await work().catch(() => words.failed)) || "";
  };
  const links = linksOf(session, words, given);
  const parts = [controls(session, words, tell, () => follow()), uses(session, words, tell)];
  const body = h("div", { class: "body" },
    h("p", {}, words.purpose), ...parts.flatMap(({ nodes }) => nodes),
    part(h, words.recorded, h("p", {}, words.recordedText)),
    part(h, words.never, h("p", {}, words.neverText)),
    part(h, words.data, h("p", {}, words.dataText), ...ownData(session, words, given.audit, tell)),
    part(h, words.audit, h("p", {}, words.auditText), ...auditId(session, words, given.audit, tell), links));
  const header = h("header", {}, h("div", {}, h("h2", { id: "t" }, words.title), state), button(words.close, close));
  const card = h("section", { role: "dialog", "aria-labelledby": "t", tabindex: "-1" }, header, body, status);

  /** As it stands now: somebody may have paused, gone on or stopped, also in another tab. */
  function follow() {
    const paused = consent()?.paused;
    state.textContent = paused ? words.paused : words.on;
    state.classList.toggle("on", !paused);
    if (consent()) return parts.forEach((part) => part.follow());
    const { stopped, no } = session.read();
    state.remove();
    body.replaceChildren(...stopped || no ? [h("p", {}, stopped ? words.later : words.stopped)] : [], links);
    card.focus({ preventScroll: true });
  }
  /** @param {KeyboardEvent} event */
  const escape = (event) => event.key === "Escape" && close();
  /** @type {Record<string, (event: any) => void>} */
  const heard = { keydown: escape, yesmap: follow, storage: follow };
  const back = focused();
  const sign = cover();
  const unmount = mount("yesmap-panel", css, given.sign, card);
  shut = close;
  for (const [type, handler] of Object.entries(heard)) addEventListener(type, handler);
  follow();
  card.focus({ preventScroll: true });

  function close() {
    for (const [type, handler] of Object.entries(heard)) removeEventListener(type, handler);
    unmount();
    shut = null;
    sign("");
    back?.focus({ preventScroll: true });
  }
}

/** What has the focus, also in a shadow. @returns {HTMLElement | null | undefined} */
function focused() {
  let e = document.activeElement;
  while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
  return /** @type {HTMLElement} */ (e);
}

/** Hides the sign, whose place the panel takes; gives what shows it again. */
function cover() {
  const sign = /** @type {HTMLElement | undefined} */ (document.querySelector("yesmap-sign")?.shadowRoot?.firstElementChild);
  /** @param {string} visibility */
  const set = (visibility) => sign && (sign.style.visibility = visibility);
  set("hidden");
  return set;
}

/** @param {Session["h"]} h @param {string} title @param {Node[]} content */
const part = (h, title, ...content) => h("div", { class: "part" }, h("h3", {}, title), ...content);

/** Stop and pause. @param {Session} session @param {Words} words @param {Tell} tell @param {() => void} over @returns {Part} */
function controls(session, words, tell, over) {
  const { h, button, consent, stop } = session;
  const end = button(words.stop, tell(() => stop().then(over)));
  end.className = "stop";
  const hold = button("", tell(() => pause(session, !consent()?.paused).then(() => {})));
  return {
    nodes: [h("div", { class: "row" }, end, hold)],
    follow: () => void (hold.textContent = consent()?.paused ? words.resume : words.pause),
  };
}

/** What it is used for, where there is a choice. @param {Session} session @param {Words} words @param {Tell} tell @returns {Part} */
function uses(session, words, tell) {
  const { h, recording, consent } = session;
  const offered = PURPOSES.filter((purpose) => recording.purposes.includes(purpose));
  const boxes = offered.map((name) => h("input", { type: "checkbox", name }));
  const follow = () => boxes.forEach((box) => (box.checked = !!consent()?.purposes.includes(box.name)));
  const change = tell(async () => {
    const chosen = boxes.filter((box) => box.checked).map((box) => box.name);
    try {
      if (chosen.length) await use(session, chosen);
      return chosen.length ? words.saved : words.oneNeeded;
    } finally {
      follow();
    }
  });
  const rows = boxes.map((box) => h("label", {}, Object.assign(box, { onchange: change }), words[box.name]));
  return { nodes: offered.length > 1 ? [part(h, words.purposes, ...rows)] : [], follow };
}

/** @param {Session} session @param {Words} words @param {string} audit @param {Tell} tell */
function auditId({ h, button }, words, audit, tell) {
  const copy = button(words.copy, tell(() => navigator.clipboard.writeText(audit).then(() => words.copied)));
  return [h("div", { class: "row" }, h("code", {}, audit), copy)];
}

/** @param {Session} session @param {Words} words @param {Consent} given */
function linksOf({ h, at, notice }, words, { recording, audit }) {
  /** @param {string} path @param {string} text */
  const link = (path, text) => h("a", { href: at(path), target: "_blank", rel: "noopener" }, text);
  return h("div", { class: "links" }, link(`/receipts/${recording}/${audit}`, words.receipt), link(notice, words.notice));
}
