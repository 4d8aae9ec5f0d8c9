// The package for sites that bundle: npm takes it, its types fit, and it puts the tag on the page once.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";

const ROOT = resolve(import.meta.dirname, "../../static");
const FOLDER = join(ROOT, "npm");

/** @returns {string[]} */
function packed() {
  const [made] = JSON.parse(execFileSync("npm", ["pack", "--dry-run", "--json"], { cwd: FOLDER, encoding: "utf8" }));
  return made.files.map((/** @type {{path: string}} */ file) => file.path).sort();
}

test("npm packs it, with its types, our licence and nothing else", () => {
  assert.deepEqual(packed(), ["LICENSE", "README.md", "index.d.ts", "index.js", "package.json"]);
  assert.equal(readFileSync(join(FOLDER, "LICENSE"), "utf8"), readFileSync(join(ROOT, "../LICENSE"), "utf8"));
});

test("its README leads only to what is in the package, or to a whole address", () => {
  const links = [...readFileSync(join(FOLDER, "README.md"), "utf8").matchAll(/\]\(([^)]*)\)/g)].map(([, link]) => link);

  assert.ok(links.includes("LICENSE"));
  assert.deepEqual(links.filter((link) => !link.startsWith("https://") && !packed().includes(link)), []);
});

test("its types fit what it does, and what a site writes", () => {
  const file = join(mkdtempSync(join(tmpdir(), "yesmap-")), "site.ts");
  writeFileSync(file, `import { load } from "${FOLDER}/index.js";
    const yesmap = await load("https://ask.example.org", { release: "1.4.2", prompt: "off" });
    addEventListener("yesmap", (event) => event.detail.state === "on");
    const notice = await yesmap.notice();
    if (notice) await yesmap.allow({ purposes: ["heatmap"], notice: notice.version });
    // @ts-expect-error there is no such purpose
    await yesmap.allow({ purposes: ["ads"], notice: "" });`);
  const words = ["--noEmit", "--strict", "--allowJs", "--checkJs", "--target", "es2022", "--module", "es2022",
    "--moduleResolution", "bundler", "--lib", "es2022,dom"];

  execFileSync(join(ROOT, "node_modules/.bin/tsc"), [...words, join(FOLDER, "index.js"), file], { encoding: "utf8" });
});

test("the tag is put on the page once, and again after it could not be loaded", async () => {
  /** @type {any[]} */
  const added = [];
  Object.assign(globalThis, {
    window: { yesmap: "it" },
    document: { createElement: () => ({ dataset: {}, remove() { this.removed = true; } }), head: { append: (/** @type {any} */ s) => added.push(s) } },
  });
  const { load } = await import(join(FOLDER, "index.js"));

  const failing = load("https://ask.example.org");
  added[0].onerror();
  await assert.rejects(failing, /https:\/\/ask.example.org\/yesmap.js did not load/);
  const first = load("https://ask.example.org", { src: "/dist/yesmap.0.js", integrity: "sha384-x", release: "1" });
  const second = load("https://ask.example.org");
  added[1].onload();

  assert.equal(await first, "it");
  assert.equal(await second, "it");
  assert.equal(added.length, 2);
  assert.deepEqual([added[0].removed, added[1].src, added[1].integrity, added[1].crossOrigin, added[1].dataset.release],
    [true, "https://ask.example.org/dist/yesmap.0.js", "sha384-x", "anonymous", "1"]);
});
