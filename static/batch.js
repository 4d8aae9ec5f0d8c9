// Events to batches: one page view, one viewport, a few seconds, each element once.

import { extent } from "./view.js";
import { ELEMENT, NO_ELEMENT, RECORD, U16 } from "./wire.js";

/** @typedef {import("./types.d.ts").Batch} Batch */
/** What is the same for all events of a batch. @typedef {Omit<Batch, "e" | "b">} View */

/** A batch is sent this long after its first event, ms: each costs a request and the token once more. */
const EVERY = 10_000;
/** Never older than this, also where timers slept: the format ends at a minute, ms. */
const OLDEST = 50_000;
/** Bytes of elements and records that a batch may hold. */
const MOST_BYTES = 12_000;
/** More events than this are not made by a person: at once, and each second. The collector refuses a bit more. */
const BURST = 150;
const PER_SECOND = 35;

/**
 * @param {() => View | null} view null: nothing is recorded here
 * @param {(batch: Batch, closing?: boolean) => void} send
 * @param {() => void} flush adds what was noted before
 */
export function batcher(view, send, flush) {
  /** @type {Batch | null} */
  let open = null;
  let began = 0;

  /** @param {boolean} [closing] the page may be gone the next moment */
  function cut(closing) {
    flush();
    const batch = open;
    open = null;
    if (!batch?.b.length) return;
    // Positions lie in the document as it was at the start, or as it has grown since.
    batch.g = /** @type {[number, number]} */ (extent().map((size, i) => Math.max(size, batch.g[i])));
    send(batch, closing);
  }

  /** @returns {Batch | null} */
  function begin() {
    const seen = view();
    if (!seen) return null;
    began = performance.now();
    const batch = { ...seen, e: [], b: [] };
    setTimeout(() => batch === open && cut(), EVERY);
    return batch;
  }

  /**
   * Adds one event. What lies outside of the format (left of the page, beyond 65,535 px) is left out, never clamped.
   * @param {number} kind with the pointer in its high bits
   * @param {import("./types.d.ts").Spot} spot
   * @param {number} [now] when it was noted (performance.now)
   * @returns {void}
   */
  function add(kind, [hash, x = 0, y = 0, fx = 0, fy = 0], now) {
    if (!now) flush();
    now ??= performance.now();
    const places = [x, y, fx, fy].map(Math.round);
    if (!places.every((n) => n >= 0 && n <= U16)) return;
    if (now - began > OLDEST || open?.e.length === NO_ELEMENT) cut();
    open ??= begin();
    if (!open) return;
    const { b, e } = open;
    const t = Math.max(Math.round(now - began), b.at(-1)?.[0] ?? 0);
    if (b.length > BURST + (PER_SECOND * t) / 1000) return;
    let el = hash ? e.indexOf(hash) : NO_ELEMENT;
    if (el < 0) el = e.push(hash) - 1;
    b.push(/** @type {import("./types.d.ts").Row} */ ([t, kind, el, ...places]));
    if (b.length * RECORD + e.length * ELEMENT >= MOST_BYTES) cut();
  }

  return { add, cut, open: () => open ??= begin() };
}
