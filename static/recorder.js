// What runs after a yes: the signals, the batches, the sending and the sign that it is on.

import { batcher } from "./batch.js";
import { run } from "./capture/run.js";
import { scrolled } from "./element.js";
import { NO } from "./rules.js";
import { contain } from "./listen.js";
import { sender, silent } from "./send.js";
import { show } from "./sign.js";
import { bare } from "./spot.js";
import { extent, ratio, viewport } from "./view.js";
import { BACK, MARK, PAGE, SCROLL } from "./kinds.js";
import { encode, U16 } from "./wire.js";

const MINUTE = 60_000;
/** A visit ends after this long without an event, ms; to the minute. */
const IDLE = 30 * MINUTE;
/** Who comes back to a page this soon did not find on the other what they went for, ms. */
const QUICK = 7000;
/** How a page was reached when the address changed without a load. */
const IN_PAGE = 3;
const EVENTS = "/v1/events";

/**
 * Has everything erased that the collector keeps of this visitor; capture and sending have ended by now.
 * @param {import("./types.d.ts").Session} session
 * @returns {Promise<boolean>} false: the collector cannot be reached, the next page tries again
 */
export async function withdraw({ read, write, post }) {
  const { receipt, token, audit } = /** @type {import("./types.d.ts").Consent} */ (read());
  const status = await post("/v1/withdraw", { token, audit }).then((answer) => answer.status, () => 500);
  if (silent(status)) return false;
  // Meanwhile there may have been another yes.
  if (read()?.audit === audit) write({ no: Date.now() + NO, receipt });
  return true;
}

/**
 * Starts to record, and shows that it does.
 * @param {import("./types.d.ts").Session} session
 * @returns {import("./types.d.ts").Running}
 */
export function start(session) {
  const { recording, labels, consent, write, post, gone, pageHere, fits } = session;
  /** @param {Partial<import("./types.d.ts").Consent>} change of a consent that stands */
  const update = (change) => consent() && write({ .../** @type {any} */ (consent()), ...change });
  const d = crypto.getRandomValues(new Uint8Array(8));
  const later = setTimeout.bind(null);
  let page = -1;
  let href = "";
  let path = "";

  /** @returns {import("./batch.js").View | null} */
  function look() {
    const given = consent();
    if (!given || page < 0) return null;
    const { releases, variants } = recording;
    const [release, variant] = ["release", "variant"].map((name) => labels[/** @type {"release"} */ (name)]
      ?? document.querySelector(`meta[name=yesmap-${name}]`)?.getAttribute("content") ?? "");
    const now = Date.now();
    const quiet = now - given.last;
    const i = quiet > IDLE ? given.visit + 1 : given.visit;
    if (quiet > MINUTE) update({ visit: i, last: now });
    return {
      d, p: page, r: releases && fits(release, releases) ? release || undefined : undefined, a: variants.includes(variant) ? variant : undefined,
      i, w: viewport(), g: extent(), z: ratio(), s: Math.max(0, now - given.skew - given.yes),
    };
  }

  /** Whether there is a fresh token; rejects without a network. */
  async function renew() {
    const answer = await post("/v1/renew", { token: consent()?.token });
    if (silent(answer.status)) throw answer;
    if (answer.ok) update(await answer.json());
    if (answer.status === 410) gone();
    return answer.ok;
  }

  const sending = sender({
    encode: (batch) => {
      const given = consent();
      return given && encode(batch, given.token);
    },
    /** What is left of a closing page goes by beacon where fetch does not outlive it. */
    post: async (body, closing) => closing && !("keepalive" in Request.prototype)
      ? new Response(null, { status: navigator.sendBeacon(session.at(EVENTS), body) ? 204 : 503 })
      : post(EVENTS, body),
    renew, gone, later, random: Math.random,
  });
  const batch = batcher({ view: look, send: sending.push, extent, clock: () => performance.now(), later });

  /** @param {number} kind @param {import("./types.d.ts").Spot} spot @param {number} [pointer] */
  const put = (kind, spot, pointer = 0) => batch.add(kind | (pointer << 5), spot);

  /** Begins another page view. @param {number} index of the page @param {number} way @param {number} [took] ms */
  function enter(index, way, took = 0) {
    batch.cut();
    page = index;
    ({ href, pathname: path } = location);
    if (page < 0) return session.count("uncovered");
    const now = Date.now();
    const [before, left, since] = consent()?.seen ?? [-1, page, now];
    put(PAGE, bare(Math.min(took, U16), way));
    put(SCROLL, bare(...scrolled()));
    if (page === before && page !== left && now - since < QUICK) put(BACK, bare(left, now - since));
    update({ seen: [left, page, now] });
  }

  /** Looks whether the address has become another page's. */
  const turn = contain(() => {
    if (location.href === href) return;
    ({ href } = location);
    if (pageHere() !== page || location.pathname !== path) enter(pageHere(), IN_PAGE);
  });

  const tape = /** @type {import("./types.d.ts").Tape} */ ({
    add: (kind, spot, pointer) => {
      if (!("navigation" in window)) turn();
      put(kind, spot, pointer);
    },
    cut: batch.cut, view: (way, took) => enter(pageHere(), way, took), turn, clicked: [], shown: -Infinity, click: [0, 0],
    leave() {
      turn();
      batch.cut();
      sending.flush();
    },
  });
  const sign = show(session);
  let stopSignals = () => {};
  let on = false;

  /** As the consent now says: a pause ends the signals, not the sending of what was kept before it. */
  function refresh() {
    const paused = !!consent()?.paused;
    sign.refresh(paused);
    session.say(paused ? "paused" : "on");
    if (on !== paused) return;
    on = !paused;
    stopSignals();
    batch.cut();
    if (!on) return;
    sending.start();
    stopSignals = run(tape);
  }
  refresh();

  return {
    stop() {
      stopSignals();
      sending.stop();
    },
    hide: sign.hide,
    refresh,
    relabel: batch.cut,
    page: (name) => enter(recording.pages.findIndex((rule) => rule.name === name), IN_PAGE),
    mark: (name) => on && put(MARK, bare(recording.marks.indexOf(name))),
  };
}
