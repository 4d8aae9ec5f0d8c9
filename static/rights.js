// What a visitor may ask of the collector about their own recording, and what a site's own consent tool passes on.

import { NO } from "./rules.js";
import { silent } from "./send.js";

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
  session.keptChanged();
  if (paused) await tell();
  return true;
}

/**
 * Has everything erased that the collector keeps of this visitor; capture and sending have ended by now.
 * @param {Session} session
 * @returns {Promise<boolean>} false: the collector cannot be reached, the next page tries again
 */
export async function withdraw({ read, write, post }) {
  const { token, audit } = /** @type {import("./types.d.ts").Consent} */ (read());
  const { status } = await post("/v1/withdraw", { token, audit });
  if (silent(status)) return false;
  // Meanwhile there may have been another yes.
  if (read().audit === audit) write({ no: Date.now() + NO });
  return true;
}

/** Whether there is a fresh token; rejects without a network. @param {Session} session */
export async function renew(session) {
  const { token, audit } = session.consent() ?? {};
  const answer = await session.post("/v1/renew", { token });
  if (silent(answer.status)) throw answer;
  // Meanwhile there may have been another yes.
  if (session.consent()?.audit !== audit) return true;
  if (answer.ok) update(session, await answer.json());
  if (answer.status === 410) session.gone();
  return answer.ok;
}

/**
 * A yes that the site's own consent tool was given, to the notice that it showed.
 * @param {Session} session @param {{purposes?: Purpose[], notice?: string}} [answer]
 */
export async function allow(session, { purposes = ["heatmap"], notice } = {}) {
  if (notice !== session.recording.nv) {
    throw Error("yesmap.allow: pass as `notice` the version of the notice that was shown: (await yesmap.notice()).version");
  }
  // Where a yes stands, also one that was just given in another tab, this is the newer one.
  const taken = await session.give(purposes, "site");
  const given = session.consent()?.purposes ?? [];
  if (taken && String([...purposes].sort()) !== String([...given].sort())) await use(session, purposes);
  return taken;
}

/** Changes what the recording is used for. @param {Session} session @param {Purpose[]} purposes */
export const use = async (session, purposes) => update(session, await ask(session, "/v1/purposes", { purposes }));
