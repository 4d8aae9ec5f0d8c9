// How the page looks while its picture is taken: without what was typed, with texts as bars, standing still. The page
// itself shows it so before any picture is made: what must not be read is in none, however late a picture comes.

import { elements, trees } from "./trees.js";

/** What heatmap/snapshots/camera.py leaves out too: what the site marks, and what was typed into fields. */
const HIDDEN = `
[data-yesmap-ignore], [data-yesmap-ignore] * { visibility: hidden !important; }
input:not([type=submit], [type=button], [type=reset]):not(:placeholder-shown), textarea:not(:placeholder-shown) {
  color: transparent !important; text-shadow: none !important; -webkit-text-fill-color: transparent !important;
}`;
/** No scroll bar, and nothing that moves: what appears with time is there. */
const STILL = `
html { scrollbar-width: none !important; scroll-behavior: auto !important; }
*, ::before, ::after {
  animation-duration: 0s !important; animation-delay: 0s !important; animation-iteration-count: 1 !important;
  transition-duration: 0s !important; transition-delay: 0s !important; caret-color: transparent !important;
}`;
/** A bar in place of each line; of what shows something from elsewhere no more than its colours. */
const MASKED = `
*, ::before, ::after, ::placeholder, ::marker {
  -webkit-text-fill-color: transparent !important; -webkit-text-stroke: 0 !important; text-shadow: none !important;
  text-decoration: line-through .62em color-mix(in srgb, currentColor 45%, #999) !important; text-decoration-skip-ink: none !important;
}
input, textarea, select { text-decoration: none !important; }
svg text, svg text * { fill: transparent !important; stroke: none !important; }
img, video, canvas, iframe, object, embed, svg image { filter: blur(14px) !important; }`;

/** @param {boolean} masked whether texts are made unreadable @returns {() => void} brings back what was */
export function shade(masked) {
  document.querySelectorAll("yesmap-prompt, yesmap-sign").forEach((e) => e.remove());
  // In a layer what is important wins over all that is not in one, whatever its selector.
  const style = `@layer { ${HIDDEN} ${STILL} ${masked ? MASKED : ""} }`;
  const undo = trees().map((tree) => {
    const sheet = new (tree.defaultView ?? tree.ownerDocument.defaultView).CSSStyleSheet();
    sheet.replaceSync(style);
    tree.adoptedStyleSheets.push(sheet);
    return () => {
      tree.adoptedStyleSheets = tree.adoptedStyleSheets.filter((/** @type {CSSStyleSheet} */ each) => each !== sheet);
    };
  });
  // Letters that are holes through which a background is seen.
  if (masked) undo.push(...elements().filter((e) => /text/.test(getComputedStyle(e).backgroundClip)).map((e) => set(e, "background-clip", "border-box")));
  return () => undo.forEach((back) => back());
}

/** From the second screen on: what stays where it is in the window is not on it again. @returns {() => void} brings it back */
export function unpin() {
  const undo = elements().flatMap((e) => {
    const { position } = getComputedStyle(e);
    if (position === "fixed") return [set(e, "visibility", "hidden")];
    return position === "sticky" ? [set(e, "position", "relative"), set(e, "inset", "auto")] : [];
  });
  return () => undo.reverse().forEach((back) => back());
}

/** @param {HTMLElement} e @param {string} name @param {string} value */
function set({ style }, name, value) {
  const before = /** @type {[string, string]} */ ([style.getPropertyValue(name), style.getPropertyPriority(name)]);
  style.setProperty(name, value, "important");
  return () => style.setProperty(name, ...before);
}
