// Our few elements on somebody else's page: in a shadow root, so that neither styles nor content policies reach in.

import base from "./base.css";

/** @param {string} tag @param {Record<string, string>} [attributes] @param {(Node | string)[]} children @returns {any} */
export function h(tag, attributes = {}, ...children) {
  const e = document.createElement(tag);
  for (const name in attributes) e.setAttribute(name, attributes[name]);
  e.append(...children);
  return e;
}

/** Only a visitor presses it, not the page's code. @param {string} text @param {() => unknown} press */
export const button = (text, press) =>
  Object.assign(h("button", {}, text), { onclick: (/** @type {Event} */ event) => event.isTrusted && press() });

/**
 * Puts content on the page; nothing of what happens in it is recorded.
 * @param {string} name of the host element @param {string} css @param {{lang: string, dir: string}} texts @param {Node} content
 * @returns {() => void} takes it away
 */
export function mount(name, css, { lang, dir }, content) {
  const host = h(name, { lang, dir, popover: "manual", "data-yesmap-ignore": "" });
  const shadow = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(base + css);
  shadow.adoptedStyleSheets = [sheet];
  shadow.append(content);
  document.documentElement.append(host);
  // Above everything, and where the window is, whatever styles the page has.
  host.showPopover?.();
  return () => host.remove();
}
