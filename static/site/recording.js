// Shows the picture anew when batches have come in.
const viewer = /** @type {HTMLElement | null} */ (document.querySelector("[data-live]"));
const EVERY_MS = 2000;

/** @param {string} url */
async function watch(url) {
  let before = "";
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    if (document.hidden) continue;
    const response = await fetch(url).catch(() => null);
    if (!response || !response.ok) continue;
    const now = await response.text();
    if (before && now !== before) await refresh();
    before = now;
  }
}

/** Replace the viewer's content by what the server says now. */
async function refresh() {
  const response = await fetch(location.href).catch(() => null);
  if (!response || !response.ok || !viewer) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.querySelector(".viewer");
  if (!fresh) return;
  const image = /** @type {HTMLImageElement | null} */ (fresh.querySelector("#picture"));
  if (image) {
    image.src = `${image.src}?${Date.now()}`;
    await image.decode().catch(() => {});
  }
  viewer.replaceChildren(...fresh.childNodes);
}

if (viewer) watch(String(viewer.dataset.live));
