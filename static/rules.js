// Which page an address is, which device class a width is, whether a visitor may be asked. Pure.

/** @typedef {import("./types.d.ts").Recording} Recording */
/** @typedef {import("./types.d.ts").Kept} Kept */

export const DAY = 24 * 3600 * 1000;
/** A no holds for six months. */
export const NO = 183 * DAY;
/** Nobody is asked more than once in this time, whatever the answer was. */
export const ASK_AGAIN = 90 * DAY;

/** @param {number} width of the viewport, CSS px @returns {import("./types.d.ts").Device} */
export const deviceOf = (width) => (width < 600 ? "mobile" : width <= 1024 ? "tablet" : "desktop");

/** A wildcard as a regular expression: `*` is one step of a path, `**` any number of them. @param {string} pattern */
const wildcard = (pattern) =>
  pattern.split(/(\*+)/).map((part) => (part === "*" ? "[^/]*" : /^\*/.test(part) ? ".*" : part.replace(/[^\w/]/g, "\\$&"))).join("");

/** @param {string} path @param {import("./types.d.ts").PageRule} rule */
function fits(path, { kind, pattern }) {
  if (kind === "path") return path === pattern;
  try {
    return RegExp(`^(?:${kind === "regex" ? pattern : wildcard(pattern)})$`).test(path);
  } catch {
    return false;
  }
}

/**
 * The index of the first page rule that a path fits, or -1. Query and fragment take no part.
 * @param {string} path
 * @param {import("./types.d.ts").PageRule[]} pages
 */
export const pageOf = (path, pages) => pages.findIndex((rule) => fits(path, rule));

/**
 * A release that the recording's pattern lets in, else none.
 * @param {string | null} pattern
 * @param {string} name
 */
export const admitted = (pattern, name) => (pattern && fits(name, { name: "", kind: "regex", pattern }) ? name : "");

/**
 * The consent to a recording, while it stands.
 * @param {Kept | null} kept @param {Recording} recording @param {number} now ms, by this browser's clock
 * @returns {import("./types.d.ts").Consent | null}
 */
export function standing(kept, recording, now) {
  const entry = /** @type {import("./types.d.ts").Consent | null} */ (kept);
  return entry?.token && !entry.stopped && entry.recording === recording.id && now - entry.skew < entry.until ? entry : null;
}

/**
 * Whether the asking rules let us ask: no standing no, not asked lately, no signal that already says no.
 * @param {Kept | null} kept what this browser keeps; null: it can keep nothing, so it could not keep a no
 * @param {Recording} recording
 * @param {{now: number, signal: boolean}} here signal: Global Privacy Control or Do Not Track is on
 */
export const mayAsk = (kept, recording, { now, signal }) =>
  !!kept && !kept.token && !((kept.no ?? 0) > now) && !(now - (kept.asked ?? 0) < ASK_AGAIN) && !(signal && recording.gpc !== "ask");
