// What the adapters share: the notice as a site's own consent tool shows it, and the way of its answers to Yesmap.

/** @typedef {import("../types.d.ts").Purpose} Purpose */
/** What `yesmap.notice()` gives. @typedef {{version: string, url: string, purposes: Purpose[], lang: string, dir: string,
 *   purpose: string, rows: [string, string][], age: string, more: string}} Notice */
/** The notice for a tool: `html` is its description, with the link; `revision` is a number that is its version's.
 * @typedef {Notice & {html: string, revision: number}} Told */

/** A tool waits for us no longer than this, ms. */
const PATIENCE = 2000;
/** A yes that could not be passed on yet is kept here, and nothing else: the notice and the purposes. */
const OWED = "yesmap-owed";
/** What a tool's categories or services may be called, and the purpose that each stands for. @type {Record<string, Purpose>} */
const PURPOSES = { yesmap: "heatmap", "yesmap-heatmap": "heatmap", "yesmap-replay": "replay" };

/** @returns {any} the loader's API; undefined where it was kept from loading */
const api = () => /** @type {any} */ (globalThis).yesmap;

/** The tag is a module: it has run, if it ever will, when the page is loaded. */
const loaded = () => api() || document.readyState === "complete"
  || new Promise((resolve) => addEventListener("load", resolve, { once: true }));

/** @param {string} text */
const escaped = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** @param {Notice} notice */
const describe = ({ lang, dir, purpose, rows, age, more, url }) =>
  `<div lang="${escaped(lang)}" dir="${escaped(dir)}"><p>${escaped(purpose)}</p>`
  + `<dl>${rows.map(([term, text]) => `<dt>${escaped(term)}</dt><dd>${escaped(text)}</dd>`).join("")}</dl>`
  + `<p>${escaped(age)}</p><p><a href="${escaped(url)}" target="_blank" rel="noopener">${escaped(more)}</a></p></div>`;

/**
 * What a site's tool has to show before a yes; null where nothing is recorded, or when that is not known in time: then the
 * tool goes on without us.
 * @returns {Promise<Told | null>}
 */
export function told() {
  const asked = (async () => {
    await loaded();
    const notice = await api()?.notice();
    return notice ? { ...notice, html: describe(notice), revision: Number.parseInt(notice.version, 16) } : null;
  })().catch(() => null);
  return Promise.race([asked, new Promise((resolve) => setTimeout(resolve, PATIENCE, null))]);
}

/** The purposes that a tool's accepted names stand for; one may end with the version of the notice that it was shown with.
 * @param {string[]} names @param {string} version @returns {Purpose[]} */
export const purposesOf = (names, version) =>
  [...new Set(names.map((name) => PURPOSES[name.replace(`-${version}`, "")]).filter(Boolean))].sort();

/** @param {string | null} entry */
function kept(entry = null) {
  try {
    if (entry === null) localStorage.removeItem(OWED);
    else localStorage.setItem(OWED, entry);
  } catch {
    // Full or forbidden: a yes that cannot be passed on now is lost, which is the safe side.
  }
}

function owed() {
  try {
    return localStorage.getItem(OWED);
  } catch {
    return null;
  }
}

/**
 * Passes a tool's answers on, one at a time; of those that come meanwhile, the last.
 * @param {Told} notice that the tool shows
 * @returns {{given: (purposes: Purpose[]) => void, stands: (purposes: Purpose[]) => void, forgotten: () => void}}
 *   `given`: the visitor has just chosen this, none is a no; `stands`: the tool remembers it from an earlier page;
 *   `forgotten`: the tool has dropped what it was answered
 */
export function answers({ version, purposes: offered }) {
  /** @type {string | undefined} */
  let said;
  /** @type {Purpose[]} */
  let wanted = [];
  let busy = false;

  /** @param {Purpose[]} purposes */
  async function yes(purposes) {
    kept(JSON.stringify([version, purposes]));
    if (await api().allow({ purposes, notice: version })) kept();
  }
  async function no() {
    kept();
    await (["on", "paused"].includes(api().state?.()) ? api().stop() : api().refuse());
  }
  /** @param {Purpose[]} purposes */
  async function pass(purposes) {
    wanted = purposes;
    if (busy) return;
    busy = true;
    for (let now; now !== wanted;) {
      now = wanted;
      await (now.length ? yes(now) : no()).catch(() => {});
    }
    busy = false;
  }

  return {
    given(purposes) {
      const now = purposes.filter((purpose) => offered.includes(purpose));
      // An answer about something else says nothing new about us: who stopped on our sign has stopped.
      if (String(now) === said) return;
      said = String(now);
      pass(now);
    },
    stands(purposes) {
      const now = purposes.filter((purpose) => offered.includes(purpose));
      if (said !== undefined) return;
      said = String(now);
      if (now.length && owed() === JSON.stringify([version, now])) pass(now);
      else kept();
    },
    forgotten() {
      if (said) pass([]);
      said = undefined;
    },
  };
}
