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

/** Whether a whole text fits a pattern; one that this browser cannot read fits nothing.
 * @param {string} text @param {string} pattern */
export function fits(text, pattern) {
  try {
    return RegExp(`^(?:${pattern})$`).test(text);
  } catch {
    return false;
  }
}

/**
 * The index of the first page rule that an address fits, or -1. Of the query only the keys that a rule names take part.
 * @param {{pathname: string, search: string}} address
 * @param {import("./types.d.ts").PageRule[]} pages
 */
export const pageOf = ({ pathname, search }, pages) => pages.findIndex(({ pattern, query = [] }) => {
  const given = new URLSearchParams(search);
  const named = query.filter((key) => given.has(key)).map((key) => `${key}=${given.get(key)}`);
  return fits(pathname + (named.length ? `?${named.join("&")}` : ""), pattern);
});

/**
 * The consent to a recording, while it stands.
 * @param {Kept} kept @param {Recording} recording @param {number} now ms, by this browser's clock
 * @returns {import("./types.d.ts").Consent | null}
 */
export function standing(kept, recording, now) {
  const entry = /** @type {import("./types.d.ts").Consent} */ (kept);
  return entry.token && !entry.stopped && entry.recording === recording.id && now - entry.skew < entry.until ? entry : null;
}

/**
 * Whether the asking rules let us ask: no consent, no standing no, not asked lately.
 * @param {Kept} kept what this browser keeps
 * @param {number} now ms
 */
export const mayAsk = ({ token, no = 0, asked = 0 }, now) => !(token || no > now || now - asked < ASK_AGAIN);
