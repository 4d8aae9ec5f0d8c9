// Names an element the same way in a visitor's browser and in a snapshot, so that the two meet by hash, and
// says which elements may be named at all: inside form controls and option groups only the group.

/** A name that stays from release to release and says nothing of a person: no digits, no addresses. */
const STABLE = /^[\p{L}_][\p{L}_-]{0,63}$/u;
const SECRET = "[data-yesmap-ignore],input[type=password],input[type=hidden],[autocomplete*=cc-],[autocomplete=one-time-code]";
const PAYMENT = /card-?_?(num|no\b|code)|\bcc-?_?num|cvc|cvv|iban/i;
const INPUT = ["submit", "button", "reset", "image", "radio", "checkbox", "hidden"].map((t) => `[type=${t}]`);
const FIELD = `input:not(${INPUT}),select,textarea,[role=textbox],[role=searchbox],[role=combobox],[role=slider],[role=spinbutton]`;
const OPTION = "input[type=radio],input[type=checkbox],[role=radio],[role=checkbox],[role=switch],[role=option],"
  + "[role=menuitemradio],[role=menuitemcheckbox]";
const OPTIONS = "fieldset,[role=radiogroup],[role=listbox],[role=group],[role=menu]";
const KEY = "button,[role=button],[role=gridcell],[tabindex],[onclick],a:not([href]),a[href^='#'],input[type=button]";
/** On a key of a pad, a day of a calendar, a star: one or two characters, or a phone's "2 ABC". */
const KEYTOP = /^(.{1,2}|\d\s*[A-Z]{2,4})$/u;
/** Levels from an option or key up to the container of them all: item, row, container. */
const LEVELS = 3;
/** How many make a container, and how many characters for each, at most, before it is a page with a few in it. */
const ANSWERS = { least: 2, text: 120 };
const KEYS = { least: 4, text: 24 };
/** With more text than this for each option, characters, only the options themselves are one, not what lies between. */
const BETWEEN = 100;
/** How long a survey of the page holds after the page changed, ms: shorter than it takes to get to something new. */
const FRESH = 250;

/** @typedef {{hash: number, tag: string, x: number, y: number, w: number, h: number, visible: boolean,
 *   fixed: boolean, group: boolean, name: string}} Row */
/** What is a group in a tree: of each option its container, the containers between whose options a position tells as
 * much, the pads of keys. `at` is when that was found, ms; `stale` that the tree has changed since.
 * @typedef {{at: number, stale: boolean, homes: Map<Element, Element>, gaps: Set<Element>, pads: Set<Element>}} Survey */

/** @param {Element} e */
const hostOf = (e) => /** @type {Partial<ShadowRoot>} */ (e.getRootNode()).host;

/** The parent as the page is composed: a shadow root's host stands above its content. @param {Element} e */
const up = (e) => e.parentElement ?? hostOf(e) ?? null;

/** As Element.closest, but through shadow roots. @param {Element | null | undefined} e @param {string} selector
 * @returns {Element | null} */
export function closest(e, selector) {
  return e ? e.closest(selector) ?? closest(hostOf(e), selector) : null;
}

/** `#id` or `@name` when the element carries a stable name that is unique in its tree, else "". @param {Element} e */
function named(e) {
  const tree = /** @type {Document} */ (e.getRootNode());
  const id = e.getAttribute("id") ?? "";
  if (STABLE.test(id) && tree.querySelectorAll(`#${id}`).length === 1) return `#${id}`;
  const name = e.getAttribute("data-yesmap") ?? "";
  return STABLE.test(name) && tree.querySelectorAll(`[data-yesmap="${name}"]`).length === 1 ? `@${name}` : "";
}

/**
 * Where an element is: from the nearest stable name down by tag and order among siblings of that tag, for
 * example `#menu/li:2/a:0`. `//` stands between a shadow root's host and its content.
 * @param {Element} e
 * @returns {string}
 */
export function path(e) {
  const host = hostOf(e);
  const name = named(e);
  if (name) return (host ? `${path(host)}//` : "") + name;
  let order = 0;
  for (let s = e.previousElementSibling; s; s = s.previousElementSibling) if (s.localName === e.localName) order++;
  const above = e.parentElement ? `${path(e.parentElement)}/` : host ? `${path(host)}//` : "";
  return `${above}${e.localName}:${order}`;
}

/**
 * FNV-1a, 32 bits, over the UTF-8 of a text; never 0.
 * @param {string} text
 * @returns {number}
 */
export function hash(text) {
  let h = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) h = Math.imul(h ^ byte, 0x01000193);
  return h >>> 0 || 1;
}

/** @param {Element} e @returns {number} */
export const hashOf = (e) => hash(path(e));

/** @param {Element} e */
const top = (e) => e.matches("html,body");

/** @param {Element} e */
const letters = (e) => (e.textContent ?? "").replace(/\s+/g, "").length;

/** @param {Element} e */
const isKey = (e) => e.childElementCount < LEVELS
  && KEYTOP.test((e.textContent?.trim() || e.getAttribute("value") || e.getAttribute("aria-label") || "").trim());

/** The levels above an element in which its container may be. @param {Element} e */
function above(e) {
  const found = [];
  for (let a = e.parentElement; a && !top(a) && found.length < LEVELS; a = a.parentElement) found.push(a);
  return found;
}

/** Notes of each member the container that it shares with the most others and little else.
 * @param {Element[]} members @param {{least: number, text: number}} kind @param {Map<Element, Element>} homes */
function gather(members, { least, text }, homes) {
  /** @type {Map<Element | null, number>} */
  const counts = new Map();
  for (const a of members.flatMap(above)) counts.set(a, (counts.get(a) ?? 0) + 1);
  for (const [a, count] of counts) if (a && (count < least || letters(a) > text * count)) counts.delete(a);
  for (const member of members) {
    let home = null;
    for (const a of above(member)) if ((counts.get(a) ?? 0) > (counts.get(home) ?? 0)) home = a;
    if (home) homes.set(member, home);
  }
}

/** Notes of radio buttons of one question what holds them all. @param {Element[]} options @param {Map<Element, Element>} homes */
function question(options, homes) {
  const radios = /** @type {HTMLInputElement[]} */ (options.filter((e) => e.matches("input[type=radio][name]")));
  for (const radio of radios) {
    const same = radios.filter((r) => r.name === radio.name && r.form === radio.form);
    let home = same.length > 1 ? radio.parentElement : null;
    while (home && !same.every((r) => home?.contains(r))) home = home.parentElement;
    if (home) homes.set(radio, home);
  }
}

/** @type {WeakMap<Node, Survey>} */
const surveys = new WeakMap();

/** What is a group in the tree of an element, looked for again when it is no longer fresh. @param {Element} e */
function survey(e) {
  const tree = /** @type {Document} */ (e.getRootNode());
  const at = performance.now();
  const last = surveys.get(tree);
  if (last && (!last.stale || at - last.at < FRESH)) return last;

  const homes = new Map();
  const gaps = new Set();
  for (const set of tree.querySelectorAll(OPTIONS)) {
    const inside = set.querySelector(FIELD) ? [] : set.querySelectorAll(OPTION);
    for (const option of inside) homes.set(option, set);
    if (inside.length) gaps.add(set);
  }
  const loose = [...tree.querySelectorAll(OPTION)].filter((option) => !homes.has(option));
  gather(loose, ANSWERS, homes);
  question(loose, homes);
  for (const home of new Set(loose.map((option) => homes.get(option)))) {
    const count = loose.filter((option) => homes.get(option) === home).length;
    if (home && !home.querySelector(FIELD) && letters(home) <= BETWEEN * count) gaps.add(home);
  }
  const pads = new Map();
  gather([...tree.querySelectorAll(KEY)].filter(isKey), KEYS, pads);
  const found = { at, stale: false, homes, gaps, pads: new Set(pads.values()) };
  const changed = new MutationObserver(() => {
    found.stale = true;
    changed.disconnect();
  });
  changed.observe(tree, { subtree: true, childList: true, characterData: true, attributeFilter: ["type", "role", "href", "tabindex"] });
  surveys.set(tree, found);
  return found;
}

/** The nearest element around that the survey of its tree has among these. @param {Element} e @param {"gaps" | "pads"} which
 * @returns {Element | null} */
function around(e, which) {
  const found = survey(e)[which];
  for (let a = /** @type {Element | null} */ (e); a && found.size; a = a.parentElement) if (found.has(a)) return a;
  const host = hostOf(e);
  return host ? around(host, which) : null;
}

/** @param {Element} e */
const editable = (e) => /** @type {HTMLElement} */ (e).isContentEditable;

/** @param {Element} e */
function editor(e) {
  for (let p = up(e); p && editable(p); p = up(e)) e = p;
  return e;
}

/** @param {Element} e */
const control = (e) => /** @type {HTMLLabelElement | null} */ (closest(e, "label"))?.control;

/** The control or group whose answer a position inside it could tell. @param {Element} e */
function group(e) {
  const labelled = control(e);
  if (labelled && !closest(e, "a[href],button")) e = labelled;
  if (editable(e)) return editor(e);
  const field = closest(e, FIELD);
  if (field) return field;
  const option = closest(e, OPTION);
  if (option) return survey(option).homes.get(option) ?? option;
  return around(e, "pads") ?? (closest(e, "a[href],button,summary") ? null : around(e, "gaps"));
}

/** @param {Element} e */
const secret = (e) => !!closest(e, SECRET)
  || (e.matches(FIELD) && PAYMENT.test(`${e.id} ${e.getAttribute("name")}`));

/**
 * The element that an event on a node is reported on, null when nothing may be reported, and whether it is a group: then
 * only its centre is told, and no moves. `data-yesmap-detail` says that a group is harmless.
 * @param {EventTarget | null} node
 * @returns {{element: Element | null, group: boolean}}
 */
export function reported(node) {
  let e = /** @type {Element | null} */ (node);
  if (e?.nodeType === 3) e = e.parentElement;
  if (e?.nodeType !== 1) return { element: null, group: false };
  for (let svg; (svg = /** @type {SVGElement} */ (e).ownerSVGElement);) e = svg;
  const labelled = control(e);
  const guard = closest(e, "[data-yesmap-detail]") ? null : group(e);
  const element = guard ?? e;
  const hidden = top(element) || secret(e) || secret(element) || (labelled && secret(labelled));
  return { element: hidden ? null : element, group: !!guard };
}

/** @param {EventTarget | null} node @returns {Element | null} the element that an event on a node is reported on */
export const anchor = (node) => reported(node).element;

/** @param {Element} e @returns {boolean} whether an event on it carries only the centre of a group, and no moves */
export const isGroup = (e) => reported(e).group;

/** @param {number} offset @param {number} size */
const share = (offset, size) => (size > 0 ? Math.round(Math.min(1, Math.max(0, offset / size)) * 65535) : 32768);

/**
 * A viewport position as a place in the element's box, each 0..65535.
 * @param {Element} e @param {number} clientX @param {number} clientY
 * @returns {[number, number]}
 */
export function place(e, clientX, clientY) {
  const box = e.getBoundingClientRect();
  return [share(clientX - box.left, box.width), share(clientY - box.top, box.height)];
}

/**
 * The viewport's top left on the page in CSS px, x from the left scroll edge, also where pages run right to left.
 * @returns {[number, number]}
 */
export function scrolled() {
  const page = document.documentElement;
  const room = page.scrollWidth - page.clientWidth;
  return [scrollX + (room && getComputedStyle(document.body ?? page).direction === "rtl" ? room : 0), scrollY];
}

// From here on for the snapshot only: the build leaves it out of what visitors load.

/** @param {string | null | undefined} text */
const plain = (text) => (text ?? "").replace(/\s+/g, " ").trim();

/** @param {Element} e */
function readable(e) {
  const own = [...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.nodeValue).join(" ");
  const whole = e.matches("a,button,summary,label,[role=button],h1,h2,h3,h4,h5,h6") ? e.textContent : "";
  const label = /** @type {HTMLInputElement} */ (e).labels?.[0] ?? e.querySelector(":scope > legend");
  const names = [e.getAttribute("aria-label"), own, whole, e.getAttribute("alt"), label?.textContent, e.getAttribute("title")];
  return [...(names.map(plain).find(Boolean) ?? "")].slice(0, 60).join("");
}

/** @param {Element | null} e */
function stays(e) {
  for (; e; e = up(e)) if (/^(fixed|sticky)$/.test(getComputedStyle(e).position)) return true;
  return false;
}

/** @param {Element} e @param {boolean} group @returns {Row} */
function row(e, group) {
  const box = e.getBoundingClientRect();
  const [left, upper] = scrolled();
  const [x, y, w, h] = [box.left + left, box.top + upper, box.width, box.height].map(Math.round);
  const shown = e.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const onPage = w > 0 && h > 0 && x + w > 0 && y + h > 0;
  return { hash: hashOf(e), tag: e.localName, x, y, w, h, visible: shown && onPage, fixed: stays(e), group,
    name: readable(e) };
}

/**
 * One row for every element that events can be reported on, in document order, shadow roots included.
 * @param {Document | ShadowRoot} root
 * @returns {Row[]}
 */
export function table(root = document) {
  const all = [...root.querySelectorAll("*")].filter((e) => !e.closest("head,script,style,template"));
  const groups = new Set(all.map(reported).filter(({ group }) => group).map(({ element }) => element));
  return all.flatMap((e) => [
    ...(anchor(e) === e ? [row(e, groups.has(e))] : []),
    ...(e.shadowRoot ? table(e.shadowRoot) : []),
  ]);
}
