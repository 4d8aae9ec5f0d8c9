// Builds what visitors load into dist/: the panel, the recorder, the loader with the prompt, which names the bytes of both,
// and the adapters for consent tools. The same input gives the same bytes on every machine.
import { createHash } from "node:crypto";
import { readFile, rm, writeFile, mkdir } from "node:fs/promises";
import { build, transform } from "esbuild";
import { minify } from "terser";

const here = import.meta.dirname;
const dist = `${here}/dist`;

/** Names of properties that only our own files know, and that are made short in all of them alike. */
const OURS = [
  "told", "pageHere", "mount", "gone", "begin", "pageChanged", "keptChanged", "consent", "fits", "redraw", "relabel", "hide", "clicked", "shown",
  "leave", "turnPage", "arrived", "cut", "sendAll", "panel", "say", "tally", "look", "fault", "give", "post", "renew", "enter", "lastClick",
];
const theirs = await readFile(`${here}/node_modules/typescript/lib/lib.dom.d.ts`, "utf8");
for (const name of OURS) {
  if (new RegExp(`^ +(readonly )?${name}[?(<:]`, "m").test(theirs)) throw new Error(`${name} is a name of the browser's too: call it something else.`);
}
const short = {};

/** A style sheet becomes a string: the pages that it is used on may forbid inline styles. */
const styles = {
  name: "styles",
  setup: (bundle) => bundle.onLoad({ filter: /\.css$/ }, async ({ path }) => {
    const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true });
    return { contents: code.trim(), loader: "text" };
  }),
};

/** Writes dist/<name>.js; gives the path under which it is served for good, and its integrity, as code. */
async function make(name, define = {}) {
  const { outputFiles: [{ text }] } = await build({
    absWorkingDir: here, entryPoints: [`${name}.js`], outdir: "dist", write: false, bundle: true, format: "esm",
    target: "es2022", charset: "utf8", legalComments: "none", plugins: [styles], define,
  });
  const { code } = await minify(text, {
    // Unsafe is what relies on String() and the like being the browser's own.
    module: true, ecma: 2020, compress: { unsafe: true, passes: 5, inline: 1, unsafe_arrows: true, pure_getters: true, hoist_props: false }, format: { ascii_only: false },
    mangle: { properties: { regex: new RegExp(`^(${OURS.join("|")})$`) } }, nameCache: short,
  });
  delete short.vars;
  await writeFile(`${dist}/${name}.js`, code);
  const digest = createHash("sha256").update(code).digest();
  // The name repeats the beginning of the integrity, which takes next to nothing once it is compressed.
  return JSON.stringify([`/dist/${name}.${digest.toString("base64url").slice(0, 10)}.js`, `sha256-${digest.toString("base64")}`]);
}

await rm(dist, { recursive: true, force: true });
await mkdir(`${dist}/adapters`, { recursive: true });
for (const name of ["adapters/cookieconsent", "adapters/klaro"]) await make(name);
const BACKGROUND = await make("background");
const PANEL = await make("panel", { BACKGROUND });
const RECORDER = await make("recorder", { PANEL });
await make("yesmap", { RECORDER });
