// What happened, in sentences beside the picture; each leads to its moment.

import { last, minutes } from "./find.js";

/** @typedef {import("./types.d.ts").Line} Line */
/** A sentence stands under the picture for so long, ms. */
const SAID = 3200;

/** Pressed by a pointer it does not keep the focus, and the space bar goes on to play. @param {HTMLElement} button @param {() => void} work */
const follows = (button, work) => button.addEventListener("click", ({ detail }) => {
  if (detail) button.blur();
  work();
});

/** All lines, with the pauses that were cut. @param {import("./types.d.ts").Replay} replay @returns {Line[]} */
export function lines({ views, pauses }) {
  const away = pauses.map(({ t, ms }) => ({ t, kind: "pause", text: `Nothing for ${minutes(ms)} min` }));
  return [...views.flatMap(({ story }) => story), ...away].sort((a, b) => a.t - b.t);
}

/** @param {HTMLElement} list @param {Line[]} told @param {(t: number) => void} go to a moment */
export function story(list, told, go) {
  const rows = told.map((line) => {
    const row = document.createElement("li");
    row.className = `line ${line.kind} ${line.trouble ? "trouble" : ""}`;
    const button = document.createElement("button");
    button.type = "button";
    const time = document.createElement("time");
    time.textContent = minutes(line.t);
    button.append(time, document.createTextNode(line.text));
    follows(button, () => go(line.t));
    row.append(button);
    return row;
  });
  list.replaceChildren(...rows);
  const times = told.map(({ t }) => t);
  let current = -2;

  return {
    /** Marks the line of this moment; gives what is to be said under the picture. @param {number} now @returns {Line | null} */
    show(now) {
      const i = last(times, now);
      if (i !== current) {
        rows[current]?.removeAttribute("aria-current");
        rows[i]?.setAttribute("aria-current", "true");
        current = i;
        const row = rows[i];
        if (row) list.scrollTop = row.offsetTop - (list.clientHeight - row.offsetHeight) / 2; // its offset is in the list
        else list.scrollTop = 0;
      }
      const said = [...told.slice(0, i + 1)].reverse().filter(({ t }) => t > now - SAID);
      return said.find(({ trouble }) => trouble) ?? said[0] ?? null;
    },
    /** The moment of the next line, or of the one before. @param {number} now @param {1 | -1} way @param {boolean} [bad] only what went wrong */
    step(now, way, bad = false) {
      const some = told.filter(({ trouble }) => !bad || trouble).map(({ t }) => t);
      return way > 0 ? some.find((t) => t > now) : some.reverse().find((t) => t < now);
    },
  };
}

/** What went wrong, each thing once, with its first moment and how often it was. @param {Line[]} told */
export function troubles(told) {
  /** @type {Map<string, Line & {times: number}>} */
  const found = new Map();
  for (const line of told.filter(({ trouble }) => trouble)) {
    const [, text, times = "1"] = /** @type {string[]} */ (/^(.*?)(?:, (\d+) times)?$/s.exec(line.text));
    const before = found.get(text);
    found.set(text, { ...(before ?? line), text, times: (before?.times ?? 0) + Number(times) });
  }
  return [...found.values()].map(({ times, ...line }) => ({ ...line, text: times > 1 ? `${line.text}, ${times} times` : line.text }));
}

/** @param {HTMLElement} root @param {Line[]} told @param {(t: number) => void} go to a moment */
export function summary(root, told, go) {
  root.replaceChildren(...troubles(told).map((line) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "trouble";
    button.textContent = line.text;
    follows(button, () => go(line.t));
    return button;
  }));
  if (!root.children.length) root.textContent = "Nothing went wrong that a browser can tell.";
}
