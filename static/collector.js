// Requests to the collector that this file came from: no cookies, no referrer.

/** A collector that says nothing for so long is not there, ms. */
const SILENCE = 20_000;

/** @param {string} path */
export const at = (path) => new URL(path, import.meta.url).href;

/** @param {string} path @param {RequestInit} [more] */
const request = (path, more) =>
  fetch(at(path), { credentials: "omit", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(SILENCE), ...more });

/** What is recorded on this site now, or null. @returns {Promise<import("./types.d.ts").Recording | null>} */
export async function recordingHere() {
  const answer = await request("/v1/recording");
  return answer.status === 200 ? answer.json() : null;
}

/** Rejects without a network; goes on when the page is closed. @param {string} path @param {BodyInit} body */
export const post = (path, body) => request(path, { method: "POST", body, keepalive: true });
