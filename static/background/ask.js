// What is asked before a background is taken: which page this is, in which state, and whether its texts may be read.

/** @typedef {import("../types.d.ts").Session} Session */
/** @typedef {{page: string, state: string, release: string, masked: boolean}} Wish */

/** How wide a page of each device class is drawn, CSS px: as in recorder/recording.py. */
export const WIDTHS = { desktop: 1280, tablet: 800, mobile: 380 };

/**
 * The form. `wish` gives what it says, null when something is missing.
 * @param {Session} session
 * @param {{filmed: () => unknown, bare: () => unknown, added: (files: File[]) => unknown}} ways to a background
 */
export function ask(session, { filmed, bare, added }) {
  const { h, button, recording } = session;
  const here = session.pageHere();
  const page = h("select", { id: "page" }, ...here < 0 ? [h("option", { value: "" }, "Choose a page")] : [],
    ...recording.pages.map(({ name }, i) => Object.assign(h("option", {}, name), { selected: i === here })));
  const state = h("input", { id: "state", autocomplete: "off", spellcheck: "false", maxlength: "39", placeholder: "such as menu-open" });
  const masked = Object.assign(h("input", { id: "masked", type: "checkbox" }), { checked: true });
  const called = release(session);
  const only = h("input", { id: "release", type: "checkbox" });
  const file = h("input", { id: "file", type: "file", accept: "image/*", multiple: "" });
  file.onchange = () => Promise.resolve(added([...file.files])).then(() => (file.value = ""));
  const take = button("Capture this tab", filmed);
  take.className = "main";
  const takes = "getDisplayMedia" in (navigator.mediaDevices ?? {});
  const content = [
    h("p", {}, widths(session.device())),
    h("div", { class: "fields" },
      h("div", {}, h("label", { for: "page" }, "Page"), page),
      h("div", {}, h("label", { for: "state" }, "State, if something is open"), state)),
    h("label", { class: "check" }, masked, h("span", {}, "Make texts unreadable ",
      h("small", {}, "Lines become bars; of names, those of buttons, links and headings are kept, without digits. Clear it only for a page that says the same to everybody."))),
    ...called ? [h("label", { class: "check" }, only, h("span", {}, `Only for release ${called}`))] : [],
    h("p", { class: "soft" }, "Or paste a picture of the whole page. Nothing is sent before you have looked at it."),
  ];
  const buttons = [...takes ? [take] : [], button("Without a picture", bare), h("label", { class: "file" }, file, "Choose a picture")];

  /** @returns {Wish | null} */
  function wish() {
    const name = state.value.trim().toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
    page.setAttribute("aria-invalid", `${!page.value}`);
    if (!page.value) page.focus();
    return page.value ? { page: page.value, state: name, release: only.checked ? called : "", masked: masked.checked } : null;
  }
  return { content, buttons, wish };
}

/** The release that the page says it is, if the recording knows such. @param {Session} session */
function release({ told, recording: { releases }, fits }) {
  const said = told.release ?? document.querySelector("meta[name=yesmap-release]")?.getAttribute("content") ?? "";
  return releases && fits(said, releases) ? said : "";
}

/** @param {import("../types.d.ts").Device} device */
function widths(device) {
  const width = document.documentElement.clientWidth;
  const drawn = width === WIDTHS[device] ? "" : `; heatmaps are drawn at ${WIDTHS[device]} px, so make it that wide if you can`;
  return `This window is ${width} px wide: it is taken for ${device}${drawn}.`;
}
