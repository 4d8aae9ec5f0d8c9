// A visit, played: fetches it, shows it moment by moment, and lets go of it when the visitor takes back the yes.

import { clock } from "./player/clock.js";
import { minutes } from "./player/find.js";
import { keys } from "./player/keys.js";
import { pen } from "./player/pen.js";
import { sheet } from "./player/sheet.js";
import { lines, story, summary } from "./player/story.js";
import { track } from "./player/track.js";

/** @typedef {import("./player/types.d.ts").Replay} Replay */

/** How often an open player asks whether the visit may still be seen, ms. */
const EVERY = 5000;
/** How far the arrow keys go, ms. */
const STEP = 5000;
const SPEEDS = [1, 2, 4, 8];
/** A moment is played from a little before it, ms. */
const BEFORE = 700;
/** What stands above and below the picture, px, and how high the picture is at least. */
const AROUND = 420;
const LEAST = 380;

/** @template {HTMLElement} [T=HTMLElement] @param {string} selector @returns {T} */
const get = (selector) => /** @type {T} */ (document.querySelector(selector));
const player = get("[data-replay]");
const address = String(player.dataset.replay);

/** @param {Response} response */
const refusal = async (response) => (await response.json().catch(() => null))?.error?.message ?? "This replay cannot be shown now. Load the page again.";

/** In place of everything, a sentence. @param {string} text */
function instead(text) {
  const said = document.createElement("p");
  said.className = "instead";
  said.setAttribute("role", "alert");
  said.textContent = text;
  player.replaceChildren(said);
}

/** @param {Replay} replay */
function run(replay) {
  const [stage, frame, canvas, said, toggle, time, place] = ["#stage", "#frame", "#hand", "#said", "#toggle", "#time", "#place"].map((s) => get(s));
  /** @type {number} */
  let shown = -1;
  /** @type {ReturnType<typeof sheet>} */
  let page;
  /** @type {ReturnType<typeof pen>} */
  let hand;
  let skippedUntil = 0;
  const told = lines(replay);
  const starts = replay.views.map(({ from }) => from);
  const nth = (/** @type {number} */ now) => Math.max(starts.findLastIndex((from) => from <= now), 0);
  /** To a moment: while it plays a little before it, so that one sees what led to it. @param {number | undefined} t */
  const go = (t) => t !== undefined && timer.seek(timer.playing ? t - BEFORE : t);
  const list = story(get("#story"), told, go);
  const rail = track(get("#track"), replay, (t) => timer.seek(t));
  summary(get("#summary"), told, go);

  /** @param {number} i */
  function turn(i) {
    shown = i;
    const view = replay.views[i];
    page = sheet(frame, view);
    hand = pen(/** @type {HTMLCanvasElement} */ (canvas), view);
    Object.assign(frame.style, { width: `${view.stage[0]}px`, height: `${view.stage[1]}px` });
    place.textContent = [view.page, `${view.device}, ${view.viewport.join(" × ")}`, view.release && `release ${view.release}`, view.variant, view.states.some(({ picture }) => picture) && "drawn on the page’s snapshot, which may show other things than this visitor saw"].filter(Boolean).join(" · ");
  }

  /** As large as there is room; gives px of the screen per px of the window. @param {[number, number]} size */
  function fit([width, height]) {
    const room = Math.max(innerHeight - AROUND, LEAST);
    const scale = Math.min(stage.clientWidth / width, room / height, 1.25);
    frame.style.transform = `scale(${scale})`;
    stage.style.height = `${height * scale}px`;
    const left = `${(stage.clientWidth - width * scale) / 2}px`;
    frame.style.left = left;
    Object.assign(canvas.style, { left, width: `${width * scale}px`, height: `${height * scale}px` });
    return scale;
  }

  /** @param {number} now @param {number} skipped ms */
  function show(now, skipped) {
    const i = nth(now);
    if (i !== shown) turn(i);
    const scale = fit(replay.views[i].stage);
    page(now);
    hand(now, scale);
    rail(now, replay.views[i].page);
    const line = list.show(now);
    if (skipped > 0) skippedUntil = performance.now() + 900;
    said.textContent = timer.playing && performance.now() < skippedUntil && !line?.trouble ? "Idle time skipped" : line?.text ?? "";
    said.classList.toggle("trouble", !!line?.trouble);
    time.textContent = `${minutes(now)} / ${minutes(replay.length)}`;
    toggle.textContent = timer.playing ? "Pause" : "Play";
    toggle.classList.toggle("playing", timer.playing);
  }

  const timer = clock(replay, show);
  const speeds = [...document.querySelectorAll("input[name=speed]")].map((e) => /** @type {HTMLInputElement} */ (e));
  const skip = /** @type {HTMLInputElement} */ (get("#skip"));
  const pace = (/** @type {number} */ times) => {
    timer.speed(times);
    speeds.forEach((e) => void (e.checked = Number(e.value) === times));
  };
  const idle = (/** @type {boolean} */ on) => timer.skip((skip.checked = on));
  speeds.forEach((e) => e.addEventListener("change", () => pace(Number(e.value))));
  skip.addEventListener("change", () => idle(skip.checked));
  toggle.addEventListener("click", timer.toggle);
  get("#back").addEventListener("click", () => timer.seek(timer.now - STEP));
  get("#on").addEventListener("click", () => timer.seek(timer.now + STEP));
  get("#worse").addEventListener("click", () => go(list.step(timer.now, 1, true)));
  const follow = (/** @type {string} */ rel) => () => /** @type {HTMLAnchorElement | null} */ (document.querySelector(`a[rel=${rel}]`))?.click();
  const press = keys({
    Space: timer.toggle, k: timer.toggle, s: () => idle(!skip.checked),
    ArrowLeft: () => timer.seek(timer.now - STEP), ArrowRight: () => timer.seek(timer.now + STEP),
    ArrowUp: () => go(list.step(timer.now, -1)), ArrowDown: () => go(list.step(timer.now, 1)),
    w: () => go(list.step(timer.now, 1, true)), Home: () => timer.seek(0), End: () => timer.seek(replay.length),
    n: follow("next"), p: follow("prev"),
    ...Object.fromEntries(SPEEDS.map((times) => [String(times), () => pace(times)])),
  });
  document.addEventListener("keydown", press);
  const resized = new ResizeObserver(() => show(timer.now, 0));
  resized.observe(stage);
  show(0, 0);
  return () => {
    timer.pause();
    resized.disconnect();
    document.removeEventListener("keydown", press);
  };
}

/** Until the visitor takes back the yes, or the recording ends. @param {() => void} stop */
async function watch(stop) {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, EVERY));
    const response = await fetch(`${address}/there`).catch(() => null);
    if (!response || response.ok || response.status >= 500) continue;
    stop();
    return instead(await refusal(response));
  }
}

/** A note is kept without leaving the visit. @param {HTMLElement | null} notes */
function keepNotes(notes) {
  notes?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "text/html" } }).catch(() => null);
    const page = new DOMParser().parseFromString((await answer?.text()) ?? "", "text/html");
    const fresh = answer?.ok && page.querySelector(".notes");
    if (fresh) notes.replaceChildren(...fresh.childNodes);
    else form.submit();
  });
}

keepNotes(document.querySelector(".notes"));
const response = await fetch(`${address}/data`).catch(() => null);
if (!response) instead("The replay could not be loaded: there is no connection.");
else if (!response.ok) instead(await refusal(response));
else {
  const replay = /** @type {Replay} */ (await response.json());
  if (replay.views.length) {
    player.classList.add("ready");
    watch(run(replay));
  } else instead("Nothing was recorded in this visit.");
}
