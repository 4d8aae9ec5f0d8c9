// For sites that ask with vanilla-cookieconsent 3 (orestbida): its answers are Yesmap's, and our prompt stays away.
//
//   <script type="module" src="https://ask.example.org/yesmap.js" data-prompt="off"></script>
//   <script type="module">
//     import * as CookieConsent from "…/cookieconsent.esm.js";
//     import { connect, told } from "https://ask.example.org/dist/adapters/cookieconsent.js";
//     const notice = await told(); // null: nothing is recorded here, so leave the category out
//     connect(CookieConsent, notice);
//     CookieConsent.run({ revision: notice?.revision ?? 0, categories: { yesmap: {} }, … notice.html … });
//   </script>
//
// A category `yesmap` stands for heatmaps. Where replay is offered too, give it the services `yesmap-heatmap` and
// `yesmap-replay`, or make these two categories. With `revision` a new notice is asked about anew.

import { answers, purposesOf } from "./answer.js";

export { told } from "./answer.js";

/** @typedef {{acceptedCategories: string[], acceptedServices: Record<string, string[]>,
 *   rejectedServices: Record<string, string[]>}} Preferences */

/** The names that were accepted: of a category with services only these. @param {Preferences} preferences */
const accepted = ({ acceptedCategories, acceptedServices, rejectedServices }) =>
  acceptedCategories.flatMap((category) => {
    const services = acceptedServices[category] ?? [];
    return services.length || rejectedServices[category]?.length ? services : [category];
  });

/**
 * Call it before `CookieConsent.run`.
 * @param {{getUserPreferences: () => Preferences}} tool
 * @param {import("./answer.js").Told | null} notice what `told()` gave, whose `html` the tool shows
 */
export function connect(tool, notice) {
  if (!notice) return;
  const { given, stands } = answers(notice);
  const chosen = () => purposesOf(accepted(tool.getUserPreferences()), notice.version);
  addEventListener("cc:onFirstConsent", () => given(chosen()));
  addEventListener("cc:onChange", () => given(chosen()));
  addEventListener("cc:onConsent", () => stands(chosen()));
}
