// Events to batches: one page view, one viewport, a few seconds, each element once.

import { ELEMENT, NO_ELEMENT, RECORD, U16 } from "./wire.js";

/** @typedef {import("./types.d.ts").Batch} Batch */
/** What is the same for all events of a batch. @typedef {Omit<Batch, "n" | "e" | "b">} View */

/** A batch is sent this long after its first event, ms. */
const EVERY = 5000;
/** Never older than this, also where timers slept: the format ends at a minute, ms. */
const OLDEST = 50_000;
/** Bytes of elements and records that a batch may hold. */
const MOST_BYTES = 12_000;
/** More events than this are not made by a person: at once, and each second. The collector refuses a bit more. */
const BURST = 150;
const PER_SECOND = 35;

/**
 * @typedef {object} Ways
 * @property {() => View | null} view null: nothing is recorded here
 * @property {() => [number, number]} extent of the document, CSS px
 * @property {() => number} clock ms, only ever forward
 * @property {(batch: Batch) => void} send
 * @property {(work: () => void, ms: number) => unknown} later
 */

/** @param {number} n */
const whole = (n) => Math.round(n);
/** @param {number} n */
const fits = (n) => n >= 0 && n <= U16;

/** @param {Ways} ways */
export function batcher(ways) {
  /** @type {Batch | null} */
  let open = null;
  let began = 0;
  let n = 0;
  /** @type {Map<number, number>} */
  const rows = new Map();

  function cut() {
    const batch = open;
    open = null;
    if (!batch?.b.length) return;
    // Positions lie in the document as it was at the start, or as it has grown since.
    batch.g = /** @type {[number, number]} */ (ways.extent().map((size, i) => Math.max(size, batch.g[i])));
    ways.send(batch);
  }

  /** @returns {Batch | null} */
  function begin() {
    const view = ways.view();
    if (!view) return null;
    rows.clear();
    began = ways.clock();
    const batch = /** @type {Batch} */ ({ ...view, n: n++, e: [], b: [] });
    ways.later(() => batch === open && cut(), EVERY);
    return batch;
  }

  /** The row of an element in the table, or null when the table is full. @param {Batch} batch @param {number} hash */
  function rowOf(batch, hash) {
    if (!hash) return NO_ELEMENT;
    if (!rows.has(hash)) {
      if (batch.e.length === NO_ELEMENT) return null;
      rows.set(hash, batch.e.push(hash) - 1);
    }
    return /** @type {number} */ (rows.get(hash));
  }

  /**
   * Adds one event. What lies outside of the format (left of the page, beyond 65,535 px) is left out, never clamped.
   * @param {number} kind with the pointer in its high bits @param {number} hash of the element, 0 for none
   * @param {[number, number, number, number]} places x, y, fx, fy
   * @returns {void}
   */
  function add(kind, hash, places) {
    const [x, y, fx, fy] = places.map(whole);
    if (![x, y, fx, fy].every(fits)) return;
    if (open && ways.clock() - began > OLDEST) cut();
    const batch = (open ??= begin());
    if (!batch) return;
    const t = whole(ways.clock() - began);
    if (batch.b.length > BURST + (PER_SECOND * t) / 1000) return;
    const el = rowOf(batch, hash);
    if (el === null) return cut(), add(kind, hash, places);
    batch.b.push([t, kind, el, x, y, fx, fy]);
    if (batch.b.length * RECORD + batch.e.length * ELEMENT >= MOST_BYTES) cut();
  }

  return { add, cut };
}
