// Events to batches, with a clock of our own.
import assert from "node:assert/strict";
import { test } from "node:test";

import { batcher } from "../../static/batch.js";

const at = (hash, x = 1) => [hash, x, 2, 3, 4];

function start({ flush = () => {}, view = () => ({ d: new Uint8Array(8), p: 0, i: 0, w: [1280, 800], g: [1280, 2000], z: [100, 100], s: 5 }) } = {}) {
  const it = { now: 100, size: [1280, 3000], sent: [], timers: [] };
  globalThis.document = { documentElement: { get scrollWidth() { return it.size[0]; }, get scrollHeight() { return it.size[1]; } } };
  globalThis.setTimeout = (work, ms) => it.timers.push({ work, ms });
  performance.now = () => it.now;
  return { ...batcher(view, (b) => it.sent.push(b), flush), it };
}

test("a batch is sent ten seconds after its first event", () => {
  const { add, it } = start();
  add(0, at(7));
  it.now += 40;
  add(1, at(9));
  add(1, at(0));
  assert.deepEqual([10_000], it.timers.map(({ ms }) => ms));
  it.timers[0].work();
  assert.deepEqual([[0, 0, 0, 1, 2, 3, 4], [40, 1, 1, 1, 2, 3, 4], [40, 1, 255, 1, 2, 3, 4]], it.sent[0].b);
  assert.deepEqual([7, 9], it.sent[0].e);
});

test("a timer of a batch that is gone does nothing to the next", () => {
  const { add, cut, it } = start();
  add(0, at(0));
  cut();
  add(0, at(0));
  it.timers[0].work();
  assert.equal(it.sent.length, 1);
});

test("an empty batch is not sent", () => {
  const { add, cut, it } = start();
  for (let i = 0; i < 3; i++) { add(0, at(0)); cut(); cut(); }
  assert.deepEqual([1, 1, 1], it.sent.map(({ b }) => b.length));
});

test("a batch that was opened for what was not told after all is not sent", () => {
  const { open, cut, it } = start();
  open();
  cut();
  assert.deepEqual([], it.sent);
});

test("what was noted is told before what comes next, and before its batch ends", () => {
  let noted = [];
  const flush = () => noted.splice(0).forEach((now) => add(0, at(7), now));
  const { add, cut, open, it } = start({ flush });
  open();
  noted = [130, 170];
  it.now = 200;
  add(1, at(7));
  noted = [250];
  cut();
  assert.deepEqual([[30, 0], [70, 0], [100, 1], [150, 0]], it.sent[0].b.map(([t, kind]) => [t, kind]));
});

test("no event lies before the one before it, nor before its batch", () => {
  const { add, cut, it } = start();
  add(0, at(7), 95);
  it.now = 150;
  add(1, at(7));
  add(0, at(7), 140);
  cut();
  assert.deepEqual([0, 50, 50], it.sent[0].b.map(([t]) => t));
});

test("what an event does not say is 0", () => {
  const { add, cut, it } = start();
  add(12, [0, 5]);
  cut();
  assert.deepEqual([[0, 12, 255, 5, 0, 0, 0]], it.sent[0].b);
});

test("a batch keeps the largest size that its document had", () => {
  const { add, cut, it } = start();
  add(0, at(0));
  it.size = [1400, 900];
  cut();
  assert.deepEqual([1400, 2000], it.sent[0].g);
});

test("what does not fit the format is left out, not clamped", () => {
  const { add, cut, it } = start();
  for (const x of [-1, 65536, NaN, 65535, 0.4]) add(0, at(0, x));
  cut();
  assert.deepEqual([65535, 0], it.sent[0].b.map((row) => row[3]));
});

test("the 256th element begins another batch", () => {
  const { add, cut, it } = start();
  for (let i = 1; i <= 256; i++) { it.now += 40; add(0, at(i)); }
  cut();
  assert.deepEqual([255, 1], it.sent.map(({ e }) => e.length));
  assert.deepEqual([0, 0, 0, 1, 2, 3, 4], it.sent[1].b[0]);
});

test("a batch ends at 12 kB", () => {
  const { add, it } = start();
  for (let i = 0; i < 1000; i++) { it.now += 30; add(0, at(0)); }
  assert.deepEqual([1000], it.sent.map(({ b }) => b.length));
});

test("a batch that slept does not grow beyond a minute", () => {
  const { add, it } = start();
  add(0, at(0));
  it.now += 50_001;
  add(0, at(0));
  assert.deepEqual([1], it.sent.map(({ b }) => b.length));
});

test("more events than a person makes are left out", () => {
  const { add, cut, it } = start();
  for (let i = 0; i < 1000; i++) add(8, at(0));
  cut();
  assert.ok(it.sent[0].b.length <= 200);
});

test("without a view nothing is kept", () => {
  const { add, cut, it } = start({ view: () => null });
  add(0, at(7));
  cut();
  assert.deepEqual([], it.sent);
});
