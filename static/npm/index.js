/** @typedef {import("./index.d.ts").Yesmap} Yesmap */

/** @type {Promise<Yesmap> | undefined} */
let loading;

/** Puts the tag on the page, once; gives what it puts on `window`.
 * @param {string} collector @param {import("./index.d.ts").Options} [options] @returns {Promise<Yesmap>} */
export function load(collector, options = {}) {
  return (loading ??= new Promise((done, failed) => {
    const { src = "/yesmap.js", integrity, ...labels } = options;
    const script = document.createElement("script");
    Object.assign(script.dataset, labels);
    if (integrity) Object.assign(script, { integrity, crossOrigin: "anonymous" });
    script.type = "module";
    script.src = new URL(src, collector).href;
    script.onload = () => done(window.yesmap);
    script.onerror = () => {
      loading = undefined; // it may be tried again
      script.remove();
      failed(new Error(`${script.src} did not load`));
    };
    document.head.append(script);
  }));
}
