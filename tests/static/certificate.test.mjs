import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { canonical } from "../../static/certificate/canonical.js";
import { judge, named } from "../../static/certificate/judge.js";

const vectors = JSON.parse(readFileSync(new URL("../certificate/vectors.json", import.meta.url), "utf8"));

for (const [name, vector] of Object.entries(vectors)) {
  test(`the canonical form is the same as Python's: ${name}`, () => {
    assert.equal(canonical(JSON.parse(vector.certificate).content), vector.canonical);
  });

  test(`what Python signs is genuine: ${name}`, async () => {
    const judged = await judge(vector.certificate);
    assert.equal(judged.result, "genuine");
    assert.equal(judged.key, JSON.parse(vector.certificate).public_key);
  });
}

test("one changed character is found", async () => {
  const { certificate } = vectors.order;
  assert.equal((await judge(certificate.replace('"z": 1', '"z": 2'))).result, "changed");
});

test("a signature by another key is found when its key is put in", async () => {
  const pair = /** @type {CryptoKeyPair} */ (await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"]));
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const signed = JSON.parse(vectors.order.certificate);
  signed.public_key = btoa(String.fromCharCode(...raw));
  assert.equal((await judge(JSON.stringify(signed))).result, "changed");
});

for (const text of ["", "[]", "{}", "null", '{"public_key": "x", "signature": "", "content": {}}']) {
  test(`no certificate: ${text}`, async () => assert.equal((await judge(text)).result, "unreadable"));
}

test("the notice names the key, and its name is its hash", async () => {
  const document = new TextEncoder().encode(JSON.stringify({ certificate_key: "KEY" }));
  const digest = Buffer.from(await crypto.subtle.digest("SHA-256", document)).toString("hex");
  const name = digest.slice(0, 12);
  assert.equal(await named(name, document.buffer, "KEY"), true);
  assert.equal(await named(name, document.buffer, "OTHER"), false);
  assert.equal(await named("0".repeat(12), document.buffer, "KEY"), false);
  assert.equal(await named("", document.buffer, "KEY"), false);
});
