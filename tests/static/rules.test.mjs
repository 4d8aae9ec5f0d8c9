// Page rules, device classes and the asking rules.
import assert from "node:assert/strict";
import { test } from "node:test";

import { admitted, ASK_AGAIN, DAY, deviceOf, mayAsk, NO, pageOf, standing } from "../../static/rules.js";

const pages = [
  { name: "Home", kind: "path", pattern: "/" },
  { name: "Sale", kind: "path", pattern: "/shop/sale" },
  { name: "Product", kind: "wildcard", pattern: "/shop/*" },
  { name: "Help", kind: "wildcard", pattern: "/help/**" },
  { name: "Order", kind: "regex", pattern: "/order/\\d+(/thanks)?" },
  { name: "Dots", kind: "wildcard", pattern: "/a.b/*" },
  { name: "Broken", kind: "regex", pattern: "(" },
];

for (const [path, index] of [
  ["/", 0], ["/shop/sale", 1], ["/shop/tea", 2], ["/shop/tea/green", -1], ["/shop", -1], ["/shop/", 2],
  ["/help/", 3], ["/help/a/b/c", 3], ["/order/17", 4], ["/order/17/thanks", 4], ["/order/x", -1],
  ["/old/order/17", -1], ["/a.b/c", 5], ["/aXb/c", -1], ["/(", -1], ["/index.html", -1],
]) {
  test(`${path} is page ${index}`, () => assert.equal(pageOf(path, pages), index));
}

for (const [width, device] of [[320, "mobile"], [599, "mobile"], [600, "tablet"], [1024, "tablet"], [1025, "desktop"]]) {
  test(`a viewport of ${width} px is ${device}`, () => assert.equal(deviceOf(width), device));
}

for (const [pattern, name, given] of [
  ["\\d+\\.\\d+\\.\\d+", "1.4.2", "1.4.2"], ["\\d+\\.\\d+\\.\\d+", "v1.4.2", ""], ["\\d+", "1.4", ""], [null, "1.4.2", ""], ["(", "1", ""],
]) {
  test(`the pattern ${pattern} makes "${given}" of the release ${name}`, () => assert.equal(admitted(pattern, name), given));
}

const now = 1_700_000_000_000;
const here = { now, signal: false };

for (const [what, kept, recording, where, asked] of [
  ["a new visitor is asked", {}, {}, here, true],
  ["a no holds", { no: now + 1 }, {}, here, false],
  ["a no ends", { no: now - 1 }, {}, here, true],
  ["who was asked lately is left alone", { asked: now - ASK_AGAIN + 1 }, {}, here, false],
  ["who was asked long ago is asked again", { asked: now - ASK_AGAIN }, {}, here, true],
  ["who said yes is not asked", { token: "t", recording: "other" }, {}, here, false],
  ["a privacy signal is a no", {}, { gpc: "no" }, { now, signal: true }, false],
  ["unless the operator asks all the same", {}, { gpc: "ask" }, { now, signal: true }, true],
  ["where nothing can be kept, a no could not be kept", null, {}, here, false],
]) {
  test(what, () => assert.equal(mayAsk(kept, { gpc: "no", ...recording }, where), asked));
}

test("a no holds for half a year, an unanswered prompt for 90 days", () => {
  assert.equal(NO, 183 * DAY);
  assert.equal(ASK_AGAIN, 90 * DAY);
});

const consent = { token: "t", recording: "r", skew: 1000, until: now };

for (const [what, entry, stands] of [
  ["a consent stands until the recording ends by the server's clock", { until: now - 999 }, true],
  ["and not a moment longer", { until: now - 1000 }, false],
  ["a consent to another recording does not stand", { recording: "other" }, false],
  ["a consent that was stopped does not stand", { stopped: true }, false],
  ["without a token there is none", { token: undefined }, false],
]) {
  test(what, () => assert.equal(!!standing({ ...consent, ...entry }, { id: "r" }, now), stands));
}
