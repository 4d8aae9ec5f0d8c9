// Requests to the collector that this file came from: no cookies, no referrer.

/** A collector that says nothing for so long is not there, ms. */
const SILENCE = 20_000;

/** @param {string} path */
export const at = (path) => new URL(path, import.meta.url).href;

/** @param {string} path @param {RequestInit} [more] */
const request = (path, more) =>
  fetch(at(path), { credentials: "omit", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(SILENCE), ...more });

/** What is there, null when nothing is; rejects when the collector cannot say. @param {string} path @returns {Promise<any>} */
export const get = (path) => request(path).then((answer) =>
  answer.ok ? answer.status === 200 ? answer.json() : null : Promise.reject(answer));

/** Rejects without a network; goes on when the page is closed. @param {string} path @param {object} form or the bytes themselves */
export const post = (path, form) => request(path, {
  method: "POST", keepalive: true,
  body: /** @type {any} */ (form).buffer ? /** @type {Uint8Array<ArrayBuffer>} */ (form) : JSON.stringify(form),
});
