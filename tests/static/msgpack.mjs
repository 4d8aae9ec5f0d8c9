// Reads the msgpack that the wire format uses; for tests only, nothing in the browser reads it.

/** @param {Uint8Array} bytes */
export function unpack(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (n) => bytes.subarray(at, (at += n));
  const uint = (n) => take(n).reduce((sum, byte) => sum * 256 + byte, 0);
  const text = (n) => new TextDecoder("utf-8", { fatal: true }).decode(take(n));
  const list = (n) => Array.from({ length: n }, value);
  const map = (n) => Object.fromEntries(Array.from({ length: n }, () => [value(), value()]));
  const sized = { 0xc4: [1, take], 0xc5: [2, take], 0xd9: [1, text], 0xda: [2, text] };

  function value() {
    const type = view.getUint8(at++);
    if (type < 0x80) return type;
    if (type < 0x90) return map(type & 15);
    if (type < 0xa0) return list(type & 15);
    if (type < 0xc0) return text(type & 31);
    if (type >= 0xcc && type <= 0xce) return uint(1 << (type - 0xcc));
    if (!sized[type]) throw new Error(`type ${type.toString(16)} is not part of the wire format`);
    const [width, read] = sized[type];
    return read(uint(width));
  }

  const whole = value();
  if (at !== bytes.length) throw new Error(`${bytes.length - at} bytes are left over`);
  return whole;
}

/** A body of POST /v1/events back to readable values. @param {Uint8Array} body */
export function readBatch(body) {
  const { d, e, b, ...rest } = unpack(body);
  const table = new DataView(e.buffer, e.byteOffset, e.byteLength);
  const block = new DataView(b.buffer, b.byteOffset, b.byteLength);
  const row = (at) => [
    block.getUint16(at, true), block.getUint8(at + 2), block.getUint8(at + 3),
    ...[4, 6, 8, 10].map((field) => block.getUint16(at + field, true)),
  ];
  return {
    ...rest,
    d: Buffer.from(d).toString("hex"),
    e: Array.from({ length: e.length / 4 }, (_, i) => table.getUint32(4 * i, true)),
    b: Array.from({ length: b.length / 12 }, (_, i) => row(12 * i)),
  };
}
