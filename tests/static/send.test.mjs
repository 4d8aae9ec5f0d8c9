// The queue, with a collector and a clock of our own.
import assert from "node:assert/strict";
import { test } from "node:test";

import { sender } from "../../static/send.js";

const OFFLINE = "offline";

/** A batch of about so many bytes. */
const batch = (n, records = 1) => ({ n, e: [], b: Array(records).fill([0, 0, 255, 0, 0, 0, 0]) });
const turn = () => new Promise((resolve) => setImmediate(resolve));
const refusal = (status, code, headers = {}) =>
  new Response(JSON.stringify({ error: { code, message: "" } }), { status, headers });

/** A queue whose collector answers in this order, then 204; an answer may be a promise. */
function start(answers = [], { fresh = true } = {}) {
  const it = { posts: [], closing: [], timers: [], gone: 0, renewed: 0, consent: true };
  const way = {
    encode: (b) => (it.consent ? Uint8Array.of(b.n) : null),
    post: async (body, closing) => {
      it.posts.push(body[0]);
      it.closing.push(closing);
      const answer = await answers.shift();
      if (answer === OFFLINE) throw new TypeError("no network");
      return answer ?? new Response(null, { status: 204 });
    },
    renew: async () => {
      it.renewed++;
      if (fresh === OFFLINE) throw new TypeError("no network");
      return fresh;
    },
    gone: () => it.gone++,
  };
  globalThis.setTimeout = (work, ms) => it.timers.push({ work, ms });
  Math.random = () => 1;
  return { ...sender(way), it };
}

test("batches go one at a time, in order", async () => {
  let answer;
  const { push, it } = start([new Promise((resolve) => (answer = resolve))]);
  for (const n of [0, 1, 2]) push(batch(n));
  await turn();
  assert.deepEqual(it.posts, [0]);
  answer(new Response(null, { status: 204 }));
  await turn();
  assert.deepEqual(it.posts, [0, 1, 2]);
});

test("without a network a batch is kept, and tried again after 1, 2, 4 … s", async () => {
  const { push, it } = start([OFFLINE, OFFLINE, OFFLINE]);
  push(batch(0));
  await turn();
  for (let i = 0; i < 3; i++) { it.timers[i].work(); await turn(); }
  assert.deepEqual(it.posts, [0, 0, 0, 0]);
  assert.deepEqual(it.timers.map(({ ms }) => ms), [1000, 2000, 4000]);
});

test("the wait after a failure never grows beyond a minute", async () => {
  const { push, it } = start(Array(12).fill(OFFLINE));
  push(batch(0));
  for (let i = 0; i < 11; i++) { await turn(); it.timers[i].work(); }
  await turn();
  assert.equal(Math.max(...it.timers.map(({ ms }) => ms)), 60_000);
});

for (const status of [429, 503]) {
  test(`${status} waits at least as long as Retry-After says`, async () => {
    const { push, it } = start([refusal(status, "busy", { "Retry-After": "7" })]);
    push(batch(0));
    await turn();
    assert.deepEqual(it.timers.map(({ ms }) => ms), [8000]);
  });
}

for (const status of [400, 413, 415]) {
  test(`${status} drops that batch and goes on`, async () => {
    const { push, it } = start([refusal(status, "malformed")]);
    for (const n of [0, 1]) push(batch(n));
    await turn();
    assert.deepEqual(it.posts, [0, 1]);
    assert.deepEqual(it.timers, []);
  });
}

test("an expired token is renewed once and the batch sent again", async () => {
  const { push, it } = start([refusal(401, "token_expired")]);
  for (const n of [0, 1]) push(batch(n));
  await turn();
  assert.deepEqual([it.posts, it.renewed], [[0, 0, 1], 1]);
});

test("a token that is expired again is the end of sending", async () => {
  const { push, it } = start([refusal(401, "token_expired"), refusal(401, "token_expired")]);
  for (const n of [0, 1]) push(batch(n));
  await turn();
  assert.deepEqual([it.posts, it.renewed, it.gone], [[0, 0], 1, 0]);
});

test("a renewal without a network is tried again later", async () => {
  const { push, it } = start([refusal(401, "token_expired")], { fresh: OFFLINE });
  push(batch(0));
  await turn();
  assert.deepEqual([it.posts, it.timers.length], [[0], 1]);
});

for (const [status, code] of [[403, "wrong_origin"], [409, "session_full"]]) {
  test(`${code} stops the events and leaves the token`, async () => {
    const { push, it } = start([refusal(status, code)]);
    for (const n of [0, 1]) push(batch(n));
    await turn();
    push(batch(2));
    await turn();
    assert.deepEqual([it.posts, it.gone, it.timers], [[0], 0, []]);
  });
}

test("a token that is not renewed stops the events and stays", async () => {
  const { push, it } = start([refusal(401, "bad_token")], { fresh: false });
  for (const n of [0, 1]) push(batch(n));
  await turn();
  push(batch(2));
  await turn();
  assert.deepEqual([it.posts, it.gone, it.timers], [[0], 0, []]);
});

for (const code of ["withdrawn", "ended"]) {
  test(`${code} stops at once and tells so once`, async () => {
    const { push, it } = start([refusal(410, code)]);
    for (const n of [0, 1]) push(batch(n));
    await turn();
    push(batch(2));
    await turn();
    assert.deepEqual([it.posts, it.gone], [[0], 1]);
  });
}

test("where the consent is gone, in another tab, nothing is sent any more", async () => {
  const { push, it } = start();
  it.consent = false;
  push(batch(0));
  await turn();
  assert.deepEqual([it.posts, it.gone], [[], 1]);
});

test("stopping drops what waits", async () => {
  let answer;
  const { push, stop, it } = start([new Promise((resolve) => (answer = resolve))]);
  for (const n of [0, 1]) push(batch(n));
  stop();
  answer(new Response(null, { status: 204 }));
  await turn();
  assert.deepEqual(it.posts, [0]);
});

test("a closing page sends what waits beside what is in flight, and does not send that twice", async () => {
  const { push, sendAll, it } = start([new Promise(() => {})]);
  for (const n of [0, 1, 2]) push(batch(n));
  sendAll();
  await turn();
  assert.deepEqual(it.posts, [0, 1, 2]);
  assert.deepEqual(it.closing, [false, true, true]);
});

test("the last batch of a closing page knows that it closes, though nothing was in flight", async () => {
  const { push, sendAll, it } = start();
  push(batch(0), true);
  sendAll();
  await turn();
  assert.deepEqual(it.posts, [0]);
  assert.deepEqual(it.closing, [true]);
});

test("a closing page stays within the quota that its requests share", async () => {
  const { push, sendAll, it } = start([new Promise(() => {})]);
  for (const n of [0, 1, 2, 3, 4, 5, 6]) push(batch(n, 1000));
  sendAll();
  await turn();
  assert.deepEqual(it.posts, [0, 1, 2, 3]);
});

test("what failed while the page was hidden goes when it is seen again", async () => {
  const { push, sendAll, it } = start([OFFLINE, OFFLINE]);
  push(batch(0));
  await turn();
  sendAll();
  await turn();
  it.timers[0].work();
  await turn();
  assert.deepEqual(it.posts, [0, 0, 0]);
});

test("the queue is bounded: what comes when it is full is let go", async () => {
  let answer;
  const { push, it } = start([new Promise((resolve) => (answer = resolve))]);
  for (let n = 0; n < 130; n++) push(batch(n));
  answer(new Response(null, { status: 204 }));
  for (let i = 0; i < 200; i++) await turn();
  assert.equal(it.posts.length, 120);
  assert.deepEqual([0, 1, 119], [it.posts[0], it.posts[1], it.posts.at(-1)]);
});
