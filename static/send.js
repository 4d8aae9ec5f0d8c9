// Queue and sending: one batch in flight, in order, none let go before it is acknowledged.

/** @typedef {import("./types.d.ts").Batch} Batch */

/** The wait after the first failure, ms; it doubles with each further one. */
const BACKOFF = 1000;
const LONGEST_BACKOFF = 60_000;
/** Batches that may wait: ten minutes without a network. What comes then is let go. */
const MOST_WAITING = 120;
/** All keepalive requests of a page share 64 KiB: what a closing page may send at once, bytes. */
const CLOSING = 60_000;
/** About what stands around the records of a batch: the token and the numbers of the view, bytes. */
const AROUND = 600;
/** Answers after which nothing more is sent: not taken from here, from this session, or not any more. */
const LAST = [401, 403, 409, 410];

/**
 * @typedef {object} Way
 * @property {(batch: Batch) => Uint8Array<ArrayBuffer> | null} encode null: there is no consent any more
 * @property {(body: Uint8Array<ArrayBuffer>, closing: boolean) => {status: number} | Promise<Response>} post rejects without a network
 * @property {() => Promise<boolean>} renew whether there is a fresh token; rejects without a network
 * @property {() => void} gone withdrawn, ended or destroyed
 */

/** Whether the collector could not say yes or no: try again. @param {number} status */
export const silent = (status) => status === 429 || status >= 500;

/** Of a batch, bytes. @param {Batch} batch */
const sizeOf = (batch) => 12 * batch.b.length + 4 * batch.e.length + AROUND;

/**
 * @param {Way} way
 * @returns {import("./types.d.ts").Sender}
 */
export function sender({ encode, post, renew, gone }) {
  /** @type {Set<Batch>} */
  const waiting = new Set();
  /** @type {Set<Batch>} */
  const flying = new Set();
  let failures = 0;
  let paused = false;
  let over = false;

  /** A batch that is not settled waits: for an answer, or to be tried again; what nobody would ever take is settled.
   * @param {Batch} batch @param {boolean} closing @param {boolean} [fresh] with a token that was just renewed @returns {Promise<void>} */
  async function send(batch, closing, fresh) {
    flying.add(batch);
    try {
      const body = encode(batch);
      const answer = body && (await post(body, closing));
      const status = answer?.status ?? 410;
      if (silent(status)) throw answer;
      if (status === 401 && !fresh && (await renew())) return send(batch, closing, true);
      if (status === 410 && !over) gone();
      if (LAST.includes(status)) stop();
      waiting.delete(batch);
      failures = 0;
    } catch (answer) {
      const asked = /** @type {any} */ (answer)?.headers?.get("Retry-After") * 1000 || 0;
      if (!paused) setTimeout(resume, asked + Math.min(LONGEST_BACKOFF, BACKOFF * 2 ** failures++) * (1 + Math.random()) / 2);
      paused = true;
    }
    flying.delete(batch);
    pump();
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

  /** @param {Batch} batch */
  const grounded = (batch) => !flying.has(batch);

  return {
    push(batch, closing) {
      if (over || waiting.size >= MOST_WAITING) return;
      waiting.add(batch);
      if (!closing) pump();
    },
    sendAll() {
      let room = CLOSING;
      // What is in flight waits as well, and has taken its part of the room.
      for (const batch of waiting) if ((room -= sizeOf(batch)) >= 0 && grounded(batch)) send(batch, true);
    },
    stop,
    start: () => void (over = false),
  };
}
