// The window on the page: what is the same for all events of a batch.

/** @typedef {[number, number]} Size */

/**
 * The viewport, CSS px: the width that the page is laid out in (no scroll bar), the height that is seen.
 * @returns {Size}
 */
export const viewport = () => [document.documentElement.clientWidth, innerHeight];

/** The whole document, CSS px. @returns {Size} */
export const extent = () => [document.documentElement.scrollWidth, document.documentElement.scrollHeight];

/** Device pixels per CSS px, and how far the visitor zoomed in with two fingers, both × 100. @returns {Size} */
export const ratio = () => /** @type {Size} */ ([devicePixelRatio, visualViewport?.scale ?? 1].map((n) => Math.round(n * 100)));
