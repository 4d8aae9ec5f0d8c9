// What a site's own consent tool does instead of our prompt.

import { use } from "./rights.js";

/** @typedef {import("./types.d.ts").Session} Session */
/** @typedef {import("./types.d.ts").Purpose} Purpose */

/** A yes that the site's own consent tool was given, to the notice that it showed.
 * @param {Session} session @param {{purposes?: Purpose[], notice?: string}} [answer] */
export async function allow(session, { purposes = ["heatmap"], notice } = {}) {
  if (notice !== session.recording.nv) {
    throw Error("yesmap.allow: pass as `notice` the version of the notice that was shown: (await yesmap.notice()).version");
  }
  const given = session.consent();
  if (!given) {
    const taken = await session.give(purposes, "site");
    if (taken) session.count("asked");
    return taken;
  }
  if (String([...purposes].sort()) !== String([...given.purposes].sort())) await use(session, purposes);
  return true;
}

/** What has to be shown before a yes. @param {Session} session */
export const notice = async ({ recording, get, at, notice }) =>
  ({ version: recording.nv, url: at(notice), purposes: recording.purposes, ...await get(`${notice}.json`) });
