// The certificate's page: checks the certificate that it shows, and any other that the reader has kept as a file.

import { judge, named } from "./judge.js";

const box = /** @type {HTMLElement} */ (document.querySelector("[data-certificate]"));
const file = /** @type {HTMLInputElement} */ (document.querySelector("input[type=file]"));

/** Show one of the texts that are in the page already. @param {string} group @param {string} name */
function show(group, name) {
  for (const each of /** @type {NodeListOf<HTMLElement>} */ (box.querySelectorAll(`[data-${group}]`))) {
    each.hidden = each.dataset[group] !== name;
  }
}

/** @param {string} text */
async function check(text) {
  const judged = await judge(text);
  show("result", judged.result);
  /** @type {HTMLElement} */ (box.querySelector("code")).textContent = judged.key;
  show("whose", judged.result === "genuine" ? await whose(judged) : "");
  box.dataset.done = judged.result;
}

/** @param {import("./judge.js").Judged} judged */
async function whose(judged) {
  const [notice, keys] = await Promise.all([get(`/notices/${judged.notice}.json`), get("/keys/certificate.json")]);
  if (notice && (await named(judged.notice, await notice.arrayBuffer(), judged.key))) return "notice";
  const published = keys ? (await keys.json()).keys : [];
  return published.some((/** @type {{ public_key: string }} */ each) => each.public_key === judged.key) ? "site" : "unknown";
}

/** @param {string} url */
async function get(url) {
  const response = await fetch(url).catch(() => null);
  return response && response.ok ? response : null;
}

file.addEventListener("change", async () => {
  if (file.files && file.files[0]) await check(await file.files[0].text());
});

const shown = await get(String(box.dataset.certificate));
if (shown) await check(await shown.text());
