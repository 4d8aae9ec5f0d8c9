// What every page does: copy buttons, questions before what cannot be taken back, times in the reader's own zone.

for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!(button instanceof HTMLButtonElement)) continue;
  const said = button.textContent ?? "";
  button.addEventListener("click", async () => {
    const from = document.getElementById(button.dataset.copy ?? "");
    if (!from) return;
    await navigator.clipboard.writeText((from.textContent ?? "").trim());
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = said; }, 1600);
  });
}

document.addEventListener("submit", (event) => {
  const question = event.target instanceof HTMLFormElement ? event.target.dataset.ask : undefined;
  if (question && !confirm(question)) event.preventDefault();
});

// A menu closes when one goes on, and with Escape.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]"))
    if (!menu.contains(/** @type {Node} */ (event.target))) menu.removeAttribute("open");
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.removeAttribute("open");
    /** @type {HTMLElement | null} */ (menu.querySelector("summary"))?.focus();
  }
});

const moment = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
localised(document);

/** @param {ParentNode} place */
function localised(place) {
  for (const time of place.querySelectorAll("time[data-local]")) {
    if (!(time instanceof HTMLTimeElement)) continue;
    time.title = time.textContent ?? "";
    time.textContent = moment.format(new Date(time.dateTime));
  }
}

// Pieces of a page that take a while to work out come after it.
for (const place of document.querySelectorAll("[data-load]")) {
  if (!(place instanceof HTMLElement)) continue;
  fetch(place.dataset.load ?? "", { headers: { Accept: "text/html" } })
    .then(async (answer) => {
      if (!answer.ok) throw new Error(answer.statusText);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      place.replaceChildren(...page.body.childNodes);
    })
    .catch(() => {
      place.textContent = "This could not be worked out just now. Load the page again in a moment.";
    })
    .finally(() => { place.dataset.loaded = "1"; });
}

// The end of a recording, step by step, for who waits for it; once it is over, the page as it is then.
const ASK_MS = 2000;
for (const place of document.querySelectorAll("[data-follow]")) if (place instanceof HTMLElement) follow(place);

/** @param {HTMLElement} place */
async function follow(place) {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, ASK_MS));
    if (document.hidden) continue;
    const answer = await fetch(place.dataset.follow ?? "", { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer?.ok) continue;
    const now = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-follow]");
    if (!(now instanceof HTMLElement)) return location.reload();
    if (now.dataset.state === place.dataset.state) continue;
    if (document.querySelector("[data-waits]")) return location.reload();
    place.dataset.state = now.dataset.state;
    for (const said of place.querySelectorAll("[data-say]"))
      said.replaceChildren(...now.querySelector(`[data-say="${said.getAttribute("data-say")}"]`)?.childNodes ?? []);
    localised(place);
  }
}

setInterval(() => {
  for (const clock of document.querySelectorAll("[data-clock]")) {
    if (!(clock instanceof HTMLElement)) continue;
    clock.dataset.since ??= String(Date.now() - 1000 * Number(clock.dataset.clock));
    const seconds = Math.floor((Date.now() - Number(clock.dataset.since)) / 1000);
    clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }
}, 1000);
