// Our few elements on somebody else's page: in a shadow root, so that neither styles nor content policies reach in.

/** @param {string} tag @param {Record<string, string>} attributes @param {(Node | string)[]} children */
export function h(tag, attributes = {}, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
  e.append(...children);
  return e;
}

/**
 * Puts content on the page; nothing of what happens in it is recorded.
 * @param {string} name of the host element @param {string} css @param {string} lang @param {Node} content
 */
export function mount(name, css, lang, content) {
  const host = h(name, { lang, dir: "ltr", "data-yesmap-ignore": "" });
  const shadow = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  shadow.adoptedStyleSheets = [sheet];
  shadow.append(content);
  document.documentElement.append(host);
  return host;
}

/** @param {string} text @param {Record<string, string>} values */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

/** @param {number} ms @param {string} language @param {Intl.DateTimeFormatOptions} options */
export const date = (ms, language, options = { dateStyle: "long" }) =>
  new Date(ms).toLocaleDateString(language, options);
