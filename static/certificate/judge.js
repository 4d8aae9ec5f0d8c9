// Is a certificate as it was signed, and whose key is it? Everything is worked out here, in the reader's browser.

import { canonical } from "./canonical.js";

/**
 * @typedef {{ result: "genuine" | "changed" | "unreadable" | "unable", key: string, recording: string, notice: string }} Judged
 */

/** @param {string} text of the certificate, a JSON document @returns {Promise<Judged>} */
export async function judge(text) {
  const judged = /** @type {Judged} */ ({ result: "unreadable", key: "", recording: "", notice: "" });
  /** @type {Uint8Array<ArrayBuffer>} */ let key, /** @type {Uint8Array<ArrayBuffer>} */ signature, content;
  try {
    const signed = JSON.parse(text);
    [key, signature, content] = [bytes(signed.public_key), bytes(signed.signature), signed.content];
    Object.assign(judged, { key: signed.public_key, recording: content.recording, notice: content.notice });
  } catch {
    return judged;
  }
  try {
    const known = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
    const written = new TextEncoder().encode(canonical(content));
    const holds = await crypto.subtle.verify({ name: "Ed25519" }, known, signature, written);
    return { ...judged, result: holds ? "genuine" : "changed" };
  } catch {
    return { ...judged, result: "unable" };
  }
}

/**
 * Whether the notice that visitors were shown before their yes names this key. The notice's own name is the beginning of
 * its SHA-256, so whoever knows which notice they were shown knows the key as well.
 * @param {string} notice its name @param {ArrayBuffer} document @param {string} key
 */
export async function named(notice, document, key) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", document));
  const hex = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const told = JSON.parse(new TextDecoder().decode(document));
  return hex.startsWith(notice) && notice.length === 12 && told.certificate_key === key;
}

/** @param {string} base64 */
function bytes(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
