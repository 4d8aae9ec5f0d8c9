import { anchor, box, discover, follow, forget, hashOf } from "../element.js";
import { contain, end, listen } from "../listen.js";
import { HIDE, SHOW } from "../kinds.js";
import { later } from "./later.js";

/** What covers the page or stands for a state of it. */
const WATCHED = "details,dialog,[role$=dialog],[role=alert],[role=menu],[role=tabpanel],[popover],[data-yesmap]";
/** After a change of the page it is looked for this often at most, ms. */
const EVERY = 250;

/** Whether it is on the page still, also where it was in a frame. @param {Element} e */
const there = (e) => e.isConnected && e.ownerDocument.defaultView;

/** Where it is, or null when it is gone, closed, takes no room or is not to be seen. @param {any} e @returns {import("../types.d.ts").Spot | null} */
function shape(e) {
  const [x, y, w, h] = there(e) ? box(e) : [];
  return w && h && e.open !== false && e.checkVisibility?.({ checkOpacity: true, checkVisibilityCSS: true }) !== false
    ? [hashOf(e), x, y, w, h] : null;
}

/**
 * Dialogs, menus and named parts that come and go; what comes and goes inside of another one is not told again.
 * @type {import("../types.d.ts").Signal}
 */
export function start(tape) {
  const { add, look } = tape;
  /** @type {Map<Element, ReturnType<typeof shape>>} */
  const known = new Map();
  /** Trees in which something may have come. @type {Set<any>} */
  const changed = new Set();

  function compare() {
    const turned = [...known.keys()].filter((e) => !known.get(e) !== !shape(e));
    for (const e of turned) {
      const now = shape(e);
      if (now) tape.shown = performance.now();
      if (!turned.some((other) => other !== e && other.contains(e))) add(now ? SHOW : HIDE, /** @type {any} */ (now ?? known.get(e)));
      known.set(e, now);
    }
    for (const e of known.keys()) if (!there(e)) known.delete(e);
  }

  /** @param {any} tree @param {any} [came] since the start: what is there then is no event */
  function search(tree, came) {
    for (const e of tree.querySelectorAll(WATCHED)) if (!known.has(e) && anchor(e) === e) known.set(e, came ? null : shape(e));
  }

  const again = later(() => {
    changed.forEach(search);
    changed.clear();
    compare();
  }, EVERY);
  const changes = new MutationObserver(contain((/** @type {MutationRecord[]} */ records) => {
    forget();
    for (const { target } of records) if (target.isConnected) changed.add(target.getRootNode());
    again();
    tape.pageChanged();
  }));
  follow((tree) => {
    changes.observe(tree, { subtree: true, childList: true, characterData: true, attributes: true });
    search(tree);
  });
  discover(document);
  // What opens in a layer of its own, or by style alone, changes nothing in a tree.
  listen({ toggle: again, pointerover: again });
  tape.look = () => {
    look();
    compare();
  };
  end.signal.onabort = () => changes.disconnect();
}
