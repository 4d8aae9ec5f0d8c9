// What this browser keeps: one entry, and nothing of the visitor before the answer.

/** @typedef {import("./types.d.ts").Kept} Kept */

const NAME = "yesmap";

/** The entry, or null when this browser keeps nothing at all: then nobody can be asked. @returns {Kept | null} */
export function read() {
  try {
    return JSON.parse(localStorage[NAME] ?? "{}");
  } catch {
    return null;
  }
}

/** @param {Kept} entry */
export function write(entry) {
  try {
    localStorage[NAME] = JSON.stringify(entry);
  } catch {
    // Full or forbidden: the visitor is asked again, which is the safe side.
  }
}
