// Page rules, device classes and the asking rules.
import assert from "node:assert/strict";
import { test } from "node:test";

import { ASK_AGAIN, DAY, deviceOf, fits, mayAsk, NO, pageOf, standing } from "../../static/rules.js";

const pages = [
  { name: "Home", pattern: "/" },
  { name: "Sale", pattern: "/shop/sale" },
  { name: "Product", pattern: "/shop/[^/]*" },
  { name: "Order", pattern: "/order/\\d+(/thanks)?" },
  { name: "Offers", pattern: "/list\\?tab=offers&page=1", query: ["tab", "page"] },
  { name: "List", pattern: "/list.*", query: ["tab"] },
  { name: "Broken", pattern: "(" },
];

for (const [address, index] of [
  ["/", 0], ["/?q=1", 0], ["/shop/sale", 1], ["/shop/tea", 2], ["/shop/tea/green", -1], ["/order/17", 3], ["/order/17/thanks", 3],
  ["/old/order/17", -1], ["/list?page=1&secret=x&tab=offers", 4], ["/list?tab=offers", 5], ["/list", 5], ["/(", -1], ["/index.html", -1],
]) {
  test(`${address} is page ${index}`, () => assert.equal(pageOf(new URL(address, "https://site.example"), pages), index));
}

for (const [width, device] of [[320, "mobile"], [599, "mobile"], [600, "tablet"], [1024, "tablet"], [1025, "desktop"]]) {
  test(`a viewport of ${width} px is ${device}`, () => assert.equal(deviceOf(width), device));
}

for (const [pattern, text, whole] of [
  ["\\d+\\.\\d+\\.\\d+", "1.4.2", true], ["\\d+\\.\\d+\\.\\d+", "v1.4.2", false], ["\\d+", "1.4", false], ["(", "1", false],
]) {
  test(`${text} ${whole ? "fits" : "does not fit"} ${pattern}`, () => assert.equal(fits(text, pattern), whole));
}

const now = 1_700_000_000_000;

for (const [what, kept, asked] of [
  ["a new visitor is asked", {}, true],
  ["a no holds", { no: now + 1 }, false],
  ["a no ends", { no: now - 1 }, true],
  ["who was asked lately is left alone", { asked: now - ASK_AGAIN + 1 }, false],
  ["who was asked long ago is asked again", { asked: now - ASK_AGAIN }, true],
  ["who said yes is not asked", { token: "t", recording: "other" }, false],
]) {
  test(what, () => assert.equal(mayAsk(kept, now), asked));
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
