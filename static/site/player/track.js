// The timeline: pages one after the other, what went wrong on them, and where we are.

import { minutes } from "./find.js";
import { div } from "./sheet.js";

/** @param {HTMLElement} root @param {import("./types.d.ts").Replay} replay @param {(t: number) => void} seek */
export function track(root, { length, views }, seek) {
  const range = /** @type {HTMLInputElement} */ (root.querySelector("input"));
  const pages = /** @type {HTMLElement} */ (root.querySelector(".pages"));
  const marks = /** @type {HTMLElement} */ (root.querySelector(".ticks"));
  const share = (/** @type {number} */ t) => `${(100 * t) / Math.max(length, 1)}%`;
  range.max = String(length);
  range.addEventListener("input", () => seek(Number(range.value)));
  pages.replaceChildren(...views.map(({ page, from }, i) => {
    const end = views[i + 1]?.from ?? length;
    const part = div("part", page);
    part.title = page;
    Object.assign(part.style, { left: share(from), width: share(end - from) });
    return part;
  }));
  marks.replaceChildren(...views.flatMap(({ story }) => story).filter(({ kind, trouble }) => trouble || kind === "mark").map((line) => {
    const tick = div(`tick ${line.trouble ?? "mark"}`);
    tick.title = `${minutes(line.t)} ${line.text}`;
    tick.style.left = share(line.t);
    return tick;
  }));

  /** @param {number} now @param {string} page */
  return function show(now, page) {
    range.value = String(now);
    range.setAttribute("aria-valuetext", `${minutes(now)} of ${minutes(length)}, ${page}`);
  };
}
