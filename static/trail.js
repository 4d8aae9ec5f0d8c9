// A visitor's own way as pictures, one for each page, out of the copy of their data.

/** @typedef {{page: string, viewport: [number, number], document: [number, number], events: [t: number, kind: string, pointer: string, x: number, y: number, ...rest: number[]][]}} Batch */

/** A picture is this wide, px, and no higher than so many times that. */
const WIDTH = 420;
const HIGHEST = 4;
const WAY = "#2f6fde";
const CLICK = "#d03535";

/**
 * What was recorded, page by page: its size and its events in order.
 * @param {Batch[]} batches
 * @returns {{page: string, width: number, height: number, moves: [number, number][], clicks: [number, number][], scrolls: number}[]}
 */
export function pages(batches) {
  const found = new Map();
  for (const { page, document: size, events } of batches) {
    const it = found.get(page) ?? { page, width: 1, height: 1, moves: [], clicks: [], scrolls: 0 };
    found.set(page, it);
    it.width = Math.max(it.width, size[0]);
    it.height = Math.max(it.height, size[1]);
    for (const [, kind, , x, y] of events) {
      if (kind === "move") it.moves.push([x, y]);
      if (kind === "click") it.clicks.push([x, y]);
      if (kind === "scroll") it.scrolls++;
    }
  }
  return [...found.values()];
}

/** @param {HTMLCanvasElement} canvas @param {ReturnType<typeof pages>[number]} page */
export function draw(canvas, { width, height, moves, clicks }) {
  const scale = WIDTH / width;
  const sharp = devicePixelRatio;
  const high = Math.min(height * scale, WIDTH * HIGHEST);
  [canvas.width, canvas.height] = [WIDTH * sharp, high * sharp];
  canvas.style.width = `${WIDTH}px`;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.scale(scale * sharp, scale * sharp);
  pen.lineWidth = 2 / scale;
  pen.strokeStyle = WAY;
  pen.lineJoin = "round";
  pen.beginPath();
  for (const [x, y] of moves) pen.lineTo(x, y);
  pen.stroke();
  pen.fillStyle = CLICK;
  for (const [x, y] of clicks) {
    pen.beginPath();
    pen.arc(x, y, 5 / scale, 0, 2 * Math.PI);
    pen.fill();
  }
}
