// What scrolls inside a page, for snapshots: inside.py says what is done about it. It runs in the camera's browser only.
// A roll is an element whose content scrolls in it. `element` is the module static/element.js.

/** A roll that takes a smaller share of the window is a part of the page, not the page. */
const LARGE = 0.1;
/** So much higher than the window is a page at most whose rolls are what visitors scroll, px. */
const SLACK = 100;
/** Parts that load when they come near are waited for, ms; nobody walks further, px. */
const REST = 80;
const FAR = 65_536;
/** Of a list that is drawn anew so many parts at least are others further down. */
const ANEW = 3;
/** Beyond every page; and so long the browser may take to say what is cut off, ms. */
const BEYOND = "10000000px";
const LONG = 5000;

export const rest = () => new Promise((done) => setTimeout(done, REST));
const root = () => document.scrollingElement ?? document.documentElement;
const hides = (e) => e.scrollHeight - e.clientHeight;

/** A tree, and the shadow roots and frames of our origin that are in it. */
const trees = (tree) => [tree, ...all(tree).map((e) => e.shadowRoot ?? e.contentDocument).filter(Boolean)];

/** What carries `data-yesmap-detail` and should not, as in static/element.js, in every tree. */
export const detailed = (element) => [...new Set(trees(document).flatMap(element.detailed))];

/** Everything in a tree, and in the shadow roots and frames of our origin that are in it. */
const all = (tree) => [...(tree?.querySelectorAll("*") ?? [])].flatMap((e) => [e, ...all(e.shadowRoot ?? e.contentDocument)]);

/** What events are reported on, by hash. */
const named = ({ anchor, hashOf }) => new Map(all(document).filter((e) => anchor(e) === e).map((e) => [hashOf(e), e]));

function scrolls(e) {
  const page = e.ownerDocument.documentElement;
  const { overflowY } = getComputedStyle(e);
  if (e === page) return e.ownerDocument !== document && !/hidden|clip/.test(overflowY);
  // What a body says is about its window, unless the root says something.
  return /auto|scroll/.test(overflowY) && (e !== e.ownerDocument.body || getComputedStyle(page).overflowY !== "visible");
}

/** The rolls that are the page, the largest first; none where the window scrolls. */
function rolls() {
  if (root().scrollHeight - innerHeight > SLACK) return [];
  const size = (e) => e.clientWidth * Math.min(e.clientHeight, innerHeight);
  return all(document).filter((e) => hides(e) > 1 && size(e) > LARGE * innerWidth * innerHeight && scrolls(e))
    .sort((a, b) => size(b) - size(a));
}

/** Down all that scrolls, a screen at a time, and back up, so that parts which load when they come near do load. */
export async function walk() {
  for (const e of [root(), ...rolls()]) {
    for (let top = 0; top < e.scrollHeight && top < FAR; top += e.clientHeight || FAR) {
      e.scrollTo({ top, behavior: "instant" });
      await rest();
    }
    e.scrollTo({ top: 0, behavior: "instant" });
  }
  await document.fonts.ready;
  await rest();
}

/** How long all of it is, px. */
export const extent = () => Math.max(...[root(), ...rolls()].map((e) => e.scrollHeight));

/** How much the largest roll hides, px, and the hash that tells of its scrolling; nothing where the window scrolls. */
export function rolled({ hashOf }) {
  const [roll] = rolls();
  if (!roll) return [0, 0];
  const { documentElement, defaultView } = roll.ownerDocument;
  return [hides(roll), hashOf(roll === documentElement ? defaultView.frameElement : roll)];
}

/** Bodies that scroll as boxes do: nothing is done on them, but their row says how high they are. */
export const bodies = ({ row }) => trees(document).filter(({ body }) => body && scrolls(body))
  .map(({ body }) => ({ ...row(body, false), visible: false, name: "" }));

/** How high the window is, and everything in the rolls. */
export const heights = () => [innerHeight, new Map(rolls().flatMap(all).map((e) => [e, e.offsetHeight]))];

/** Once the window is higher, what was made to fill it goes back to the height that visitors see it at. */
export function pin([before, heights]) {
  const follows = (was, is) => is !== was && [was + innerHeight - before, (was * innerHeight) / before].some((h) => Math.abs(is - h) <= 1);
  for (const [e, was] of [...heights].filter(([e, was]) => follows(was, e.offsetHeight))) {
    for (const name of ["height", "min-height", "max-height"]) e.style.setProperty(name, `${was}px`, "important");
  }
}

/**
 * Lists that are drawn anew as they scroll, where the same element is another part of the list further down: how their
 * elements' paths begin, what they are called, and whether it is the window that scrolls. Null for none.
 */
export async function redrawn(element) {
  const roll = rolls()[0] ?? root();
  const down = Math.floor(hides(roll) / 2);
  if (down < roll.clientHeight) return null;
  const stays = (e) => e && (/fixed|sticky/.test(getComputedStyle(e).position) || stays(e.parentElement ?? element.hostOf(e)));
  async function seen(top) {
    roll.scrollTo({ top, behavior: "instant" });
    await rest();
    element.forget();
    const offset = roll === root() ? 0 : roll.scrollTop;
    return new Map([...named(element)].map(([hash, e]) => [hash, [e.textContent, element.box(e)[1] + offset, e]]));
  }
  const below = await seen(down);
  const above = await seen(0);
  const others = [...above].filter(([hash, [text, y, e]]) => {
    const [other, there] = below.get(hash) ?? [text, y];
    return text !== other && Math.abs(y - there) > roll.clientHeight / 2 && !stays(e);
  }).map(([, [, , e]]) => e);
  const parents = others.map((e) => e.parentElement).filter((e) => e && !others.includes(e));
  const lists = [...new Set(parents)].filter((list) => parents.filter((e) => e === list).length >= ANEW);
  if (!lists.length) return null;
  const called = lists.map((e) => `<${e.localName}${e.id && ` id="${e.id}"`}>`);
  return { paths: lists.map((e) => `${element.path(e)}/`), called, window: roll === root() };
}

/** The hashes in such lists, whatever part of them is drawn now. */
export const within = ({ paths }, element) => [...named(element)]
  .filter(([, e]) => paths.some((path) => element.path(e).startsWith(path))).map(([hash]) => hash);

/** Of elements that are cut off by others around them, what is left: [left, top, width, height] on the page, by hash. */
export function cut(element) {
  const hashes = new Map([...named(element)].map(([hash, e]) => [e, hash]));
  const found = [];
  let left = hashes.size;
  return new Promise((done) => {
    const observer = new IntersectionObserver((entries) => {
      for (const { target, boundingClientRect: whole, intersectionRect: part } of entries) {
        const [x, y] = element.place(target);
        const less = whole.width - part.width > 1 || whole.height - part.height > 1;
        // What is there for readers of screens alone is a px wide, and cut off by itself.
        if (less && whole.width > 1 && whole.height > 1) found.push([hashes.get(target), x + part.x, y + part.y, part.width, part.height]);
      }
      left -= entries.length;
      if (left <= 0) end();
    }, { rootMargin: BEYOND });
    const end = () => {
      observer.disconnect();
      done(found);
    };
    hashes.forEach((_, e) => observer.observe(e));
    setTimeout(end, hashes.size ? LONG : 0);
  });
}
