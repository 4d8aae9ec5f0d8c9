// Builds what visitors load into dist/: the loader, the prompt, the recorder, one file per language.
// The same input gives the same bytes on every machine.
import { readdir, readFile, rm } from "node:fs/promises";
import { build, transform } from "esbuild";

const here = import.meta.dirname;
const languages = (await readdir(`${here}/lang`)).sort().map((name) => `lang/${name}`);

/** A style sheet becomes a string: the pages that it is used on may forbid inline styles. */
const styles = {
  name: "styles",
  setup: (bundle) => bundle.onLoad({ filter: /\.css$/ }, async ({ path }) => {
    const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true });
    return { contents: code.trim(), loader: "text" };
  }),
};

await rm(`${here}/dist`, { recursive: true, force: true });
await build({
  absWorkingDir: here,
  entryPoints: ["yesmap.js", "consent.js", "recorder.js", ...languages],
  outdir: "dist",
  outbase: ".",
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  plugins: [styles],
});
