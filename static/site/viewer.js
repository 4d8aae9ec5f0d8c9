// The heatmap page: another choice without leaving the page, pictures side by side that scroll together, keys, and,
// while a recording runs, new pictures as they come.

import { Stage } from "./stage.js";

const EVERY_MS = 2000;
/** So many times as long as a new picture takes to be made, nobody asks for another. */
const REST = 5;
const ZOOMS = [0.25, 0.35, 0.5, 0.7, 1, 1.4, 2, 2.8];

const form = /** @type {HTMLFormElement} */ (document.querySelector("form.chooser"));
const view = /** @type {HTMLElement} */ (document.querySelector("#view"));
const keys = /** @type {HTMLDialogElement} */ (document.querySelector("#keys"));
/** @type {Stage[]} */
let stages = [];
let before = "";
let turns = 0;

document.documentElement.classList.add("scripted");
reveal();

/** What is of use only with a script. */
function reveal() {
  for (const each of document.querySelectorAll("[data-keys], [data-copy-link], [data-opacity], [data-page-colours]")) each.removeAttribute("hidden");
}

/** Take hold of what is in the page now. */
async function begin() {
  seen(/** @type {HTMLInputElement} */ (form.querySelector("#opacity")));
  stages = [...view.querySelectorAll(".stage")].map((section) => new Stage(/** @type {HTMLElement} */ (section)));
  together();
  await Promise.all(stages.map((stage) => stage.load()));
  const wanted = view.dataset.element;
  if (wanted) stages[0]?.choose(wanted, true);
}

/** Two pictures scroll as one, by their share. */
function together() {
  const scrollers = stages.flatMap((stage) => (stage.scroller ? [stage.scroller] : []));
  if (scrollers.length < 2) return;
  let leader = scrollers[0];
  for (const scroller of scrollers) {
    for (const kind of ["pointerenter", "focus", "wheel", "touchstart"])
      scroller.addEventListener(kind, () => { leader = scroller; }, { passive: true });
    scroller.addEventListener("scroll", () => {
      if (leader !== scroller) return;
      const part = scroller.scrollTop / (scroller.scrollHeight - scroller.clientHeight || 1);
      for (const each of scrollers) if (each !== scroller) each.scrollTop = part * (each.scrollHeight - each.clientHeight);
    }, { passive: true });
  }
}

/** The address of what the form says, without what is as usual. */
function address() {
  const wanted = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (String(value)) wanted.set(name, String(value));
  if (!wanted.get("against")) wanted.delete("mode");
  for (const [name, usual] of [["page", "0"], ["device", "desktop"], ["layer", "click"], ["palette", "classic"], ["strength", "usual"], ["opacity", "100"], ["mode", "side"]])
    if (wanted.get(name) === usual) wanted.delete(name);
  return `${location.pathname}${wanted.size ? `?${wanted}` : ""}`;
}

/** Another choice: the form and the view of another address in place of these; the last one counts. @param {string} url */
async function go(url, push = true) {
  const mine = (turns += 1);
  view.classList.add("loading-new");
  view.setAttribute("aria-busy", "true");
  const page = await fetched(url);
  if (mine !== turns) return;
  const fresh = page?.querySelector("#view");
  const chooser = page?.querySelector("form.chooser");
  if (!page || !fresh || !chooser) return location.assign(url);
  const kept = stages[0]?.scroller?.scrollTop ?? 0;
  const zoom = stages[0]?.zoom ?? 0;
  const same = fresh.querySelector(".background")?.getAttribute("src") === view.querySelector(".background")?.getAttribute("src");
  const focus = document.activeElement instanceof HTMLElement ? document.activeElement : null;
  const [name, value] = [focus?.getAttribute("name"), focus?.getAttribute("value")];
  await decoded(fresh);
  if (mine !== turns) return;
  if (push) history.pushState(null, "", url);
  document.title = page.title;
  const open = form.querySelector(".look")?.hasAttribute("open");
  form.replaceChildren(...chooser.childNodes);
  if (open) form.querySelector(".look")?.setAttribute("open", "");
  for (const actions of page.querySelectorAll(".actions")) document.querySelector(".actions")?.replaceChildren(...actions.childNodes);
  reveal();
  replaced(fresh);
  if (name) /** @type {HTMLElement | null} */ (form.querySelector(`[name="${name}"]${value && focus?.matches("[type=radio]") ? `[value="${CSS.escape(value)}"]` : ""}`))?.focus();
  await begin();
  for (const stage of stages) {
    if (zoom) stage.size(zoom);
    if (same && stage.scroller) stage.scroller.scrollTop = kept;
  }
}

/** @param {Element} fresh */
function replaced(fresh) {
  for (const { name } of [...view.attributes]) if (name !== "id") view.removeAttribute(name);
  for (const { name, value } of fresh.attributes) view.setAttribute(name, value);
  view.replaceChildren(...fresh.childNodes);
}

/** Pictures that are there before they are shown do not flicker. @param {Element} fresh */
async function decoded(fresh) {
  const images = [...fresh.querySelectorAll("img")].map((image) => Object.assign(new Image(), { src: image.getAttribute("src") }));
  await Promise.all(images.map((image) => image.decode().catch(() => {})));
}

/** @param {string} url */
async function fetched(url) {
  const answer = await fetch(url, { headers: { Accept: "text/html" } }).catch(() => null);
  return answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
}

/** New pictures and numbers in place of the ones before; where something else is to be seen, everything anew. */
async function refresh() {
  const page = await fetched(location.href);
  if (!page) return;
  const fresh = page.querySelector("#view");
  if (!fresh) return location.reload();
  await decoded(fresh);
  if (shape(fresh) !== shape(view)) {
    replaced(fresh);
    return begin();
  }
  for (const part of [".strip", ".ranks"]) {
    const list = view.querySelector(`${part} ol`)?.scrollTop ?? 0;
    view.querySelector(part)?.replaceWith(/** @type {Element} */ (fresh.querySelector(part)));
    const now = view.querySelector(`${part} ol`);
    if (now) now.scrollTop = list;
  }
  const images = fresh.querySelectorAll(".overlay");
  view.querySelectorAll(".overlay").forEach((image, n) => image.setAttribute("src", images[n].getAttribute("src") ?? ""));
  await Promise.all(stages.map((stage) => stage.load()));
  pressed(stages[0]?.chosen ?? "");
}

/** What is to be seen, whatever the numbers. @param {Element} of */
function shape(of) {
  return [...of.querySelectorAll(".overlay, .too-few:not(.not-there), .stage, .say")].map((each) => each.className).join("|");
}

/** @param {string} url */
async function watch(url) {
  let rest = EVERY_MS;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, rest));
    if (document.hidden) continue;
    const answer = await fetch(url).catch(() => null);
    if (!answer?.ok) continue;
    const now = await answer.text();
    if (before && now !== before) {
      const start = performance.now();
      await refresh();
      rest = Math.max(EVERY_MS, REST * (performance.now() - start));
    }
    before = now;
  }
}

/** @param {string} hash */
function pressed(hash) {
  for (const button of view.querySelectorAll(".ranks button[data-hash]"))
    button.setAttribute("aria-pressed", String(button.getAttribute("data-hash") === hash && hash !== ""));
}

/** @param {string} step */
function zoom(step) {
  for (const stage of stages) {
    const now = stage.scale;
    const other = step === "+" ? ZOOMS.find((z) => z > now * 1.05) : ZOOMS.findLast((z) => z < now * 0.95);
    stage.size(step === "0" ? 0 : other ?? now);
  }
}

/** The next of a list of choices. @param {string} name @param {number} step */
function turn(name, step) {
  const radios = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll(`input[name="${name}"]`)]);
  if (radios.length) {
    const at = radios.findIndex((radio) => radio.checked);
    radios[(at + step + radios.length) % radios.length].checked = true;
  } else {
    const select = /** @type {HTMLSelectElement} */ (form.querySelector(`select[name="${name}"]`));
    select.selectedIndex = (select.selectedIndex + step + select.length) % select.length;
  }
  go(address());
}

async function copied() {
  await navigator.clipboard.writeText(location.href);
  const button = document.querySelector("button[data-copy-link]");
  if (button) button.textContent = "Copied";
}

/** @type {Record<string, () => unknown>} */
const KEYS = {
  "?": () => keys.showModal(),
  j: () => stages[0]?.next(1),
  k: () => stages[0]?.next(-1),
  l: () => turn("layer", 1),
  L: () => turn("layer", -1),
  p: () => turn("page", 1),
  P: () => turn("page", -1),
  d: () => turn("device", 1),
  D: () => turn("device", -1),
  "+": () => zoom("+"),
  "=": () => zoom("+"),
  "-": () => zoom("-"),
  0: () => zoom("0"),
  o: () => view.classList.toggle("plain"),
  c: copied,
  Escape: () => stages.forEach((stage) => stage.choose("")),
};

/** How opaque heat is and how much colour the page keeps, as the form says. @param {HTMLInputElement} range */
function seen(range) {
  view.style.setProperty(range.id === "veil" ? "--veil" : "--heat", String(Number(range.value) / 100));
}

/** The address and what is exported have it as well. @param {HTMLInputElement} range */
function opaque(range) {
  history.replaceState(null, "", address());
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("a[data-look]"))) {
    const url = new URL(link.href);
    url.searchParams.set("opacity", range.value);
    link.href = url.href;
  }
}

form.addEventListener("change", (event) => {
  const changed = /** @type {HTMLInputElement} */ (event.target);
  if (changed.id === "opacity") opaque(changed);
  else if (changed.matches("[name]")) go(address());
});
form.addEventListener("input", (event) => {
  const range = /** @type {HTMLInputElement} */ (event.target);
  if (range.type === "range") seen(range);
});
form.addEventListener("submit", (event) => { event.preventDefault(); go(address()); });
window.addEventListener("popstate", () => go(location.href, false));
view.addEventListener("chosen", (event) => {
  const hash = /** @type {CustomEvent<string>} */ (event).detail;
  pressed(hash);
  const url = new URL(location.href);
  if (hash) url.searchParams.set("element", hash);
  else url.searchParams.delete("element");
  history.replaceState(null, "", url);
});
document.addEventListener("click", (event) => {
  const button = /** @type {Element} */ (event.target).closest("button");
  if (button?.dataset.zoom) zoom(button.dataset.zoom);
  else if (button?.dataset.hash) for (const stage of stages) stage.choose(button.dataset.hash, button.getAttribute("aria-pressed") !== "true");
  else if (button?.hasAttribute("data-keys")) keys.showModal();
  else if (button?.hasAttribute("data-copy-link")) copied();
});
document.addEventListener("keydown", (event) => {
  const at = /** @type {Element} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey || keys.open || at.closest("input:not([type=radio]), select, textarea")) return;
  KEYS[event.key]?.();
});

begin();
if (view.dataset.live) watch(view.dataset.live);
