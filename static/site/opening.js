// Describing a recording: rows for pages, the tester, purposes in the chosen languages, and the prompt as it will be.
import { pageOf } from "../rules.js";

const WAIT_MS = 400;
const form = /** @type {HTMLFormElement} */ (document.getElementById("describe"));
const rows = /** @type {HTMLElement} */ (document.getElementById("pages"));
const row = /** @type {HTMLTemplateElement} */ (document.getElementById("page-row"));
const add = /** @type {HTMLButtonElement} */ (document.getElementById("add-page"));
const origins = /** @type {HTMLTextAreaElement} */ (document.getElementById("origins"));
const urls = /** @type {HTMLTextAreaElement} */ (document.getElementById("urls"));
const matches = /** @type {HTMLElement} */ (document.getElementById("matches"));
const prompts = /** @type {HTMLElement} */ (document.getElementById("prompts"));
const share = /** @type {HTMLInputElement} */ (document.getElementById("share"));

/** Ask the server about the form as it stands. @param {string} path */
const ask = (path) => {
  const data = new FormData(form);
  return fetch(path, { method: "POST", body: new URLSearchParams(/** @type {any} */ (data)), headers: { Accept: "text/html" } });
};

// --- pages and their tester

add.hidden = false;
add.addEventListener("click", () => {
  rows.append(row.content.cloneNode(true));
  ready();
  /** @type {HTMLInputElement | null} */ (rows.querySelector(".page-row:last-child input"))?.focus();
});
rows.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-remove]") : null;
  button?.closest(".page-row")?.remove();
  if (button) changed();
});

function ready() {
  for (const button of rows.querySelectorAll("[data-remove]")) /** @type {HTMLElement} */ (button).hidden = false;
}

/** Whether an address is of the site: a path alone is, and so is any while nothing says where the site is. @param {string} line */
function here(line) {
  const site = origins.value.split("\n").filter((origin) => URL.canParse(origin)).map((origin) => new URL(origin).origin);
  return !site.length || !URL.canParse(line) || site.includes(new URL(line).origin);
}

/** What each pasted address counts as, by the rules that browsers get. */
async function test() {
  const lines = urls.value.split("\n").map((line) => line.trim()).filter(Boolean).slice(0, 200);
  if (!lines.length) return;
  const answer = await ask("/recordings/new/rules");
  if (!answer.ok) return;
  const { pages } = await answer.json();
  matches.replaceChildren(...lines.map((line) => {
    const tr = document.createElement("tr"), address = document.createElement("td"), page = document.createElement("td");
    address.textContent = line;
    address.className = "mono";
    const found = URL.canParse(line, "https://site.example") && here(line) ? pageOf(new URL(line, "https://site.example"), pages) : -1;
    const badge = document.createElement("span");
    badge.className = found < 0 ? "badge" : "badge good";
    badge.textContent = found >= 0 ? pages[found].name : here(line) ? "not recorded" : "another site";
    page.append(badge);
    tr.append(address, page);
    return tr;
  }));
}

// --- purposes, share, prompt

function languages() {
  const chosen = new FormData(form).getAll("languages");
  for (const field of form.querySelectorAll("[data-language]"))
    /** @type {HTMLElement} */ (field).hidden = !chosen.includes(/** @type {HTMLElement} */ (field).dataset.language ?? "");
}

/** The language that the prompt is shown in. */
let tongue = "";
async function preview() {
  const answer = await ask("/recordings/new/preview").catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  prompts.replaceChildren(...page.body.childNodes);
  speak(tongue);
}

/** Show the prompt in a language, or in the first where it is not there in that one. @param {string | undefined} wanted */
function speak(wanted) {
  tongue = wanted ?? "";
  const shown = /** @type {HTMLElement[]} */ ([...prompts.querySelectorAll("[data-prompt]")]);
  const one = shown.find((each) => each.dataset.prompt === tongue) ?? shown[0];
  for (const each of shown) each.hidden = each !== one;
  for (const each of prompts.querySelectorAll("[data-tongue]"))
    each.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (each).dataset.tongue === one?.dataset.prompt));
}

prompts.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-tongue]") : null;
  if (button instanceof HTMLElement) speak(button.dataset.tongue);
});
// Who writes the purpose in a language wants to see it in that one.
form.addEventListener("focusin", (event) => {
  const field = event.target instanceof Element ? event.target.closest("[data-language]") : null;
  if (field instanceof HTMLElement) speak(field.dataset.language);
});

/** @type {ReturnType<typeof setTimeout> | undefined} */
let waiting;
function changed() {
  languages();
  if (share.nextElementSibling) share.nextElementSibling.textContent = `${share.value} %`;
  clearTimeout(waiting);
  waiting = setTimeout(() => { preview(); test(); }, WAIT_MS);
}

form.addEventListener("input", changed);
ready();
changed();
