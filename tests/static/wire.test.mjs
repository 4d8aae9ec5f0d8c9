// The wire vectors: the same values are the same bytes here and in the collector.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { encode } from "../../static/wire.js";
import { readBatch } from "./msgpack.mjs";

const vectors = JSON.parse(await readFile(new URL("../wire/vectors.json", import.meta.url), "utf8"));

/** @param {string} hex */
const bytes = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));

test("there are vectors for every kind and limit", () => {
  assert.ok(vectors.length >= 12);
  const kinds = new Set(vectors.flatMap(({ batch }) => batch.b.map(([, kind]) => kind & 31)));
  assert.deepEqual([...kinds].sort((a, b) => a - b), [...Array(17).keys()]);
});

for (const { name, batch, bytes: hex } of vectors) {
  test(`writes ${name}`, () => {
    const written = encode({ ...batch, d: bytes(batch.d) }, batch.k);
    assert.equal(Buffer.from(written).toString("hex"), hex);
  });

  test(`reads ${name}`, () => assert.deepEqual(readBatch(bytes(hex)), batch));

  test(`fits a body: ${name}`, () => assert.ok(bytes(hex).length <= 16 * 1024));
}
