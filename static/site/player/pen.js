// The visitor's hand: pointer with its trail, clicks, and what went wrong, drawn over the page.

import { last } from "./find.js";

/** @typedef {import("./types.d.ts").View} View */
/** @typedef {CanvasRenderingContext2D} Pen */

/** How long a trail, a click's ring and a mark of trouble are seen, ms. */
const TRAIL = 1400;
const RING = 700;
const TROUBLE = 2600;
/** A pointer glides between two samples that are so near, ms; else it rested. */
const GLIDE = 400;
/** Light on dark pages, dark on light ones: each line has a seam of the other. */
const INK = "#1463ff";
const SEAM = "#ffffff";
const BAD = "#d32020";
/** An arrow with its tip at 0, 0. */
const ARROW = new Path2D("M0 0 L0 17 L4.4 13.2 L7.2 19.6 L10 18.4 L7.2 12.2 L13 12.2 Z");

/** Where the pointer is. @param {View["path"]} path @param {number} now @returns {[number, number] | null} */
export function pointer({ t, x, y }, now) {
  const i = last(t, now);
  if (i < 0) return null;
  const gap = t[i + 1] - t[i];
  const share = gap <= GLIDE ? (now - t[i]) / gap : 0;
  return share ? [x[i] + (x[i + 1] - x[i]) * share, y[i] + (y[i + 1] - y[i]) * share] : [x[i], y[i]];
}

/** @param {Pen} pen @param {View["path"]} path @param {number} now */
function trail(pen, path, now) {
  const end = last(path.t, now);
  const at = pointer(path, now);
  for (let i = Math.max(last(path.t, now - TRAIL), 0); i <= end; i++) {
    if (path.t[i] < now - TRAIL) continue;
    const [x, y] = i < end ? [path.x[i + 1], path.y[i + 1]] : /** @type {number[]} */ (at);
    pen.globalAlpha = 0.75 * (1 - (now - path.t[i]) / TRAIL);
    for (const [colour, width] of /** @type {[string, number][]} */ ([[SEAM, 6], [INK, 3]])) {
      pen.beginPath();
      pen.moveTo(path.x[i], path.y[i]);
      pen.lineTo(x, y);
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      pen.stroke();
    }
  }
  pen.globalAlpha = 1;
}

/** @param {Pen} pen @param {number} x @param {number} y @param {number} radius @param {string} colour @param {number} alpha */
function ring(pen, x, y, radius, colour, alpha) {
  pen.globalAlpha = alpha;
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.lineWidth = 7;
  pen.strokeStyle = SEAM;
  pen.stroke();
  pen.lineWidth = 4;
  pen.strokeStyle = colour;
  pen.stroke();
  pen.globalAlpha = 1;
}

/** Rings around what happened in the last `span` ms. @param {number[]} times @param {number} now @param {number} span
 * @param {(i: number, share: number) => void} draw */
function recent(times, now, span, draw) {
  for (let i = last(times, now); i >= 0 && times[i] > now - span; i--) draw(i, (now - times[i]) / span);
}

/** @param {Pen} pen @param {number} x @param {number} y @param {number} scale of the page, so that the arrow keeps its size */
function arrow(pen, x, y, scale) {
  pen.save();
  pen.translate(x, y);
  pen.scale(1.35 / scale, 1.35 / scale);
  pen.lineWidth = 2.5;
  pen.strokeStyle = SEAM;
  pen.stroke(ARROW);
  pen.fillStyle = "#111";
  pen.fill(ARROW);
  pen.restore();
}

/** @param {HTMLCanvasElement} canvas @param {View} view */
export function pen(canvas, view) {
  const context = /** @type {Pen} */ (canvas.getContext("2d"));
  const bad = view.story.filter(({ trouble, at }) => trouble && at);
  const times = bad.map(({ t }) => t);

  /** @param {number} now @param {number} scale px of the screen per px of the window */
  return function draw(now, scale) {
    const ratio = devicePixelRatio * scale;
    const [width, height] = view.stage.map((side) => Math.round(side * ratio));
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, ...view.stage);
    context.lineCap = context.lineJoin = "round";
    trail(context, view.path, now);
    recent(times, now, TROUBLE, (i, share) => {
      const [x, y] = /** @type {number[]} */ (bad[i].at);
      ring(context, x, y, 34 + 6 * Math.sin(share * 18), BAD, 1 - share ** 4);
    });
    recent(view.clicks.t, now, RING, (i, share) => ring(context, view.clicks.x[i], view.clicks.y[i], 8 + 22 * share, INK, 1 - share));
    const at = pointer(view.path, now);
    if (at && !view.path.touch) arrow(context, at[0], at[1], scale);
  };
}
