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
/** More buttons than this are a page, not a pad; more options than this are not looked at. */
const MOST = 99;

/** @typedef {{hash: number, tag: string, x: number, y: number, w: number, h: number, visible: boolean,
 *   fixed: boolean, group: boolean, name: string}} Row */
/** What lies together in a container: how to find it, how many make a container, how much text (characters each, at
 * most) it holds before it is a page with a few of them in it, and the same for what lies between them.
 * @typedef {{members: (e: Element) => Element[], least: number, text: number, between: number, pure: string}} Kind */

/** @param {Element} e */
const hostOf = (e) => /** @type {Partial<ShadowRoot>} */ (e.getRootNode()).host;

/** The parent as the page is composed: a shadow root's host stands above its content. @param {Element} e */
const up = (e) => e.parentElement ?? hostOf(e) ?? null;

/** As Element.closest, but through shadow roots. @param {Element | null} e @param {string} selector */
export function closest(e, selector) {
  while (e && !e.matches(selector)) e = up(e);
  return e;
}

/** As Node.contains, but through shadow roots. @param {Element} outer @param {Element | null} e */
function holds(outer, e) {
  while (e && e !== outer) e = up(e);
  return !!e;
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

/** @type {Kind} */
const ANSWERS = { members: (e) => [...e.querySelectorAll(OPTION)].slice(0, MOST), least: 2, text: 120, between: 100, pure: FIELD };
/** @type {Kind} */
const KEYS = { members: keys, least: 4, text: 24, between: 24, pure: "form" };

/** @param {Element} e */
function keys(e) {
  const found = [...e.querySelectorAll(KEY)];
  return found.length > MOST ? [] : found.filter((k) =>
    KEYTOP.test((k.textContent?.trim() || k.getAttribute("value") || k.getAttribute("aria-label") || "").trim()));
}

/** @param {Element} e */
const question = (e) => e.matches("input[type=radio][name]") && /** @type {HTMLInputElement} */ (e).name;

/** The container of the radio buttons that answer one question. @param {HTMLInputElement} radio */
function answers(radio) {
  const tree = /** @type {Document} */ (radio.getRootNode());
  const same = [.../** @type {NodeListOf<HTMLInputElement>} */ (tree.querySelectorAll("input[type=radio]"))]
    .filter((r) => r.name === radio.name && r.form === radio.form);
  let e = /** @type {Element | null} */ (radio);
  while (e && !same.every((s) => holds(/** @type {Element} */ (e), s))) e = up(e);
  return e;
}

/** @param {Element} e @param {number} most */
const terse = (e, most) => (e.textContent ?? "").replace(/\s+/g, "").length <= most;

/** The container of a member and of those that lie together with it. @param {Element} member @param {Kind} kind */
function container(member, kind) {
  if (question(member)) return answers(/** @type {HTMLInputElement} */ (member));
  let found = null;
  let most = kind.least - 1;
  let e = up(member);
  for (let level = 0; e && level < LEVELS && !top(e); e = up(e), level++) {
    const count = kind.members(e).filter((m) => !question(m)).length;
    if (count > most && terse(e, kind.text * count)) [most, found] = [count, e];
  }
  return found;
}

/** The container that an element lies in, between its members. @param {Element} e @param {Kind} kind */
function around(e, kind) {
  let a = /** @type {Element | null} */ (e);
  for (let level = 0; a && level <= LEVELS && !top(a); a = up(a), level++) {
    const near = kind.members(a);
    if (near.length < kind.least) continue;
    const found = near.map((m) => container(m, kind)).find((c) => c && holds(c, e));
    return found && !found.querySelector(kind.pure) && terse(found, kind.between * near.length) ? found : null;
  }
  return null;
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
  if (!option && closest(e, "a[href],button,summary")) return around(e, KEYS);
  const set = closest(e, OPTIONS);
  if (set?.querySelector(OPTION) && !set.querySelector(FIELD)) return set;
  return (option && container(option, ANSWERS)) ?? around(e, ANSWERS) ?? around(e, KEYS) ?? option;
}

/** The group an element belongs to, unless the site says that it is harmless. @param {Element} e */
const guarded = (e) => (closest(e, "[data-yesmap-detail]") ? null : group(e));

/** @param {Element} e */
const secret = (e) => !!closest(e, SECRET)
  || (e.matches(FIELD) && PAYMENT.test(`${e.id} ${e.getAttribute("name")}`));

/**
 * Whether an event on this element carries only its anchor and that one's centre, and moves over it are not kept.
 * @param {Element} e
 * @returns {boolean}
 */
export const isGroup = (e) => guarded(e) !== null;

/**
 * The element that an event on a node is reported on; null when nothing may be reported.
 * @param {EventTarget | null} node
 * @returns {Element | null}
 */
export function anchor(node) {
  let e = /** @type {Element | null} */ (node);
  if (e?.nodeType === 3) e = e.parentElement;
  if (e?.nodeType !== 1) return null;
  for (let svg; (svg = /** @type {SVGElement} */ (e).ownerSVGElement);) e = svg;
  const labelled = control(e);
  if (secret(e) || (labelled && secret(labelled))) return null;
  e = guarded(e) ?? e;
  return top(e) || secret(e) ? null : e;
}

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
  const rtl = getComputedStyle(document.body ?? page).direction === "rtl";
  return [scrollX + (rtl ? page.scrollWidth - page.clientWidth : 0), scrollY];
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
  const groups = new Set(all.map((e) => guarded(e)));
  return all.flatMap((e) => [
    ...(anchor(e) === e ? [row(e, groups.has(e))] : []),
    ...(e.shadowRoot ? table(e.shadowRoot) : []),
  ]);
}
