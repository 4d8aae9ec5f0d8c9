// A picture of the whole page out of what this tab shows, screen by screen. Marks in two corners change with each screen:
// when a picture shows them it is one of this tab, of the whole of it, and of now.

import { unpin } from "./shade.js";

/** Colours of the marks, one after the other. */
const COLOURS = [[255, 0, 255], [0, 255, 0]];
/** A channel may be so far off: what a tab shows comes as video. */
const NEAR = 70;
/** Side of a mark, and of what is looked at in the middle of it, CSS px. */
const MARK = 12;
const EYE = 4;
/** So long a mark is looked for, and how often, ms. It may take a few times as long to go as to come, not for ever: where
 * its colour is the page's own it never goes. */
const PATIENCE = 4000;
const GONE = 500;
const TIMES = 4;
const LOOK = 25;
/** A WebP picture ends there, px. */
const HIGHEST = 16_383;

/** What this tab shows; rejects when it is not shared. @returns {Promise<HTMLVideoElement>} */
export async function screen() {
  const wanted = { video: { displaySurface: "browser" }, preferCurrentTab: true, selfBrowserSurface: "include", surfaceSwitching: "exclude" };
  const video = document.createElement("video");
  video.srcObject = await navigator.mediaDevices.getDisplayMedia(/** @type {any} */ (wanted));
  video.muted = true;
  await video.play();
  return video;
}

/**
 * @param {HTMLVideoElement} video
 * @param {import("./measure.js").Measured} page
 * @param {HTMLElement[]} marks in the first and in the last corner of the window
 */
export async function film(video, { width, height, scale }, marks) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height: Math.min(height, HIGHEST) });
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  /** @type {(() => void) | undefined} */
  let pin;
  try {
    for (let y = 0; y * scale < canvas.height; y += innerHeight) {
      if (y && !pin) pin = unpin();
      scrollTo({ top: y, behavior: "instant" });
      await fresh(video, marks);
      const part = document.documentElement.clientWidth / innerWidth;
      pen.drawImage(video, 0, 0, video.videoWidth * part, video.videoHeight, 0, scrollY * scale, width, innerHeight * scale);
    }
  } finally {
    pin?.();
  }
  return canvas;
}

/** Waits until the video shows the window as it is now. @param {HTMLVideoElement} video @param {HTMLElement[]} marks */
async function fresh(video, marks) {
  const began = performance.now();
  for (const colour of COLOURS) {
    for (const { style } of marks) style.cssText = `display: block; background: rgb(${colour})`;
    if (!(await until(PATIENCE, () => corners(video).every((seen) => near(seen, colour))))) {
      marks.forEach(({ style }) => (style.cssText = ""));
      throw new Error("That is not this tab, or not the whole of it: share this tab, and leave it in front.");
    }
  }
  marks.forEach(({ style }) => (style.cssText = ""));
  await until(GONE + TIMES * (performance.now() - began), () => corners(video).every((seen) => !near(seen, COLOURS[1])));
}

/** @param {number} patience @param {() => boolean} so @returns {Promise<boolean>} whether it came to be so in time */
async function until(patience, so) {
  for (const end = performance.now() + patience; performance.now() < end;) {
    if (so()) return true;
    await new Promise((done) => setTimeout(done, LOOK));
  }
  return so();
}

const eye = /** @type {CanvasRenderingContext2D} */ (Object.assign(document.createElement("canvas"), { width: 2, height: 1 })
  .getContext("2d", { willReadFrequently: true }));

/** The colours in the middle of both marks. @param {HTMLVideoElement} video */
function corners(video) {
  const [across, down] = [video.videoWidth / innerWidth, video.videoHeight / innerHeight];
  const inset = (MARK - EYE) / 2;
  const places = [[inset, inset], [document.documentElement.clientWidth - inset - EYE, innerHeight - inset - EYE]];
  places.forEach(([x, y], i) => eye.drawImage(video, x * across, y * down, EYE * across, EYE * down, i, 0, 1, 1));
  const { data } = eye.getImageData(0, 0, 2, 1);
  return [[...data.slice(0, 3)], [...data.slice(4, 7)]];
}

/** @param {number[]} seen @param {number[]} colour */
const near = (seen, colour) => seen.every((channel, i) => Math.abs(channel - colour[i]) < NEAR);
