// What a snapshot should know besides its elements: the scripts of the page, and what it cannot show. It runs in the
// camera's browser only; visitors never load it.

/** A box that scrolls inside itself hides so many px of its content at least. */
const HIDES = 200;
/** It is worth a word when it takes this share of the window. */
const LARGE = 0.2;

/** @param {string} text */
const short = (text) => [...text.replace(/\s+/g, " ").trim()].slice(0, 40).join("");

/** How an element is told from others in a sentence. @param {Element} e */
const called = (e) => `<${e.localName}${e.id && ` id="${e.id}"`}>`;

/** Paths of the scripts that were loaded, each once: errors tell of a script by the hash of its path. */
export function scripts() {
  const loaded = [...document.scripts].map(({ src }) => src)
    .concat(performance.getEntriesByType("resource").map(({ name }) => name).filter((name) => /\.m?js([?#]|$)/.test(name)));
  const paths = loaded.filter((url) => /^https?:/.test(url)).map((url) => new URL(url).pathname);
  return [...new Set(paths)].filter((path) => path.length <= 300).slice(0, 100);
}

/** Boxes that scroll inside themselves: only what is first seen of them is on the picture. */
function scrolling() {
  const window_ = innerWidth * innerHeight;
  return [...document.querySelectorAll("body *")].filter((e) => {
    const { overflowY } = getComputedStyle(e);
    return /auto|scroll/.test(overflowY) && e.scrollHeight - e.clientHeight > HIDES && e.clientWidth * e.clientHeight > LARGE * window_;
  });
}

/**
 * Sentences about what a snapshot of this page cannot show, or about what it gives away.
 * @param {{detailed: (root?: Document) => Element[]}} element static/element.js
 * @returns {string[]}
 */
export function warnings({ detailed }) {
  const said = detailed().map((e) => `${called(e)} “${short(e.textContent ?? "")}” is a key pad or a group of options that carries `
    + "data-yesmap-detail: positions in it tell what was chosen");
  const whole = document.documentElement.scrollHeight <= innerHeight;
  for (const e of scrolling()) {
    said.push(`${called(e)} scrolls inside itself: only what is first seen of it is on the picture`
      + (whole ? ", and the page itself does not scroll, so this may be most of it" : ""));
  }
  for (const frame of document.querySelectorAll("iframe")) {
    if (!frame.contentDocument && frame.checkVisibility?.()) said.push(`${called(frame)} is a frame of another origin: it is one box, whatever is in it`);
  }
  return said;
}
