// Queue and sending: one batch in flight, in order, none let go before it is acknowledged.

/** @typedef {import("./types.d.ts").Batch} Batch */

/** The wait after the first failure, ms; it doubles with each further one. */
const BACKOFF = 1000;
const LONGEST_BACKOFF = 60_000;
/** Batches that may wait: ten minutes without a network. The oldest goes when there are more. */
const MOST_WAITING = 120;
/** All keepalive requests of a page share 64 KiB: what a closing page may send at once, bytes. */
const CLOSING = 60_000;
/** About what stands around the records of a batch: the token and the numbers of the view, bytes. */
const AROUND = 600;

/**
 * @typedef {object} Way
 * @property {(batch: Batch) => Uint8Array<ArrayBuffer> | null} encode null: there is no consent any more
 * @property {(body: Uint8Array<ArrayBuffer>, closing: boolean) => Promise<Response>} post rejects without a network
 * @property {() => Promise<boolean>} renew whether there is a fresh token; rejects without a network
 * @property {() => void} gone withdrawn, ended or destroyed
 * @property {(work: () => void, ms: number) => unknown} later
 * @property {() => number} random 0..1
 */

/** @param {Batch} batch */
const sizeOf = (batch) => 12 * batch.b.length + 4 * batch.e.length + AROUND;

/** What an answer means: a number is to try again after so many ms; "done" also drops what nobody would ever take.
 * @param {Response} answer @returns {Promise<number | "done" | "renew" | "gone" | "stop">} */
async function verdict(answer) {
  const { status } = answer;
  if (status === 410) return "gone";
  if (status === 429 || status >= 500) return (Number(answer.headers.get("Retry-After")) || 0) * 1000;
  if (status === 403 || status === 409) return "stop";
  if (status !== 401) return "done";
  return answer.json().then(({ error }) => (error.code === "token_expired" ? "renew" : "stop"), () => "stop");
}

/**
 * @param {Way} way
 * @returns {import("./types.d.ts").Sender}
 */
export function sender(way) {
  /** @type {Set<Batch>} */
  const waiting = new Set();
  /** @type {Set<Batch>} */
  const flying = new Set();
  let failures = 0;
  let paused = false;
  let over = false;

  /** Whether the batch is settled, or how long to wait, ms.
   * @param {Batch} batch @param {boolean} closing @param {boolean} fresh @returns {Promise<true | number>} */
  async function deliver(batch, closing, fresh) {
    const body = way.encode(batch);
    const said = body ? await verdict(await way.post(body, closing)) : "gone";
    if (typeof said === "number") return said;
    if (said === "renew" && !fresh && (await way.renew())) return deliver(batch, closing, true);
    if (said !== "done") stop();
    if (said === "gone") way.gone();
    return true;
  }

  /** @param {Batch} batch @param {boolean} closing */
  async function send(batch, closing) {
    flying.add(batch);
    const said = await deliver(batch, closing, false).catch(() => 0);
    flying.delete(batch);
    if (said === true) {
      failures = 0;
      waiting.delete(batch);
      pump();
    } else if (!paused) {
      paused = true;
      way.later(resume, said + Math.min(LONGEST_BACKOFF, BACKOFF * 2 ** failures++) * (0.5 + way.random() / 2));
    }
  }

  function resume() {
    paused = false;
    pump();
  }

  function pump() {
    const [next] = waiting;
    if (next && !flying.size && !paused) send(next, false);
  }

  function stop() {
    over = true;
    waiting.clear();
  }

  return {
    push(batch) {
      if (over) return;
      waiting.add(batch);
      const oldest = [...waiting].find((b) => !flying.has(b));
      if (oldest && waiting.size > MOST_WAITING) waiting.delete(oldest);
      pump();
    },
    flush() {
      let room = CLOSING - [...flying].reduce((sum, b) => sum + sizeOf(b), 0);
      for (const batch of waiting) if (!flying.has(batch) && (room -= sizeOf(batch)) >= 0) send(batch, true);
    },
    stop,
  };
}
