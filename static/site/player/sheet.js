// The page in the window: its picture in the state that the visitor saw, scrolled to where they were.

import { last } from "./find.js";

/** @typedef {import("./types.d.ts").View} View */
/** @typedef {import("./types.d.ts").Backdrop} Backdrop */

/** @param {string} name of a class @param {string} [text] */
export function div(name, text = "") {
  const made = document.createElement("div");
  made.className = name;
  made.textContent = text;
  return made;
}

/** The outermost column of a picture, to go on beside it where the window is wider. @param {HTMLImageElement} image @param {number} margin @param {boolean} right */
function edge(image, margin, right) {
  const column = document.createElement("canvas");
  [column.width, column.height] = [1, image.naturalHeight];
  column.getContext("2d")?.drawImage(image, right ? image.naturalWidth - 1 : 0, 0, 1, image.naturalHeight, 0, 0, 1, image.naturalHeight);
  column.className = "edge";
  // A px more than the margin: where the two meet, scaling would leave a seam.
  Object.assign(column.style, { width: `${margin + 1}px`, height: `${image.height}px`, left: `${right ? image.width - 1 : -margin}px` });
  return column;
}

/** What stands for a page: its screenshot, boxes with names, or a sentence. @param {Backdrop} backdrop @param {number} margin beside it, px */
function page({ picture, boxes, width, height }, margin) {
  const made = div("page");
  Object.assign(made.style, { width: `${width}px`, height: `${height}px` });
  if (picture) {
    const image = new Image(width);
    image.src = picture;
    image.alt = "";
    if (margin > 0) image.decode().then(() => made.append(edge(image, margin, false), edge(image, margin, true)), () => {});
    made.append(image);
  } else if (boxes) {
    for (const [x, y, w, h, name] of boxes) {
      const box = div("box", name);
      Object.assign(box.style, { left: `${x}px`, top: `${y}px`, width: `${w}px`, height: `${h}px` });
      made.append(box);
    }
  } else made.append(div("nothing", "There is no snapshot of this page yet, so only the way of the pointer is shown."));
  return made;
}

/** @param {HTMLElement} root @param {View} view */
export function sheet(root, view) {
  const margin = (view.stage[0] - view.states[0].width) / 2;
  const pages = view.states.map((backdrop) => page(backdrop, margin));
  const pinned = view.states.map((backdrop) => backdrop.pinned.map(([x, y, w, h, to]) => {
    const strip = div("pinned");
    const whole = w >= backdrop.width;
    Object.assign(strip.style, { left: `${whole ? 0 : margin + x}px`, top: `${to}px`, width: whole ? "100%" : `${w}px`, height: `${h}px` });
    const inner = page(backdrop, margin);
    inner.style.transform = `translate(${whole ? margin : -x}px, ${-y}px)`;
    strip.append(inner);
    return strip;
  }));
  const covers = view.covers.map(({ name, box: [x, y, w, h] }) => {
    const cover = div("cover", name);
    Object.assign(cover.style, { left: `${x}px`, top: `${y}px`, width: `${w}px`, height: `${h}px` });
    return cover;
  });
  root.replaceChildren(...pages, ...pinned.flat(), ...covers);
  const turns = view.turns.map(([t]) => t);

  /** @param {number} now */
  return function show(now) {
    const state = view.turns[Math.max(last(turns, now), 0)]?.[1] ?? 0;
    const top = view.scroll.y[Math.max(last(view.scroll.t, now), 0)] ?? 0;
    view.states.forEach((backdrop, number) => {
      pages[number].hidden = number !== state;
      pages[number].style.transform = `translate(${margin}px, ${-top}px)`;
      backdrop.pinned.forEach(([, y, , , to], nth) => void (pinned[number][nth].hidden = number !== state || top <= y - to));
    });
    view.covers.forEach(({ from, to }, number) => void (covers[number].hidden = now < from || now >= to));
  };
}
