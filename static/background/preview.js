// What will be kept, to be looked at: the picture, the boxes and names of the elements over it, and what it cannot show.

/** How high a canvas may be everywhere, px. */
const HIGHEST = 16_383;

/**
 * @param {import("../types.d.ts").Session} session
 * @param {import("./measure.js").Measured} measured
 * @param {HTMLCanvasElement | null} picture
 * @param {boolean} masked
 * @param {string} team where it is sent
 * @returns {Node[]}
 */
export function preview({ h }, { width, height, snapshot, warnings }, picture, masked, team) {
  const { elements, page, device } = snapshot;
  const boxes = drawn(elements, width, Math.min(height, HIGHEST), !picture);
  const over = Object.assign(h("input", { id: "boxes", type: "checkbox" }), { checked: true });
  over.onchange = () => (boxes.style.visibility = over.checked ? "" : "hidden");
  const sheet = h("div", { class: "sheet", tabindex: "0", role: "group", "aria-label": "What will be kept" },
    h("div", {}, ...picture ? [picture] : [], boxes));
  const names = elements.filter(({ name }) => name).length;
  const facts = [`${page}, ${device}: ${elements.length} elements, ${names} with a name`,
    picture ? `a picture of ${width} × ${picture.height} px` : "no picture: heatmaps lie on these boxes",
    !masked ? "texts can be read" : picture ? "texts are unreadable" : "other texts are left out"];
  return [sheet,
    h("p", {}, `${facts.join("; ")}. This is all that is sent, to ${team}.`),
    ...picture ? [h("label", { class: "check" }, over, h("span", {}, "Show the elements over it"))] : [],
    ...warnings.length ? [h("ul", {}, ...warnings.map((each) => h("li", {}, `${each}.`)))] : []];
}

/** @param {import("../element.js").Row[]} rows @param {number} width @param {number} height @param {boolean} alone */
function drawn(rows, width, height, alone) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height: Math.max(1, height) });
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.font = "12px system-ui";
  if (alone) {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, width, height);
  }
  for (const { x, y, w, h, name, visible } of rows) {
    if (!visible) continue;
    pen.strokeStyle = name ? "#0b655e" : "#0b655e55";
    pen.strokeRect(x + 0.5, y + 0.5, w - 1, h - 1);
    if (name) label(pen, name, x, y, w);
  }
  return canvas;
}

/** A name in its box, as far as that is wide enough. @param {CanvasRenderingContext2D} pen @param {string} name @param {number} x @param {number} y @param {number} w */
function label(pen, name, x, y, w) {
  const wide = Math.min(pen.measureText(name).width + 6, Math.max(w, 24));
  pen.save();
  pen.beginPath();
  pen.rect(x, y, wide, 16);
  pen.clip();
  pen.fillStyle = "#0b655ee6";
  pen.fillRect(x, y, wide, 16);
  pen.fillStyle = "#fff";
  pen.fillText(name, x + 3, y + 12);
  pen.restore();
}
