// What runs after a yes: the signals, the batches, the sending and the sign that it is on.

import { batcher } from "./batch.js";
import { contain, listen, run } from "./capture/run.js";
import { scrolled } from "./element.js";
import { show } from "./indicator.js";
import { admitted, pageOf, standing } from "./rules.js";
import { sender } from "./send.js";
import { bare } from "./spot.js";
import { extent, ratio, viewport } from "./view.js";
import { MARK, PAGE, SCROLL } from "./kinds.js";
import { encode, U16 } from "./wire.js";
import { renew, update } from "./yes.js";

export { give, withdraw } from "./yes.js";

/** A visit ends after this long without an event, ms. */
const IDLE = 30 * 60 * 1000;
/** How a page was reached when the address changed without a load. */
const IN_PAGE = 3;

/**
 * Starts to record, and shows that it does.
 * @param {import("./types.d.ts").Session} session
 * @returns {import("./types.d.ts").Running}
 */
export function start(session) {
  const { recording } = session;
  const consented = () => standing(session.read(), recording, Date.now());
  const d = crypto.getRandomValues(new Uint8Array(8));
  let release = admitted(recording.releases, session.release);
  let path = "";
  let page = -1;

  /** What is left of a closing page, where fetch does not outlive it. @param {string} path @param {BodyInit} body */
  async function beacon(path, body) {
    if (!navigator.sendBeacon(session.at(path), body)) throw Error();
    return new Response(null, { status: 204 });
  }

  /** @returns {import("./batch.js").View | null} */
  function look() {
    const consent = consented();
    if (!consent || page < 0) return null;
    const now = Date.now();
    const i = now - consent.last > IDLE ? consent.visit + 1 : consent.visit;
    update(session, { visit: i, last: now });
    const s = Math.max(0, now - consent.skew - consent.yes);
    return { d, p: page, r: release || undefined, i, w: viewport(), g: extent(), z: ratio(), s };
  }

  const sending = sender({
    encode: (batch) => {
      const consent = consented();
      return consent && encode(batch, consent.token);
    },
    post: (body, closing) => (closing && !("keepalive" in Request.prototype) ? beacon : session.post)("/v1/events", body),
    renew: () => renew(session), gone: session.gone, later: (work, ms) => setTimeout(work, ms), random: Math.random,
  });
  const batch = batcher({
    view: look, send: sending.push, extent, clock: () => performance.now(), later: (work, ms) => setTimeout(work, ms),
  });

  /** @param {number} index of the page @param {number} way @param {number} took ms */
  function enter(index, way, took) {
    batch.cut();
    page = index;
    put(PAGE, bare(Math.min(took, U16), way));
    put(SCROLL, bare(...scrolled()));
  }
  /** @param {number} kind @param {import("./types.d.ts").Spot} spot @param {number} pointer */
  function put(kind, { hash, x, y, fx, fy }, pointer = 0) {
    if (page >= 0) batch.add(kind | (pointer << 5), hash, [x, y, fx, fy]);
  }
  /** @param {number} way @param {number} took */
  function view(way, took) {
    path = location.pathname;
    enter(pageOf(path, recording.pages), way, took);
  }
  const turn = () => {
    if (location.pathname !== path) view(IN_PAGE, 0);
  };
  const stopSignals = run({
    add: (kind, spot, pointer) => { turn(); put(kind, spot, pointer); },
    cut: batch.cut, view, turn, listen, contain, click: { hash: 0, at: -Infinity },
  });
  const leave = () => { batch.cut(); sending.flush(); };
  const stops = [
    listen(window, { pagehide: leave }),
    listen(document, { visibilitychange: () => document.hidden && leave() }),
    stopSignals, sending.stop,
  ];

  return {
    stop: () => stops.forEach((stop) => stop()),
    hide: show(session),
    mark: (name) => put(MARK, { ...bare(recording.marks.indexOf(name)) }),
    page: (name) => enter(recording.pages.findIndex((rule) => rule.name === name), IN_PAGE, 0),
    release: (name) => { batch.cut(); release = admitted(recording.releases, name); },
  };
}
