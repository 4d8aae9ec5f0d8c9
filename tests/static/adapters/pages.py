"""A site's page for each consent tool, with the same few functions to answer it."""

#: What both pages share: the tag without our prompt, and where the tool's answers go.
_HEAD = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Site</title>
<script type="module" src="COLLECTOR/yesmap.js" data-prompt="off"></script><h1>Site</h1>"""

#: `choose` sets exactly these purposes, as the tool's own dialog does; `other` changes what is not ours.
COOKIECONSENT = (
    _HEAD
    + """<link rel="stylesheet" href="/tool/cookieconsent.css">
<script type="module">
import * as CookieConsent from "/tool/cookieconsent.esm.js";
import { connect, told } from "COLLECTOR/dist/adapters/cookieconsent.js";
const notice = await told();
connect(CookieConsent, notice);
const services = { "yesmap-heatmap": { label: "Heatmaps" }, "yesmap-replay": { label: "Replay" } };
const words = { acceptAllBtn: "Accept all", acceptNecessaryBtn: "Decline", showPreferencesBtn: "More" };
const section = { title: "Recording", description: notice?.html, linkedCategory: "yesmap" };
await CookieConsent.run({
  hideFromBots: false, // which a browser under test is
  revision: notice?.revision ?? 0,
  categories: {
    necessary: { enabled: true, readOnly: true }, other: { services: { map: {} } },
    ...(notice && { yesmap: { services } }),
  },
  language: { default: "en", translations: { en: {
    consentModal: { title: "Your choice", description: "As you like.", ...words },
    preferencesModal: { title: "Choices", ...words, savePreferencesBtn: "Save", sections: notice ? [section] : [] },
  } } },
});
globalThis.choose = (...purposes) => CookieConsent.acceptService(purposes.map((p) => `yesmap-${p}`), "yesmap");
globalThis.other = () => CookieConsent.acceptService("map", "other");
globalThis.more = () => CookieConsent.showPreferences();
globalThis.isReady = true;
</script>"""
)
KLARO = (
    _HEAD
    + """<script src="/tool/klaro.js"></script>
<script type="module">
import { connect, told } from "COLLECTOR/dist/adapters/klaro.js";
const notice = await told();
const about = { purposes: ["research"], description: notice?.html };
const service = (name, title) => ({ name: `${name}-${notice.version}`, title, ...about });
const ours = notice ? [service("yesmap-heatmap", "Heatmaps"), service("yesmap-replay", "Replay")] : [];
const consentNotice = { description: "As you like.", learnMore: "More" };
const words = { ok: "Accept all", decline: "Decline", consentNotice };
const config = {
  version: 1, lang: "en", htmlTexts: true, acceptAll: true, translations: { en: words },
  services: [...ours, { name: "other", title: "Other", purposes: ["other"] }],
};
const manager = klaro.getManager(config);
connect(manager, notice);
klaro.setup(config);
globalThis.choose = (...purposes) => {
  for (const p of ["heatmap", "replay"]) manager.updateConsent(`yesmap-${p}-${notice.version}`, purposes.includes(p));
  manager.saveAndApplyConsents();
};
globalThis.other = () => { manager.updateConsent("other", true); manager.saveAndApplyConsents(); };
globalThis.more = () => klaro.show(config, true);
globalThis.reset = () => manager.resetConsents();
globalThis.isReady = true;
</script>"""
)
PAGES = {"cookieconsent": COOKIECONSENT, "klaro": KLARO}
