// One more background: from the page itself, which is opened with a code; or by hand: a file, a picture that is pasted, or
// a window that is captured, looked at before it is kept.

import { lead } from "./backgrounds/lead.js";
import { draw } from "./backgrounds/picture.js";

/** @template {HTMLElement} [T=HTMLElement] @param {string} id @returns {T} */
const get = (id) => /** @type {T} */ (document.getElementById(id));

/** @param {HTMLFormElement} form */
function start(form) {
  const canvas = /** @type {HTMLCanvasElement} */ (get("preview"));
  const mask = /** @type {HTMLInputElement} */ (get("mask"));
  const device = /** @type {HTMLSelectElement} */ (get("device"));
  const file = /** @type {HTMLInputElement} */ (get("file"));
  const [review, wrong] = [get("review"), get("wrong")];
  /** @type {ImageBitmap[]} */
  let parts = [];

  /** @param {string} [text] */
  function say(text = "") {
    wrong.textContent = text;
    wrong.hidden = !text;
  }

  function show() {
    review.hidden = !parts.length;
    if (parts.length) draw(canvas, parts, Number(device.selectedOptions[0].dataset.width), mask.checked);
  }

  /** @param {ImageBitmapSource} source */
  async function add(source) {
    say();
    const part = await createImageBitmap(source).catch(() => null);
    if (!part) return say("That is no picture that this browser can read.");
    parts.push(part);
    show();
    review.scrollIntoView({ block: "nearest" });
  }

  /** One picture of a window or a tab that the reader chooses; the browser asks. */
  async function capture() {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: true }).catch(() => null);
    if (!stream) return say("Nothing was captured.");
    const video = document.createElement("video");
    video.srcObject = stream;
    await video.play();
    await add(video);
    for (const one of stream.getTracks()) one.stop();
  }

  async function keep() {
    const image = await new Promise((/** @type {BlobCallback} */ done) => canvas.toBlob(done, "image/png"));
    const body = new FormData();
    body.set("page", /** @type {HTMLSelectElement} */ (get("page")).value);
    body.set("device", device.value);
    body.set("image", /** @type {Blob} */ (image), "page.png");
    const headers = { "X-Form-Token": form.dataset.token ?? "" };
    const answer = await fetch(form.dataset.to ?? "", { method: "POST", body, headers }).catch(() => null);
    if (answer?.ok) return location.reload();
    say((await answer?.json().catch(() => null))?.error?.message ?? "It could not be kept: there is no connection.");
  }

  file.addEventListener("change", () => [...(file.files ?? [])].forEach(add));
  addEventListener("paste", (event) => {
    const images = [...(event.clipboardData?.files ?? [])].filter(({ type }) => type.startsWith("image/"));
    images.forEach(add);
  });
  const screen = get("capture");
  screen.hidden = !navigator.mediaDevices?.getDisplayMedia;
  screen.addEventListener("click", capture);
  mask.addEventListener("change", show);
  device.addEventListener("change", show);
  get("again").addEventListener("click", () => {
    parts = [];
    file.value = "";
    say();
    show();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (parts.length) keep();
    else say("Choose, paste or capture a picture first.");
  });
}

const [form, page] = ["by-hand", "from-page"].map((id) => document.getElementById(id));
if (form instanceof HTMLFormElement) start(form);
if (page instanceof HTMLFormElement) lead(page);
