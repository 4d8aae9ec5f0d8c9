// A picture of a page out of one part or several, as wide as its device class, with texts unreadable or not.

/** Side of a square in which a coarse picture has one colour, px: higher than the letters of a text. */
const COARSE = 14;
/** A WebP picture ends there, px. */
const HIGHEST = 16_383;

/** @typedef {{width: number, height: number}} Size */

/** How high each part is at a width, and all of them together, px. @param {Size[]} parts @param {number} width */
export function heights(parts, width) {
  const each = parts.map((part) => Math.round((part.height * width) / part.width));
  return { each, all: Math.min(each.reduce((sum, height) => sum + height, 0), HIGHEST) };
}

/**
 * Puts the parts below each other.
 * @param {HTMLCanvasElement} canvas @param {ImageBitmap[]} parts @param {number} width @param {boolean} coarse
 */
export function draw(canvas, parts, width, coarse) {
  const { each, all } = heights(parts, width);
  [canvas.width, canvas.height] = [width, Math.max(all, 1)];
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  let top = 0;
  parts.forEach((part, i) => {
    pen.drawImage(part, 0, top, width, each[i]);
    top += each[i];
  });
  if (!coarse) return;
  // Small, by way of the mean of each square, then large again: what is between two squares' colours is gone for good.
  const small = document.createElement("canvas");
  [small.width, small.height] = [Math.ceil(width / COARSE), Math.ceil(all / COARSE)];
  const other = /** @type {CanvasRenderingContext2D} */ (small.getContext("2d"));
  other.imageSmoothingQuality = "high";
  other.drawImage(canvas, 0, 0, small.width, small.height);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(small, 0, 0, small.width * COARSE, small.height * COARSE);
}
