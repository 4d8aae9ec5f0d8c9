// One picture: its ruler, its size, and what it answers to a pointer or a key.

/**
 * @typedef {{hash: string, tag: string, name: string, box: [number, number, number, number], saw?: number,
 *   clicked?: number, share?: number, clicks?: number, seconds?: number, rage?: number, dead?: number, error?: number,
 *   invalid?: number}} Row
 * @typedef {{width: number, height: number, sessions: number, fold: number, reach: [number, number][], rows: Row[]}} Numbers
 */

const NONE = /** @type {Numbers} */ ({ width: 0, height: 0, sessions: 0, fold: 0, reach: [], rows: [] });
const STEPS = [90, 75, 50, 25, 10];

export class Stage {
  /** @param {HTMLElement} section */
  constructor(section) {
    this.section = section;
    this.scroller = /** @type {HTMLElement | null} */ (section.querySelector(".scroller"));
    this.sheet = /** @type {HTMLElement | null} */ (section.querySelector(".sheet"));
    this.spot = /** @type {HTMLElement | null} */ (section.querySelector(".spot"));
    this.tip = /** @type {HTMLElement | null} */ (section.querySelector(".tip"));
    this.hot = /** @type {HTMLElement | null} */ (section.querySelector(".hot"));
    this.here = /** @type {HTMLElement | null} */ (section.querySelector(".here"));
    this.numbers = NONE;
    this.chosen = "";
    this.zoom = 0;
    this.scroller?.addEventListener("scroll", () => this.told(), { passive: true });
    this.hot?.addEventListener("click", () => this.choose(this.hottest()?.hash ?? "", true));
    this.sheet?.addEventListener("pointermove", (event) => this.point(event));
    this.sheet?.addEventListener("pointerleave", () => this.show(this.row(this.chosen)));
    this.sheet?.addEventListener("click", (event) => this.choose(this.at(event)?.hash ?? ""));
    if (this.scroller) new ResizeObserver(() => this.told()).observe(this.scroller);
    this.pictures();
    const divide = /** @type {HTMLInputElement | null} */ (section.querySelector("[data-divide]"));
    divide?.addEventListener("input", () => this.sheet?.style.setProperty("--part", `${divide.value}%`));
  }

  /** Say that pictures are on their way, and when one did not come. */
  pictures() {
    const images = /** @type {HTMLImageElement[]} */ ([...this.section.querySelectorAll(".sheet img")]);
    const coming = () => this.sheet?.classList.toggle("loading", images.some((image) => !image.complete));
    /** @param {HTMLImageElement} image */
    const failed = (image) => {
      coming();
      image.hidden = true;
      this.section.querySelector(".not-there")?.removeAttribute("hidden");
    };
    for (const image of images) {
      image.addEventListener("load", coming);
      image.addEventListener("error", () => failed(image));
      if (image.complete && !image.naturalWidth) failed(image);
    }
    coming();
  }

  /** Fetch what is where. */
  async load() {
    const url = this.section.dataset.numbers;
    if (!url || !this.sheet) return;
    const answer = await fetch(url).catch(() => null);
    if (!answer?.ok) return;
    this.numbers = await answer.json();
    this.sheet.style.setProperty("--reference", `${this.numbers.width}px`);
    this.size(this.zoom);
    this.rule();
    this.told();
  }

  /** @param {string} hash */
  row(hash) {
    return this.numbers.rows.find((row) => row.hash === hash);
  }

  /** How many px of the screen one px of the page is. */
  get scale() {
    return this.sheet && this.numbers.width ? this.sheet.clientWidth / this.numbers.width : 1;
  }

  /** @param {number} zoom 0 = as wide as there is room, else px of the screen for one of the page */
  size(zoom) {
    if (!this.sheet || !this.scroller) return;
    const middle = (this.scroller.scrollTop + this.scroller.clientHeight / 2) / (this.sheet.clientHeight || 1);
    this.zoom = zoom;
    this.sheet.style.maxWidth = zoom ? "none" : "";
    this.sheet.style.width = zoom ? `${Math.round(zoom * this.numbers.width)}px` : "";
    this.scroller.scrollTop = middle * this.sheet.clientHeight - this.scroller.clientHeight / 2;
    this.show(this.row(this.chosen));
  }

  /** Mark in the ruler from where on fewer got. */
  rule() {
    const ruler = this.section.querySelector(".ruler");
    const { sessions, height, reach, fold } = this.numbers;
    if (!ruler || !sessions || !height) return;
    const marks = STEPS.map((step) => {
      const below = reach.find(([, n]) => n && (100 * n) / sessions < step);
      return below ? mark(`${step} %`, below[0] / height) : null;
    });
    if (fold && fold < height) marks.push(mark("fold", fold / height, "fold"));
    ruler.replaceChildren(...marks.filter((each) => each !== null));
  }

  /** Say how many got to what is in view now. */
  told() {
    const { sessions, reach } = this.numbers;
    this.led();
    if (!this.scroller || !this.here || !sessions) return;
    const y = (this.scroller.scrollTop + this.scroller.clientHeight) / this.scale;
    const got = reach.filter(([from]) => from <= y).at(-1)?.[1] ?? 0;
    this.here.hidden = false;
    this.here.textContent = got ? `${share(got / sessions)} got down to here` : "fewer than five got down to here";
  }

  /** The rows that the layer is about. */
  warm() {
    const what = /** @type {"clicked" | "rage" | "dead" | "error" | undefined} */ (this.section.dataset.hot);
    return what ? this.numbers.rows.map((row) => ({ row, n: row[what] ?? 0 })).filter(({ n }) => n) : [];
  }

  hottest() {
    return this.warm().reduce((most, each) => (each.n > most.n ? each : most), /** @type {{row?: Row, n: number}} */ ({ n: 0 })).row;
  }

  /** Where nothing hot is in view, offer the way to the hottest place. */
  led() {
    const hottest = this.hottest();
    if (!this.hot || !this.scroller) return;
    const [top, bottom] = [this.scroller.scrollTop, this.scroller.scrollTop + this.scroller.clientHeight].map((y) => y / this.scale);
    const seen = this.warm().some(({ row: { box: [, y, , h] } }) => y < bottom && y + h > top);
    this.hot.hidden = !hottest || seen;
    if (hottest) this.hot.textContent = `The hottest place is ${hottest.box[1] < top ? "above" : "below"}: show it`;
  }

  /** @param {MouseEvent} event */
  at(event) {
    const box = this.sheet?.getBoundingClientRect();
    if (!box) return undefined;
    const [x, y] = [(event.clientX - box.left) / this.scale, (event.clientY - box.top) / this.scale];
    const inside = this.numbers.rows.filter(({ box: [left, top, w, h] }) => x >= left && y >= top && x < left + w && y < top + h);
    return inside.reduce((/** @type {Row | undefined} */ least, row) => (!least || area(row) < area(least) ? row : least), undefined);
  }

  /** @param {PointerEvent} event */
  point(event) {
    if (event.pointerType !== "touch") this.show(this.at(event) ?? this.row(this.chosen));
  }

  /** Point an element out and keep to it. @param {string} hash */
  choose(hash, scroll = false) {
    this.chosen = hash === this.chosen && !scroll ? "" : hash;
    const row = this.row(this.chosen);
    if (row && scroll && this.scroller)
      this.scroller.scrollTo({ top: row.box[1] * this.scale - this.scroller.clientHeight / 3, left: row.box[0] * this.scale - 40 });
    this.show(row);
    this.section.dispatchEvent(new CustomEvent("chosen", { bubbles: true, detail: this.chosen }));
  }

  /** @param {Row | undefined} row */
  show(row) {
    if (!this.spot || !this.tip || !this.sheet || !this.scroller) return;
    this.spot.hidden = this.tip.hidden = !row;
    if (!row) return;
    const [x, y, w, h] = row.box.map((px) => px * this.scale);
    Object.assign(this.spot.style, { left: `${x - 3}px`, top: `${y - 3}px`, width: `${w + 6}px`, height: `${h + 6}px` });
    this.tip.replaceChildren(...words(row));
    this.place(x, y, h);
  }

  /** Put the words below the element, or above it where there is no room. @param {number} x @param {number} y @param {number} h */
  place(x, y, h) {
    if (!this.tip || !this.sheet || !this.scroller) return;
    const frame = this.section.getBoundingClientRect();
    const sheet = this.sheet.getBoundingClientRect();
    const room = this.scroller.getBoundingClientRect();
    const below = sheet.top + y + h + 8;
    const top = below + this.tip.offsetHeight < room.bottom ? below : sheet.top + y - this.tip.offsetHeight - 8;
    const left = Math.min(Math.max(sheet.left + x, frame.left + 8), frame.right - this.tip.offsetWidth - 8);
    this.tip.style.top = `${Math.min(Math.max(top, room.top + 8), room.bottom - this.tip.offsetHeight - 8) - frame.top}px`;
    this.tip.style.left = `${left - frame.left}px`;
  }

  /** The element before or after the chosen one, from top to bottom. @param {number} step */
  next(step) {
    const rows = [...this.numbers.rows].filter((row) => row.clicked || row.rage || row.dead || row.error)
      .sort((a, b) => a.box[1] - b.box[1] || a.box[0] - b.box[0]);
    if (!rows.length) return;
    const at = rows.findIndex((row) => row.hash === this.chosen);
    this.choose(rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : (at + step + rows.length) % rows.length].hash, true);
  }
}

/** @param {string} text @param {number} part @param {string} kind */
function mark(text, part, kind = "") {
  const made = document.createElement("span");
  made.textContent = text;
  made.className = kind;
  made.style.top = `${100 * part}%`;
  return made;
}

/** @param {Row} row */
function area({ box: [, , w, h] }) {
  return w * h;
}

/** @param {number} part */
function share(part) {
  return `${Math.round(100 * part)} %`;
}

/** What is told of an element. @param {Row} row */
function words(row) {
  const name = document.createElement("strong");
  name.textContent = `${row.name || "(no name)"} `;
  const tag = document.createElement("small");
  tag.textContent = row.tag;
  name.append(tag);
  const lines = [line(`${row.saw ?? "fewer than 5"} saw it · ${row.clicked ?? "fewer than 5"} clicked it${row.share ? ` (${share(row.share)})` : ""}`)];
  if (row.clicks) lines.push(line(`${row.clicks} clicks${row.seconds ? ` · first click after ${row.seconds} s` : ""}`));
  const wrong = [["rage", "clicked again and again"], ["dead", "in vain"], ["error", "into an error"], ["invalid", "refused"]]
    .map(([kind, said]) => [row[/** @type {"rage"} */ (kind)], said]).filter(([n]) => n).map(([n, said]) => `${n} ${said}`);
  if (wrong.length) lines.push(line(wrong.join(" · "), "bad"));
  return [name, ...lines];
}

/** @param {string} text @param {string} kind */
function line(text, kind = "") {
  const made = document.createElement("div");
  made.textContent = text;
  made.className = kind;
  return made;
}
