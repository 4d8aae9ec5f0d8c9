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
for (const time of document.querySelectorAll("time[data-local]")) {
  if (!(time instanceof HTMLTimeElement)) continue;
  time.title = time.textContent ?? "";
  time.textContent = moment.format(new Date(time.dateTime));
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
