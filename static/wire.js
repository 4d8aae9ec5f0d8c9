// The wire format, version 1: a batch to the bytes of one POST body. Only what this one map needs of msgpack.

/** @typedef {number | string | Uint8Array | number[]} Value */

/** Bytes of one record, and of one element in the table. */
export const RECORD = 12;
export const ELEMENT = 4;
/** `el` of an event that belongs to no element; also the most elements that a table can hold. */
export const NO_ELEMENT = 255;
export const U16 = 0xffff;
const VERSION = 1;

/** A number in so many bytes, big endian. @param {number} n @param {number} size @returns {number[]} */
const big = (n, size) => (size ? [...big(n >>> 8, size - 1), n & 255] : []);

/** The type and length, or type and whole number, each as short as msgpack allows.
 * @param {number} n @param {number} fixed up to what n stands in the type itself @param {number} inline that type
 * @param {number} sized the type for one byte; for two and four it is one and two more */
function head(n, fixed, inline, sized) {
  const power = n < 0x100 ? 0 : n < 0x10000 ? 1 : 2;
  return n < fixed ? [inline | n] : [sized + power, ...big(n, 1 << power)];
}

/** @param {any} value number, string, array of numbers, or typed array @returns {number[]} */
function pack(value) {
  if (typeof value === "number") return head(value, 0x80, 0, 0xcc);
  if (Array.isArray(value)) return [0x90 | value.length, ...value.flatMap(pack)];
  const bytes = value.buffer ? new Uint8Array(value.buffer) : new TextEncoder().encode(value);
  return [...(value.buffer ? head(bytes.length, 0, 0, 0xc4) : head(bytes.length, 32, 0xa0, 0xd9)), ...bytes];
}

/**
 * The body of POST /v1/events. Keys in the order of the batch; release and variant are left out when there is none.
 * Typed arrays are little endian, as on every machine that runs a browser.
 * @param {import("./types.d.ts").Batch} batch
 * @param {string} token
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function encode(batch, token) {
  const records = Uint16Array.from(batch.b.flatMap(([t, kind, el, ...places]) => [t, kind | (el << 8), ...places]));
  const map = { v: VERSION, k: token, ...batch, e: Uint32Array.from(batch.e), b: records };
  const given = Object.entries(map).filter(([, value]) => value != null);
  return Uint8Array.from([0x80 | given.length, ...given.flat().flatMap(pack)]);
}
