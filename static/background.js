// A background taken from the page itself, by somebody of the team who opened it with a one-time code. Nothing is recorded
// while this is here; what is sent, and where, is looked at and said before.

import css from "./background.css";
import { ask } from "./background/ask.js";
import { film, screen } from "./background/film.js";
import { measure } from "./background/measure.js";
import { preview } from "./background/preview.js";
import { shade } from "./background/shade.js";
import { draw, heights } from "./site/backgrounds/picture.js";

/** @typedef {import("./types.d.ts").Session} Session */
/** @typedef {import("./background/measure.js").Measured} Measured */
/** What is asked for, on which page. @typedef {import("./background/ask.js").Wish} Wish */
/** What may be kept. @typedef {{wish: Wish, measured: Measured, picture: HTMLCanvasElement | null}} Draft */

/** Somebody has this file from our tag, but no good code: a visitor perhaps, whom somebody sent a link. */
const NOT_FOR_YOU = "This link was made for the team of this site, and is of no use now. Nothing of yours was looked at or sent.";
const UNREACHED = "Nothing was sent: the address is not to be reached. If this page has a Content-Security-Policy, its connect-src needs ";

/** @param {Session} session @param {string} code */
export async function background(session, code) {
  history.replaceState(history.state, "", location.pathname + location.search);
  const answer = await session.post("/v1/background", { code }).catch(() => null);
  const told = await answer?.json().catch(() => null);
  const bar = put(session);
  if (answer?.ok) start(session, bar, code, told.team);
  else bar.fill("Background", [session.h("p", {}, NOT_FOR_YOU), session.h("p", { class: "soft" }, told?.error?.message ?? "")]);
}

/**
 * The bar on the page: its content, a sentence below it, and the marks by which a picture is known to be of this tab, now.
 * @param {Session} session
 */
function put({ h, button, mount }) {
  const title = h("h2", { id: "t", tabindex: "-1" });
  const body = h("div", { class: "body" });
  const said = h("p", { role: "status" });
  const actions = h("div", { class: "foot" });
  const section = h("section", { role: "dialog", "aria-labelledby": "t" },
    h("div", { class: "head" }, title, button("Close", () => unmount())), body, said, actions);
  const marks = [h("i", { class: "first" }), h("i", { class: "last" })];
  const all = document.createDocumentFragment();
  all.append(section, ...marks);
  const unmount = mount("yesmap-background", css, { lang: "en", dir: "ltr" }, all);
  // What is typed here is nothing to the page, which may have shortcuts.
  for (const type of ["keydown", "keyup", "keypress", "input", "change"]) section.addEventListener(type, (/** @type {Event} */ event) => event.stopPropagation());
  return {
    marks,
    /** @param {string} called @param {Node[]} content @param {Node[]} [buttons] @param {boolean} [wide] */
    fill(called, content, buttons = [], wide = false) {
      const further = title.textContent;
      title.textContent = called;
      body.replaceChildren(...content);
      body.scrollTop = 0;
      actions.replaceChildren(...buttons);
      section.classList.toggle("wide", wide);
      said.textContent = "";
      if (further) title.focus({ preventScroll: true });
    },
    say: (/** @type {string} */ text) => void (said.textContent = text),
    away: (/** @type {boolean} */ gone) => section.classList.toggle("away", gone),
    unmount,
  };
}

/** @param {Session} session @param {ReturnType<typeof put>} bar @param {string} code @param {string} team */
function start(session, bar, code, team) {
  const { h, button } = session;
  const form = ask(session, { filmed, bare, added });
  /** @type {Draft | null} */
  let draft = null;
  /** @type {ImageBitmap[]} */
  let parts = [];
  addEventListener("paste", pasted, true);
  again();

  function again() {
    [draft, parts] = [null, []];
    bar.fill("Background of this page", form.content, form.buttons);
  }

  /** Measures the page, and does something with it, while it looks as it will in the picture. @template T
   * @param {Wish} wish @param {(measured: Measured) => T | Promise<T>} work @returns {Promise<T>} */
  async function still(wish, work) {
    const [left, top] = [scrollX, scrollY];
    bar.away(true);
    const bright = shade(wish.masked);
    try {
      return await work(await measure(session, wish));
    } finally {
      bright();
      bar.away(false);
      scrollTo({ left, top, behavior: "instant" });
    }
  }

  async function filmed() {
    const wish = form.wish();
    const video = wish && (await screen().catch(() => null));
    if (!wish) return;
    if (!video) return bar.say("Nothing was captured: this tab has to be shared, or paste a picture.");
    try {
      draft = await still(wish, async (measured) => ({ wish, measured, picture: await film(video, measured, bar.marks) }));
      review();
    } catch (wrong) {
      bar.say(/** @type {Error} */ (wrong).message);
    } finally {
      for (const track of /** @type {MediaStream} */ (video.srcObject).getTracks()) track.stop();
    }
  }

  async function bare() {
    const wish = form.wish();
    if (!wish) return;
    draft = await still(wish, (measured) => ({ wish, measured, picture: null }));
    review();
  }

  /** Parts of a picture from elsewhere, one below the other; as nobody knows where on it texts are, all of it is made coarse.
   * @param {File[]} files */
  async function added(files) {
    const wish = draft?.wish ?? form.wish();
    if (!wish || !files.length) return;
    const more = await Promise.all(files.map((file) => createImageBitmap(file).catch(() => null)));
    if (more.includes(null)) return bar.say("That is no picture that this browser can read.");
    parts.push(.../** @type {ImageBitmap[]} */ (more));
    const measured = draft?.measured ?? (await still(wish, (found) => found));
    const picture = document.createElement("canvas");
    draw(picture, parts, measured.width, wish.masked);
    draft = { wish, measured, picture };
    review();
  }

  /** @param {ClipboardEvent} event */
  function pasted(event) {
    const images = [...event.clipboardData?.files ?? []].filter(({ type }) => type.startsWith("image/"));
    if (!images.length) return;
    event.preventDefault();
    event.stopPropagation();
    added(images);
  }

  function review() {
    const { wish, measured, picture } = /** @type {Draft} */ (draft);
    const save = button("Save", () => send(save));
    save.className = "main";
    const missing = parts.length ? measured.height - heights(parts, measured.width).all : 0;
    save.disabled = missing > 1;
    bar.fill("This will be kept", preview(session, measured, picture, wish.masked, team), [save, button("Start over", again)], true);
    if (save.disabled) bar.say(`The picture ends ${missing} px above the end of the page: paste the next part, it is put below.`);
  }

  /** @param {HTMLButtonElement} save */
  async function send(save) {
    const { measured, picture } = /** @type {Draft} */ (draft);
    save.disabled = true;
    bar.say("One moment …");
    const body = new FormData();
    body.set("snapshot", new Blob([JSON.stringify({ version: 1, ...measured.snapshot })], { type: "application/json" }));
    if (picture) body.set("image", await new Promise((/** @type {(blob: any) => void} */ done) => picture.toBlob(done, "image/png")));
    const headers = { Authorization: `Bearer ${code}` };
    const answer = await fetch(`${team}/background`, { method: "POST", body, headers, credentials: "omit", referrerPolicy: "no-referrer" }).catch(() => null);
    save.disabled = false;
    if (answer?.ok) return kept(await answer.json());
    bar.say((await answer?.json().catch(() => null))?.error?.message ?? `${UNREACHED}${team}.`);
  }

  /** @param {{page: string, device: string, state: string}} what */
  function kept({ page, device, state }) {
    removeEventListener("paste", pasted, true);
    const close = button("Close this window", () => (bar.unmount(), window.close()));
    close.className = "main";
    const what = [page, state, device].filter(Boolean).join(", ");
    bar.fill("Kept", [h("p", {}, `It is the background of ${what} now. For another one, make a new link.`)], [close]);
  }
}
