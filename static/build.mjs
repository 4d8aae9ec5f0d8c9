// Builds what visitors load into dist/: the recorder and the panel, then the loader with the prompt, which names their
// bytes, and the adapters for consent tools. The same input gives the same bytes on every machine.
import { createHash } from "node:crypto";
import { readFile, rm, writeFile, mkdir } from "node:fs/promises";
import { build, transform } from "esbuild";
import { minify } from "terser";

const here = import.meta.dirname;
const dist = `${here}/dist`;

/** A style sheet becomes a string: the pages that it is used on may forbid inline styles. */
const styles = {
  name: "styles",
  setup: (bundle) => bundle.onLoad({ filter: /\.css$/ }, async ({ path }) => {
    const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true });
    return { contents: code.trim(), loader: "text" };
  }),
};

/** Writes dist/<name>.js; gives the hash in the name under which it is served for good, and its integrity. */
async function make(name, define = {}) {
  const { outputFiles: [{ text }] } = await build({
    absWorkingDir: here, entryPoints: [`${name}.js`], outdir: "dist", write: false, bundle: true, format: "esm",
    target: "es2022", charset: "utf8", legalComments: "none", plugins: [styles], define,
  });
  const { code } = await minify(text, {
    module: true, ecma: 2020, compress: { passes: 3, unsafe_arrows: true, pure_getters: true, hoist_props: false }, format: { ascii_only: false },
  });
  await writeFile(`${dist}/${name}.js`, code);
  const digest = createHash("sha256").update(code).digest();
  return [digest.toString("hex").slice(0, 10), `sha256-${digest.toString("base64")}`];
}

await rm(dist, { recursive: true, force: true });
await mkdir(`${dist}/adapters`, { recursive: true });
const files = {};
for (const name of ["recorder", "panel"]) files[name] = await make(name);
for (const name of ["adapters/cookieconsent", "adapters/klaro"]) await make(name);
await make("yesmap", { FILES: JSON.stringify(files) });
