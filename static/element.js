// Names an element the same way in a visitor's browser and in a snapshot, so that the two meet by hash, and
// says which elements may be named at all: inside form controls and option groups only the group.

// The parts of these lists stand in the order that takes the least once it is packed.

/** A name that stays from release to release and says nothing of a person: no digits, no addresses. */
const STABLE = /^[\p{L}_][\p{L}_-]{0,63}$/u;
const SECRET = "[data-yesmap-ignore],[type=hidden],[autocomplete*=cc-],[autocomplete=one-time-code],[type=password]";
const PAYMENT = /card-?_?(num|no\b|code)|\bcc-?_?num|cvc|cvv|iban/i;
export const FIELD = "input:not([type=checkbox],[type=radio],[type=hidden],[type=button],[type=submit]),"
  + "select,textarea,[contenteditable]:not([contenteditable=false]),[role$=box]:not([role$=checkbox],[role=listbox]),[role=slider],[role=spinbutton]";
const OPTION = "[type=checkbox],[type=radio],[role$=checkbox],[role=switch],[role=option],[role$=radio],[aria-pressed]";
const SET = "fieldset,[role$=group],[role=menu],[role=listbox]";
const LINK = "a[href],button,summary";
/** Leads elsewhere: what stands on it is no answer. */
export const ELSEWHERE = "a[href]:not([href^='#'],[href^='javascript:'])";
/** On a key of a pad, a day of a calendar, a star: one or two characters, or a phone's "2 ABC". */
const KEYTOP = /^([\p{L}\p{N}\p{So}].?|\d\s*[A-Z]{2,4})$/u;
/** From an option or a key up to the container of them all: what is inside of it, item, row, body, container. */
const LEVELS = 6;
/** So many keys are a pad, so many options a question; with more characters and elements for each it is a page with a few in it. */
const KEYS = 4;
const KEY_MUCH = 16;
const OPTIONS = 2;
const OPTION_MUCH = 100;
/** A part with more in it is not looked through to its end. */
const MOST = 4000;
/** @typedef {{hash: number, tag: string, x: number, y: number, w: number, h: number, visible: boolean,
 *   fixed: boolean, group: boolean, depth: number, name: string}} Row */

/** What stands above the root of a tree: a shadow root's host, the frame that a document of our origin is in.
 * @param {Element} e @returns {Element | null | undefined} */
export function hostOf(e) {
  const { host, defaultView } = /** @type {any} */ (e.getRootNode());
  return host?.localName ? host : defaultView?.frameElement; // the host of a link without a document is a string
}

/** The parent as the page is composed. @param {Element} e @returns {Element | null | undefined} */
const up = (e) => e.assignedSlot ?? e.parentElement ?? hostOf(e);

/** What is in an element as the page is composed: a host's shadow, and what was put in a slot. @param {any} e @returns {any[]} */
const parts = (e) => [...(see(e.shadowRoot), e.shadowRoot ?? e).childNodes].flatMap((part) => part.assignedNodes?.({ flatten: true }) ?? part);

/** The nearest element that passes, on the way up through slots, shadow roots and frames.
 * @param {Element | null | undefined} e @param {(e: any) => boolean} passes @returns {Element | null | undefined} */
const nearest = (e, passes) => (!e || passes(e) ? e : nearest(up(e), passes));

/** As Element.closest, but on that way. @param {Element | null | undefined} e @param {string} selector */
export const closest = (e, selector) => nearest(e, (a) => a.matches(selector));

/** What was found out about elements, function by function, as long as the page stays as it is.
 * @type {WeakMap<Element, any>[]} */
let known = [];
/** To be called when the page has changed. */
export const forget = () => void (known = []);

/** The trees that something was found out about, and who is told of each. @type {WeakSet<Node>} */
let seen = new WeakSet();
/** @type {((tree: any) => void)[]} */
let followers = [];

/** From now on nobody is told of trees. */
export function unfollow() {
  seen = new WeakSet([document]);
  followers = [];
}

/** Who is told of the document, and of shadow roots and frames as they are come upon. @param {(tree: any) => void} follower */
export function follow(follower) {
  followers.push(follower);
  follower(document);
}

/** A tree that is new to us may have been there unseen: what we know may be wrong. @param {any} tree */
function see(tree) {
  if (!tree || seen.has(tree)) return;
  seen.add(tree);
  forget();
  followers.forEach((tell) => tell(tree));
}

/** Looks for trees inside of a tree, itself included. @param {any} tree */
export function discover(tree) {
  see(tree);
  for (const e of tree?.querySelectorAll("*") ?? []) {
    const inner = e.shadowRoot ?? e.contentDocument;
    if (inner) discover(inner);
  }
}

/** @template T @param {number} nth function @param {(e: any) => T} find @returns {(e: Element) => T} */
const remembered = (nth, find) => (e) => {
  let found = known[nth]?.get(e);
  if (found == null) {
    see(e.getRootNode());
    (known[nth] ??= new WeakMap()).set(e, found = find(e));
  }
  return found;
};

/** An attribute that is a stable name, unique in its tree, behind a sign, else "".
 * @param {Element} e @param {string} attribute @param {string} sign */
function named(e, attribute, sign) {
  const name = e.getAttribute(attribute) ?? "";
  const tree = /** @type {Document} */ (e.getRootNode());
  return STABLE.test(name) && tree.querySelectorAll(sign === "#" ? sign + name : `[${attribute}="${name}"]`).length < 2 ? sign + name : "";
}

/**
 * Where an element is: from the nearest stable name down by tag and order among siblings of that tag, for
 * example `#menu/li:2/a:0`. `//` stands between a shadow root's host, or a frame, and its content.
 * @param {Element} e
 * @returns {string}
 */
export function path(e) {
  const host = hostOf(e);
  const outer = host ? `${path(host)}//` : "";
  const name = named(e, "id", "#") || named(e, "data-yesmap", "@");
  if (name) return outer + name;
  let order = 0;
  for (let s = e.previousElementSibling; s; s = s.previousElementSibling) if (s.localName === e.localName) order++;
  return `${e.parentElement ? `${path(e.parentElement)}/` : outer}${e.localName}:${order}`;
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

export const hashOf = remembered(0, (e) => hash(path(e)));

/** @param {Element} e */
const top = (e) => e.matches("html,body");

/** One of several answers: by its role, a closed component, which shows nothing of what is in it, or a line of a list that is
 * there to be clicked. @param {any} e @returns {boolean} */
const isOption = (e) => e.matches(OPTION)
  || (e.localName.includes("-") && !e.shadowRoot && !e.childElementCount && e.matches(":defined"))
  || (e.localName === "li" && getComputedStyle(e).cursor === "pointer");

/** Options, keys and fields in a part of the page as it is composed, and how much there is: elements and characters.
 * @type {(node: any) => number[]} */
const counts = remembered(1, (e) => {
  const text = e.data?.trim();
  if (text != null) return [0, +KEYTOP.test(text), 0, text.length];
  if (e.matches(FIELD)) return [0, 0, 1, 1];
  let sum = [0, 0, 0, 1];
  for (const part of parts(e)) {
    const more = counts(part);
    sum = sum.map((n, i) => n + more[i]);
    if (sum[3] > MOST) break;
  }
  const [options, keys, fields, much] = sum;
  if (isOption(e)) return [1, 0, fields, much];
  const label = keys ? "" : e.getAttribute("value") || e.getAttribute("aria-label") || "";
  return [options, e.matches(`${ELSEWHERE},pre`) ? 0 : keys + +KEYTOP.test(label), fields, much];
});

/** What holds all the radio buttons that one of them switches off, where that is known. @param {any} option */
function mates(option) {
  const { type, name, form } = option ?? {};
  /** @param {any} tree */
  const all = (tree) => tree.querySelectorAll(`[type=radio][name="${CSS.escape(name)}"]`).length;
  const many = type === "radio" && name ? all(form ?? option.getRootNode()) : 0;
  return many > 1 ? nearest(option, (a) => all(a.shadowRoot ?? a) >= many) : null;
}

/** The container, some levels up, of the most answers that a position inside of it could tell. @param {Element} e */
function answers(e) {
  const option = /** @type {any} */ (nearest(e, isOption));
  const others = mates(option);
  const link = closest(e, LINK);
  let found = others ?? option;
  let most = others ? counts(others)[0] : 0;
  /** Keys of a pad with little else; of an option all the others; options with little else, but for what leads on.
   * @param {Element} a */
  const look = (a) => {
    const [options, keys, fields, much] = counts(a);
    const set = options && a.matches(SET);
    const several = options >= OPTIONS;
    const members = keys >= KEYS && much <= KEY_MUCH * keys ? keys
      : (option ? several : !link && !fields && (set || (several && much <= OPTION_MUCH * options))) ? options : 0;
    // Where they all lie in a part of it, that part is the container.
    const apart = () => parts(a).map(counts).some((part) => part[0] === options && part[1] === keys);
    if (members > most && (set || !apart())) [found, most] = [a, members];
  };
  look(closest(others ?? e, SET) ?? e);
  let a = /** @type {Element | null | undefined} */ (others ?? e);
  // The others of a radio button are somewhere; where only the whole page holds them all, nothing can be told.
  for (let n = LEVELS; a && ((n-- > 0 && !top(a)) || (!most && option?.type === "radio")); a = up(a)) look(a);
  return found;
}

/** The control or group whose answer a position inside it could tell. @param {Element} e */
function group(e) {
  const labelled = control(e);
  if (labelled && !closest(e, LINK)) e = labelled;
  return closest(e, `${FIELD},map`) ?? answers(e);
}

/** @param {Element} e */
const control = (e) => /** @type {HTMLLabelElement | null} */ (closest(e, "label"))?.control;

/** What stands in an element is nobody's business. @param {Element} e */
export const secret = (e) => closest(e, SECRET) || (e.matches(FIELD) && PAYMENT.test(`${e.id} ${e.getAttribute("name")}`));

/**
 * The element that an event on a node is reported on, null when nothing may be reported, and whether it is a group: then
 * only its centre is told, and no moves. `data-yesmap-detail` says that a group is harmless.
 * @param {EventTarget | null} node
 * @returns {[element: Element | null, group: any]}
 */
export function reported(node) {
  const e = /** @type {any} */ (node);
  return e?.matches ? tellable(e) : [null, false];
}

/** @type {(e: any) => [element: Element | null, group: any]} */
const tellable = remembered(2, (e) => {
  while (e.ownerSVGElement || e.localName === "slot") e = e.ownerSVGElement ?? up(e);
  const guard = closest(e, "[data-yesmap-detail]") ? null : group(e);
  const element = guard ?? e;
  return [top(element) || [e, element, control(e)].some((x) => x && secret(x)) ? null : element, guard];
});

/** @param {EventTarget | null} node @returns {Element | null} the element that an event on a node is reported on */
export const anchor = (node) => reported(node)[0];

/** @param {EventTarget} e @returns {boolean} whether an event on it carries only the centre of a group, and no moves */
export const isGroup = (e) => reported(e)[1];

/** A share of a length, as 0 to 65535; of none it is the middle.
 * @param {number} offset @param {number} size @param {any} [exact] also what lies outside, as it is */
export const share = (offset, size, exact) => (exact ? offset / size : size > 0 ? Math.min(1, Math.max(0, offset / size)) : 0.5) * 65535;

/**
 * Where a pointer in a node's document is on the page, CSS px, x from the left scroll edge; without one, where the window of that
 * document begins. Frames are where they are on the page, and pages that run right to left and are too wide begin left of
 * where they are first seen.
 * @param {Element} node @param {{pageX: number, pageY: number, clientX: number, clientY: number}} [pointer]
 * @returns {[number, number]}
 */
export function place({ ownerDocument }, { pageX, pageY, clientX, clientY } = { pageX: scrollX, pageY: scrollY, clientX: 0, clientY: 0 }) {
  const { documentElement, body } = document;
  if (ownerDocument === document) {
    return [pageX + (getComputedStyle(body).direction === "rtl" ? documentElement.scrollWidth - documentElement.clientWidth : 0), pageY];
  }
  const view = /** @type {Window} */ (ownerDocument.defaultView);
  const frame = /** @type {HTMLElement} */ (view.frameElement);
  const [x, y] = place(frame);
  const { left, top } = frame.getBoundingClientRect();
  // Border and padding are taken to be as thick on either side.
  return [x + left + clientX + (frame.offsetWidth - view.innerWidth) / 2, y + top + clientY + (frame.offsetHeight - view.innerHeight) / 2];
}

/** An element's box on the page, CSS px: left, top, width, height. @param {Element} e */
export function box(e) {
  const [x, y] = place(e);
  const { left, top, width, height } = e.getBoundingClientRect();
  return [x + left, y + top, width, height];
}

/** The window's top left on the page, CSS px. @returns {[number, number]} */
export const scrolled = () => place(document.documentElement);

// From here on for the snapshot only: the build leaves it out of what visitors load.

/** @param {any} text */
const plain = (text) => String(text || "").replace(/\s+/g, " ").trim();

/** All of its text is its name; of others only what stands in themselves. */
const NAMED_WHOLE = "a,button,summary,label,legend,caption,figcaption,p,td,th,h1,h2,h3,h4,h5,h6,[role=button],[role=link],[role=tab],[role=menuitem]";
const UNREAD = `script,style,template,title,[aria-hidden=true],${FIELD}`;
/** What names a control or a part of the page, and may hold others that have names of their own. */
const NAMING = ":scope > legend,:scope > caption,:scope > figcaption";

/** The text in an element as it is read: that of blocks apart, and nothing that is not shown or that was filled in.
 * @param {any} e @param {string} [without] parts that are left out @returns {string} */
function words(e, without = UNREAD) {
  return [...e.childNodes].map((part) => {
    if (part.nodeType === 3) return part.nodeValue;
    const display = part.nodeType === 1 && !part.matches(without) ? getComputedStyle(part).display : "none";
    if (display === "none" || part.localName === "br") return " ";
    const inner = words(part, without) || part.alt || "";
    return /^(inline|contents)$/.test(display) && !part.alt ? inner : ` ${inner} `;
  }).join("");
}

/** What people would call an element; nothing that was typed into it. @param {any} e */
function readable(e) {
  const by = (e.getAttribute("aria-labelledby") ?? "").split(/\s+/).map((/** @type {string} */ id) => id && e.getRootNode().getElementById?.(id));
  const naming = e.labels?.[0] ?? e.querySelector(NAMING);
  const own = [...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.nodeValue).join(" ");
  const names = [
    by.map((/** @type {any} */ one) => (one ? words(one) : "")).join(" "), e.getAttribute("aria-label"),
    naming && words(naming, `${UNREAD},${LINK}`), e.matches("[type=submit],[type=button],[type=reset]") && e.value,
    e.matches(FIELD) ? "" : e.matches(NAMED_WHOLE) ? words(e) : own, e.getAttribute("alt"),
    e.matches(`${LINK},svg`) && e.querySelector("title")?.textContent, e.getAttribute("placeholder"), e.getAttribute("title"),
  ];
  return [...(names.map(plain).find(Boolean) ?? "")].slice(0, 60).join("");
}

/** @param {Element | null | undefined} e */
function stays(e) {
  for (; e; e = up(e)) if (/^(fixed|sticky)$/.test(getComputedStyle(e).position)) return true;
  return false;
}

/** How many elements it is inside of. @param {Element} e @returns {number} */
function depth(e) {
  const outer = up(e);
  return outer ? 1 + depth(outer) : 0;
}

/** @param {Element} e @param {boolean} group @returns {Row} */
export function row(e, group) {
  const [x, y, w, h] = box(e).map(Math.round);
  const shown = e.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const reachable = w > 0 && h > 0 && x + w > 0 && y + h > 0;
  return { hash: hashOf(e), tag: e.localName, x, y, w, h, visible: shown && reachable, fixed: stays(e), group,
    depth: depth(e), name: readable(e) };
}

/**
 * One row for every element that events can be reported on, in document order, shadow roots and frames included.
 * @param {Document | ShadowRoot} root
 * @returns {Row[]}
 */
export function table(root = document) {
  forget();
  const all = [...root.querySelectorAll("*")].filter((e) => !e.closest("head,script,style,template"));
  const groups = new Set(all.map(reported).filter(([, group]) => group).map(([element]) => element));
  return all.flatMap((e) => {
    const inner = e.shadowRoot ?? /** @type {HTMLIFrameElement} */ (e).contentDocument;
    return [...(anchor(e) === e ? [row(e, groups.has(e))] : []), ...(inner ? table(inner) : [])];
  });
}

/** What carries `data-yesmap-detail`, and would be a group whose answer a position could tell if it did not.
 * @param {Document} root @returns {Element[]} */
export function detailed(root = document) {
  const all = [...root.querySelectorAll("[data-yesmap-detail]")].flatMap((e) => [e, ...e.querySelectorAll("*")]);
  return [...new Set(all.map((e) => /** @type {Element | null} */ (group(e))))].filter((e) => e && !e.matches(FIELD)).map((e) => /** @type {Element} */ (e));
}
