// A visitor's own way as pictures, one for each page, out of the copy of their data.

/** @typedef {[number, number]} Point */
/** @typedef {{page: string, start: number, viewport: [number, number], document: [number, number],
 *   events: [t: number, kind: string, pointer: string, x: number, y: number, ...rest: number[]][]}} Batch */
/** One page: its size, how far down it was seen, each way of the pointer without a break, clicks in order.
 * @typedef {{page: string, width: number, height: number, seen: number, ways: Point[][], moves: number, clicks: Point[], scrolls: number}} Page */

/** A picture is this wide, px, and no higher than so many times that. */
const WIDTH = 434;
const HIGHEST = 4;
/** A click is a dot of this radius, px; the last of its numbers that still fits in it. */
const DOT = 8;
const NUMBERED = 99;
/** What comes after one of these begins a way of its own. */
const BREAKS = ["page", "visible", "resize"];
/** Both are told from either background, light or dark, by at least 3 : 1. */
export const COLOURS = { moves: "#3b7ddd", clicks: "#d23b3b", scrolls: "#3b7ddd33" };

/** What was recorded, page by page. @param {Batch[]} batches @returns {Page[]} */
export function pages(batches) {
  /** @type {Map<string, Page>} */
  const found = new Map();
  for (const { page, document: size, viewport, events } of [...batches].sort((a, b) => a.start - b.start)) {
    const it = found.get(page) ?? { page, width: 1, height: 1, seen: viewport[1], ways: [[]], moves: 0, clicks: [], scrolls: 0 };
    found.set(page, it);
    it.width = Math.max(it.width, size[0]);
    it.height = Math.max(it.height, size[1]);
    for (const event of events) put(it, event, viewport[1]);
  }
  return [...found.values()];
}

/** @param {Page} it @param {Batch["events"][number]} event @param {number} high the window, CSS px */
function put(it, [, kind, , x, y, element], high) {
  if (BREAKS.includes(kind)) it.ways.push([]);
  if (kind === "move" || kind === "click") it.ways[it.ways.length - 1].push([x, y]);
  if (kind === "move") it.moves++;
  if (kind === "click") it.clicks.push([x, y]);
  if (kind !== "scroll") return;
  it.scrolls++;
  // In a scrolling box it says something else: the page itself has no element.
  if (element === null) it.seen = Math.max(it.seen, y + high);
}

/** @param {HTMLCanvasElement} canvas @param {Page} page */
export function draw(canvas, { width, height, seen, ways, clicks }) {
  const scale = WIDTH / width;
  const sharp = Math.max(devicePixelRatio, 1);
  [canvas.width, canvas.height] = [WIDTH * sharp, Math.min(height * scale, WIDTH * HIGHEST) * sharp];
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.scale(sharp, sharp);
  pen.fillStyle = COLOURS.scrolls;
  pen.fillRect(0, 0, WIDTH, Math.min(seen, height) * scale);
  pen.strokeStyle = COLOURS.moves;
  pen.lineWidth = 2;
  pen.lineJoin = pen.lineCap = "round";
  for (const way of ways) {
    pen.beginPath();
    for (const [x, y] of way) pen.lineTo(x * scale, y * scale);
    pen.stroke();
  }
  clicks.forEach(([x, y], before) => dot(pen, x * scale, y * scale, before + 1));
}

/** A click, with its number. @param {CanvasRenderingContext2D} pen @param {number} x @param {number} y @param {number} number */
function dot(pen, x, y, number) {
  pen.beginPath();
  pen.arc(x, y, DOT, 0, 2 * Math.PI);
  pen.fillStyle = COLOURS.clicks;
  pen.fill();
  if (number > NUMBERED) return;
  pen.fillStyle = "#fff";
  pen.font = "600 10px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(`${number}`, x, y + 0.5);
}
