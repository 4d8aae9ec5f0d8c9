// Leads to a page of the site, with a code that lets its tag take a background there.

/** A window this high is as high as most. */
const HEIGHT = 800;

/** @template {HTMLElement} [T=HTMLElement] @param {string} id @returns {T} */
const get = (id) => /** @type {T} */ (document.getElementById(id));

/** @param {HTMLFormElement} form */
export function lead(form) {
  const address = /** @type {HTMLInputElement} */ (get("address"));
  const size = /** @type {HTMLSelectElement} */ (get("window"));
  const wrong = get("no-link");
  let led = false;

  async function go() {
    const headers = { "X-Form-Token": form.dataset.token ?? "" };
    const body = new URLSearchParams({ address: address.value });
    const answer = await fetch(form.dataset.to ?? "", { method: "POST", body, headers }).catch(() => null);
    const told = await answer?.json().catch(() => null);
    wrong.hidden = !!answer?.ok;
    get("made").hidden = !answer?.ok;
    if (!answer?.ok) return void (wrong.textContent = told?.error?.message ?? "There is no connection.");
    get("link").textContent = told.link;
    const width = Number(size.value);
    open(told.link, "_blank", width ? `noopener,popup,width=${width},height=${HEIGHT}` : "noopener");
    led = true;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go();
  });
  addEventListener("focus", () => led && renew());
}

/** Whoever comes back sees what has been taken meanwhile. */
async function renew() {
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [before, after] = [document, page].map((each) => each.querySelector("[aria-labelledby=there]"));
  if (after) before?.replaceWith(after);
}
