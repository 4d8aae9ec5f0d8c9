// What a visitor may do about their recording, in a panel; and what a site's own consent tool does instead of our prompt.
// Loaded when somebody wants it.

import css from "./panel.css";
import { draw, pages } from "./trail.js";

/** @typedef {import("./types.d.ts").Session} Session */
/** @typedef {import("./types.d.ts").Purpose} Purpose */

/** @type {Purpose[]} */
const PURPOSES = ["heatmap", "replay"];
/** A short-lived token for seeing and correcting is asked for anew when it is about to end, ms. */
const SPARE = 30_000;
let rights = { rights: "", expires: 0 };
/** Takes the open panel away. @type {(() => void) | null} */
let shut = null;

/** @param {Session} session @param {Partial<import("./types.d.ts").Consent>} change of a consent that stands */
const update = ({ consent, write }, change) => consent() && write({ .../** @type {any} */ (consent()), ...change });

/** What the collector answers to somebody who may ask it. @param {Session} session @param {string} path @param {object} [form] */
async function ask({ post, consent, gone }, path, form = {}) {
  const { token, audit } = consent() ?? {};
  if (rights.expires < Date.now() + SPARE) rights = await taken(post("/v1/rights", { token, audit }), gone);
  return taken(post(path, { rights: rights.rights, ...form }), gone);
}

/** @param {Promise<Response>} asked @param {() => void} gone */
async function taken(asked, gone) {
  const answer = await asked;
  if (answer.status === 410) gone();
  if (!answer.ok) throw Error((await answer.json()).error.message);
  return answer.json();
}

/** Holds the recording, or goes on with it: here at once, then in other tabs and at the collector.
 * @param {Session} session @param {boolean} [paused] */
export async function pause(session, paused = true) {
  if (!session.consent()) return false;
  update(session, { paused });
  session.changed();
  await ask(session, "/v1/pause", { paused });
  return true;
}

/** Changes what the recording is used for. @param {Session} session @param {Purpose[]} purposes */
async function use(session, purposes) {
  update(session, await ask(session, "/v1/purposes", { purposes }));
}

/** A yes that the site's own consent tool was given, to the notice that it showed.
 * @param {Session} session @param {{purposes?: Purpose[], notice?: string}} [answer] */
export async function allow(session, { purposes = ["heatmap"], notice } = {}) {
  if (notice !== session.recording.nv) {
    throw Error("yesmap.allow: pass as `notice` the version of the notice that was shown: (await yesmap.notice()).version");
  }
  if (!session.consent()) {
    session.count("asked");
    return session.give(purposes, "site");
  }
  if (String([...purposes].sort()) !== String([...session.consent()?.purposes ?? []].sort())) await use(session, purposes);
  return true;
}

/** What has to be shown before a yes. @param {Session} session */
export const notice = async ({ recording, texts, at, notice }) =>
  ({ version: recording.nv, url: at(notice), purposes: recording.purposes, ...texts });

/** Where the visitor reads what became of the recording; null when there was none. @param {Session} session */
export async function receipt({ read, at }) {
  const { recording, audit, receipt = audit && `${recording}/${audit}` } = read() ?? {};
  return receipt ? at(`/receipts/${receipt}`) : null;
}

/** Opens the panel, or closes it. @param {Session} session */
export async function open(session) {
  if (shut) return shut();
  const { recording, h, button, mount, get, at, notice, texts, erase, consent } = session;
  const given = consent();
  if (!given) return;
  const words = await get(`${notice}/panel.json`);
  const status = h("p", { role: "status" });
  const before = /** @type {HTMLElement | null} */ (document.activeElement);

  /** Says what became of it. @param {() => Promise<string | void>} work @returns {() => Promise<void>} */
  const tell = (work) => async () => {
    status.textContent = words.wait;
    status.textContent = (await work().catch(() => words.failed)) || "";
  };
  const stop = button(words.stop, tell(async () => {
    const erased = await erase();
    card.replaceChildren(header, status);
    return erased ? texts.stopped : texts.later;
  }));
  stop.className = "stop";
  const hold = button("", tell(async () => {
    const paused = !consent()?.paused;
    await pause(session, paused);
    label();
    return paused ? texts.paused : texts.on;
  }));
  const label = () => (hold.textContent = consent()?.paused ? words.resume : words.pause);
  label();

  const boxes = PURPOSES.filter((purpose) => recording.purposes.includes(purpose)).map((purpose) => {
    const box = h("input", { type: "checkbox", name: purpose });
    box.checked = given.purposes.includes(purpose);
    box.onchange = tell(async () => {
      const chosen = boxes.filter(({ box }) => box.checked).map(({ purpose }) => purpose);
      try {
        if (!chosen.length) return words.oneNeeded;
        await use(session, chosen);
        return words.saved;
      } finally {
        for (const { box, purpose } of boxes) box.checked = !!consent()?.purposes.includes(purpose);
      }
    });
    return { box, purpose, row: h("label", {}, box, words[purpose]) };
  });

  const trail = h("div");
  const show = button(words.show, tell(async () => {
    const { batches } = await ask(session, "/v1/mine");
    trail.replaceChildren(...pages(batches).map((page) => {
      const canvas = h("canvas", { role: "img", "aria-label": `${words.trail}: ${page.page}` });
      draw(canvas, page);
      const numbers = [[words.moves, page.moves.length], [words.clicks, page.clicks.length], [words.scrolls, page.scrolls]];
      return h("figure", {}, h("figcaption", {}, page.page), canvas, numbers.map(([name, count]) => `${name}: ${count}`).join(" · "));
    }));
    return batches.length ? "" : words.none;
  }));
  const download = button(words.download, tell(async () => {
    const url = URL.createObjectURL(new Blob([JSON.stringify(await ask(session, "/v1/mine"), null, 1)], { type: "application/json" }));
    h("a", { href: url, download: `yesmap-${given.audit}.json` }).click();
    setTimeout(URL.revokeObjectURL, SPARE, url);
  }));

  const close = () => {
    removeEventListener("keydown", escape);
    unmount();
    shut = null;
    before?.focus?.({ preventScroll: true });
  };
  /** @param {KeyboardEvent} event */
  const escape = (event) => event.key === "Escape" && close();
  /** @param {string} path @param {string} text */
  const link = (path, text) => h("p", {}, h("a", { href: at(path), target: "_blank", rel: "noopener" }, text));
  const header = h("header", {}, h("h2", { id: "t" }, words.title), button(words.close, close));
  const card = h("section", { role: "dialog", "aria-labelledby": "t", tabindex: "-1" },
    header,
    h("p", {}, texts.purpose),
    h("div", { class: "row" }, stop, hold), status,
    ...(boxes.length > 1 ? [h("h3", {}, words.purposes), ...boxes.map(({ row }) => row)] : []),
    h("h3", {}, words.recorded), h("p", {}, words.recordedText),
    h("h3", {}, words.never), h("p", {}, words.neverText),
    h("h3", {}, words.data), h("p", {}, words.dataText), h("div", { class: "row" }, show, download), trail,
    h("h3", {}, words.audit), h("p", {}, words.auditText), h("p", {}, h("code", {}, given.audit)),
    link(`/receipts/${given.recording}/${given.audit}`, words.receipt), link(notice, words.notice));
  const unmount = mount("yesmap-panel", css, texts, card);
  shut = close;
  addEventListener("keydown", escape);
  card.focus({ preventScroll: true });
}
