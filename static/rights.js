// What a visitor may ask of the collector about their own recording: each request with a short-lived token.

/** @typedef {import("./types.d.ts").Session} Session */
/** @typedef {import("./types.d.ts").Purpose} Purpose */

/** A token that ends sooner than this is asked for anew, ms. */
const SPARE = 30_000;
/** The last token, whose it is, and when it ends by the collector's clock. */
let held = { audit: "", rights: "", expires: 0 };

/** What the collector answers to somebody who may ask it. @param {Session} session @param {string} path @param {object} [form] */
export async function ask({ post, consent, gone }, path, form = {}) {
  const { token, audit = "", skew = 0 } = consent() ?? {};
  if (held.audit !== audit || held.expires + skew < Date.now() + SPARE) {
    held = { audit, ...await taken(post("/v1/rights", { token, audit }), gone) };
  }
  return taken(post(path, { rights: held.rights, ...form }), gone);
}

/** @param {Promise<Response>} asked @param {() => void} gone */
async function taken(asked, gone) {
  const answer = await asked;
  if (answer.status === 410) gone();
  if (!answer.ok) throw Error((await answer.json()).error.message);
  return answer.json();
}

/** @param {Session} session @param {Partial<import("./types.d.ts").Consent>} change of a consent that stands */
const update = ({ consent, write }, change) => consent() && write({ .../** @type {any} */ (consent()), ...change });

/** Holds the recording, or goes on with it. A pause begins here before the collector has heard of it; what follows one
 * begins when the collector has. @param {Session} session @param {boolean} [paused] */
export async function pause(session, paused = true) {
  if (!session.consent()) return false;
  const tell = () => ask(session, "/v1/pause", { paused });
  if (!paused) await tell();
  update(session, { paused });
  session.changed();
  if (paused) await tell();
  return true;
}

/** Changes what the recording is used for. @param {Session} session @param {Purpose[]} purposes */
export const use = async (session, purposes) => update(session, await ask(session, "/v1/purposes", { purposes }));
