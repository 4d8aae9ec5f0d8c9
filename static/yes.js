// A yes and what becomes of it: given, renewed, withdrawn.

import { NO, standing } from "./rules.js";

/** @typedef {import("./types.d.ts").Session} Session */

/** @param {number} status */
const unreachable = (status) => status === 429 || status >= 500;

/** @param {Session} session @param {string} path @param {object} form */
const send = ({ post }, path, form) => post(`/v1/${path}`, JSON.stringify(form));

/**
 * Asks the collector to take a yes, and keeps what it answers.
 * @param {Session} session
 * @param {{purposes: import("./types.d.ts").Purpose[], language: string, device: import("./types.d.ts").Device}} yes
 * @returns {Promise<boolean>} whether it did
 */
export async function give(session, yes) {
  const { id, nv } = session.recording;
  const answer = await send(session, "consent", { recording: id, nv, ...yes });
  if (!answer.ok) return false;
  const consent = await answer.json();
  const last = Date.now();
  session.write({ recording: id, ...consent, purposes: yes.purposes, skew: last - consent.yes, visit: 0, last });
  return true;
}

/** @param {Session} session @param {Partial<import("./types.d.ts").Consent>} change */
export function update({ recording, read, write }, change) {
  const consent = standing(read(), recording, Date.now());
  if (consent) write({ ...consent, ...change });
}

/** @param {Session} session @returns {Promise<boolean>} whether there is a fresh token; rejects without a network */
export async function renew(session) {
  const answer = await send(session, "renew", { token: session.read()?.token });
  if (unreachable(answer.status)) throw Error();
  if (answer.ok) update(session, await answer.json());
  if (answer.status === 410) session.gone();
  return answer.ok;
}

/** @param {Session} session @returns {Promise<boolean>} false: the collector cannot be reached, the next page tries again */
export async function withdraw(session) {
  const entry = session.read();
  if (!entry?.token) return true;
  session.write({ ...entry, stopped: true });
  const { token, audit } = entry;
  const status = await send(session, "withdraw", { token, audit }).then((answer) => answer.status, () => 500);
  if (!unreachable(status)) session.write({ no: Date.now() + NO });
  return !unreachable(status);
}
