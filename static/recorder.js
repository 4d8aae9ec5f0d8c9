// What a yes brings: its passing on, the signals, the batches, the sending and the sign that it is on.

import { batcher } from "./batch.js";
import { run } from "./capture/run.js";
import { scrolled } from "./element.js";
import { contain, end } from "./listen.js";
import { sender } from "./send.js";
import { show } from "./sign.js";
import { extent, ratio, viewport } from "./view.js";
import { BACK, MARK, PAGE, SCROLL } from "./kinds.js";
import { encode, U16 } from "./wire.js";

const MINUTE = 60_000;
/** A visit ends after this long without an event, ms; to the minute. */
const IDLE = 30 * MINUTE;
/** Who comes back to a page this soon did not find on the other what they went for, ms. */
const QUICK = 7000;
/** How often we look whether the recording is over, or the address another one, ms. */
const LOOK = 1000;
/** How a page was reached when the address changed without a load. */
const IN_PAGE = 3;
const EVENTS = "/v1/events";
/** What another tab has kept is here after so long, ms: tabs may be processes, and a lock is handed over faster. */
const SPREAD = 50;

/** Names the yes that is being given, so that the collector takes it once, though its answer may be lost. @type {string | undefined} */
let nonce;

/**
 * A yes; whether it was taken. One tab at a time, and where one stands that is the yes.
 * @param {import("./types.d.ts").Session} session
 * @param {import("./types.d.ts").Purpose[]} purposes
 * @param {"prompt" | "site"} by
 * @returns {Promise<boolean>}
 */
export function give({ recording, consent, get, post, write, language, device, begin, show }, purposes, by) {
  async function work() {
    await new Promise((resolve) => setTimeout(resolve, SPREAD));
    if (!consent()) {
      nonce ??= crypto.getRandomValues(new Uint32Array(4)).join("-");
      const { id, nv } = recording;
      const answer = await post("/v1/consent", { recording: id, nv, language: language(), purposes, device: device(), by, nonce });
      if (answer.status === 409) {
        Object.assign(recording, await get("/v1/recording"));
        if (by === "prompt") await show();
      }
      if (!answer.ok) return false;
      const { now, ...given } = await answer.json();
      const last = Date.now();
      write({ asked: last, ...given, skew: last - now, visit: 0, last });
      nonce = undefined;
    }
    await begin();
    return true;
  }
  return /** @type {Promise<any>} */ (navigator.locks?.request("yesmap", work) ?? work());
}

/** What only some want, from a file of its own. @param {import("./types.d.ts").Session} session @param {string} name @param {any[]} args */
export const panel = async (session, name, ...args) => (await session.load(PANEL))[name](session, ...args);

/**
 * Starts to record, and shows that it does.
 * @param {import("./types.d.ts").Session} session
 * @returns {import("./types.d.ts").Running}
 */
export function start(session) {
  const { recording, told, consent, write, pageHere, fits, device } = session;
  /** @param {Partial<import("./types.d.ts").Consent>} change of a consent that stands */
  const update = (change) => consent() && write({ .../** @type {any} */ (consent()), ...change });
  const audit = consent()?.audit;
  const d = crypto.getRandomValues(new Uint8Array(8));
  let batches = 0;
  /** @type {unknown} */
  let faulty;
  let page = -1;
  let href = "";
  let path = "";
  /** The collector says that it is over; an answer about an old consent says nothing of a new one. */
  const gone = () => consent()?.audit === audit && session.gone();

  /** @returns {import("./batch.js").View | null} */
  function view() {
    const given = consent();
    if (!given || page < 0) return null;
    const { releases, variants } = recording;
    const [release, variant] = ["release", "variant"].map((name) => told[/** @type {"release"} */ (name)]
      ?? /** @type {HTMLMetaElement | null} */ (document.querySelector(`meta[name=yesmap-${name}]`))?.content ?? "");
    const now = Date.now();
    const quiet = now - given.last;
    const i = given.visit + +(quiet > IDLE);
    if (quiet > MINUTE) update({ visit: i, last: now });
    return {
      d, n: batches++, p: page, r: (releases && fits(release, releases) && release) || undefined, a: variants.includes(variant) ? variant : undefined,
      i, w: viewport(), g: extent(), z: ratio(), s: Math.max(0, now - given.skew - given.yes),
    };
  }

  const sending = sender({
    encode: (batch) => {
      const given = consent();
      return given && encode(batch, given.token);
    },
    /** What is left of a closing page goes by beacon where fetch does not outlive it. */
    post: (body, closing) => closing && !("keepalive" in Request.prototype)
      ? { status: navigator.sendBeacon(session.at(EVENTS), body) ? 204 : 503 } : session.post(EVENTS, body),
    renew: () => session.panel("renew"), gone,
  });
  const batch = batcher(view, sending.push, () => tape.flush());

  /** Begins another page view. @param {number} way @param {number} [took] ms */
  function enter(way, took = 0) {
    batch.cut();
    page = here();
    ({ href, pathname: path } = location);
    if (page < 0) return session.tally("uncovered");
    const now = Date.now();
    const [before, left, since] = consent()?.seen ?? [-1, page, now];
    tape.add(PAGE, [0, Math.min(took, U16), way]);
    tape.add(SCROLL, [0, ...scrolled()]);
    if (page === before && page !== left && now - since < QUICK) tape.add(BACK, [0, left, now - since]);
    update({ seen: [left, page, now] });
  }

  /** The page by the site's own word for this address, else by the address; none where this device class is not recorded. */
  const here = () => told.page && told.at === location.href && recording.devices.includes(device())
    ? recording.pages.findIndex((rule) => rule.name === told.page) : pageHere();

  /** Looks whether this has become another page. */
  const turnPage = contain(() => {
    if (here() !== page || location.pathname !== path) enter(IN_PAGE);
    ({ href } = location);
  });

  /** The address may have changed unheard where nothing tells of that; asking for it takes longer than all the rest. */
  const movedOn = () => "navigation" in window || href === location.href || turnPage();

  const tape = /** @type {import("./types.d.ts").Tape} */ ({
    add: (kind, spot, pointer, now) => {
      if (!now) movedOn();
      batch.add(kind | (/** @type {number} */ (pointer) << 5), spot, now);
    },
    cut: batch.cut, open: batch.open, enter, turnPage, clicked: [], pageChanged() {}, look() {}, flush() {}, shown: -Infinity, lastClick: [0, 0],
    // Once a page is enough: what fails, fails again and again.
    fault: () => void (faulty ??= session.tally("fault")),
    arrived(way, took) {
      if (!href) return enter(way, took);
      turnPage();
      tape.add(SCROLL, [0, ...scrolled()]);
    },
    leave() {
      turnPage();
      batch.cut(true);
      sending.sendAll();
    },
  });
  /** @type {ReturnType<typeof show>} */
  let sign;
  let on = false;

  /** As the consent now says: a pause ends the signals, not the sending of what was kept before it. */
  function redraw() {
    const paused = !!consent()?.paused;
    const state = paused ? "paused" : "on";
    // A page that draws itself anew may have taken it away.
    if (!sign?.status.isConnected) sign = show(session, () => session.panel("open"));
    sign.redraw(state);
    session.say(state);
    if (on !== paused) return;
    on = !paused;
    batch.cut();
    end.abort();
    if (!on) return;
    sending.start();
    run(tape);
  }
  redraw();
  const look = contain(() => {
    movedOn();
    tape.flush();
    tape.look();
  });
  const watch = setInterval(() => consent() && sign.status.isConnected ? on && look() : session.keptChanged(), LOOK);

  return {
    stop() {
      clearInterval(watch);
      end.abort();
      sending.stop();
    },
    hide: () => sign.hide(),
    redraw,
    relabel() {
      batch.cut();
      if (on) turnPage();
    },
    mark: (name) => on && tape.add(MARK, [0, recording.marks.indexOf(name)]),
  };
}
