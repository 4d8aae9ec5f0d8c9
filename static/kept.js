// What this browser keeps: one entry, and nothing of the visitor before the answer.

/** @typedef {import("./types.d.ts").Kept} Kept */

const NAME = "yesmap";

/** The entry, empty when there is none, or this browser keeps nothing at all. @returns {Kept} */
export function read() {
  try {
    return JSON.parse(localStorage[NAME] ?? "{}");
  } catch {
    return {};
  }
}

/** That somebody was asked, and where the receipt is, outlives everything else. @param {Kept} entry */
export function write(entry) {
  const { asked, receipt } = read();
  try {
    localStorage[NAME] = JSON.stringify({ asked, receipt, ...entry });
  } catch {
    // Full or forbidden: the visitor is asked again, which is the safe side.
  }
}
