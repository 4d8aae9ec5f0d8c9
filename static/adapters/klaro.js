// For sites that ask with Klaro 0.7: its answers are Yesmap's, and our prompt stays away.
//
//   <script type="module" src="https://ask.example.org/yesmap.js" data-prompt="off"></script>
//   <script defer src="…/klaro-no-css.js" data-klaro-config="none"></script>
//   <script type="module">
//     import { connect, told } from "https://ask.example.org/dist/adapters/klaro.js";
//     const notice = await told(); // null: nothing is recorded here, so leave the services out
//     const config = { htmlTexts: true, services: [{ name: `yesmap-heatmap-${notice.version}`, purposes: ["research"] }], … notice.html … };
//     connect(klaro.getManager(config), notice);
//     klaro.setup(config);
//   </script>
//
// The services are called `yesmap-heatmap-` and, where replay is offered too, `yesmap-replay-`, and the notice's version: by
// a new name Klaro knows that a new notice is to be asked about anew, and about nothing else.

import { answers, purposesOf } from "./answer.js";

export { told } from "./answer.js";

/** @typedef {{confirmed: boolean, consents: Record<string, boolean>, store: {get(): string | null},
 *   watch(watcher: {update(manager: Manager, name: string): void}): void}} Manager */

/**
 * Call it before `klaro.setup`.
 * @param {Manager} manager `klaro.getManager(config)`
 * @param {import("./answer.js").Told | null} notice what `told()` gave, whose `html` the tool shows
 */
export function connect(manager, notice) {
  if (!notice) return;
  const { given, stands, forgotten } = answers(notice);
  const chosen = () => purposesOf(Object.keys(manager.consents).filter((name) => manager.consents[name]), notice.version);
  if (manager.confirmed) stands(chosen());
  manager.watch({
    update(_, name) {
      if (name === "saveConsents") given(chosen());
      // `resetConsents` forgets the answer without saving one.
      else if (name === "consents" && !manager.confirmed && manager.store.get() === null) forgotten();
    },
  });
}
