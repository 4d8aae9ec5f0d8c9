// Element paths and hashes, on a few stand-ins for elements.
import assert from "node:assert/strict";
import { test } from "node:test";

import { hash, path, share } from "../../static/element.js";

globalThis.document = {}; // none of these stand-ins is in it

/** A tree of stand-ins: [tag, attributes, ...children]; a tag of "#shadow" is the shadow root of its parent. */
function grow([tag, attributes = {}, ...children], parent = null, root = null) {
  const e = {
    localName: tag, parentElement: parent, previousElementSibling: null, attributes, children: [],
    getAttribute: (name) => attributes[name] ?? null,
    getRootNode: () => root ?? top,
  };
  const top = { all: [], host: undefined, querySelectorAll: (selector) => top.all.filter((other) => matches(other, selector)) };
  (root ?? top).all.push(e);
  for (const child of children) {
    if (child[0] === "#shadow") {
      const shadow = { all: [], host: e, querySelectorAll: (selector) => shadow.all.filter((other) => matches(other, selector)) };
      e.children.push(...child.slice(2).map((inner) => grow(inner, null, shadow)));
    } else {
      const grown = grow(child, e, root ?? top);
      grown.previousElementSibling = e.children.at(-1) ?? null;
      e.children.push(grown);
    }
  }
  return e;
}

function matches({ attributes }, selector) {
  const [attribute, value] = selector[0] === "#" ? ["id", selector.slice(1)] : /^\[(.+)="(.+)"\]$/.exec(selector).slice(1);
  return attributes[attribute] === value;
}

/** The element at these indices below the root. */
const at = (tree, ...way) => way.reduce((e, index) => e.children[index], tree);

const page = grow(["html", {},
  ["head"],
  ["body", {},
    ["nav", { id: "menu" }, ["ul", {}, ["li"], ["li", {}, ["a"], ["b"], ["a"]]]],
    ["div", { id: "user-4711" }, ["p"]],
    ["div", { id: "twice" }, ["p"]],
    ["div", { id: "twice" }, ["p"]],
    ["section", { "data-yesmap": "offer" }, ["p"]],
    ["section", { "data-yesmap": "ann@example.org" }, ["p"]],
    ["x-card", {}, ["#shadow", {}, ["p", {}, ["b"]], ["div", { id: "menu" }, ["i"]]]],
    ["div", { id: "größe" }, ["p"]],
    ["div", { id: "-" }, ["p"]],
  ],
]);
const body = at(page, 1);

for (const [what, element, expected] of [
  ["the root", page, "html:0"],
  ["a name", at(body, 0), "#menu"],
  ["tag and order below the nearest name", at(body, 0, 0, 1, 2), "#menu/ul:0/li:1/a:1"],
  ["an id with digits is passed over", at(body, 1, 0), "html:0/body:0/div:0/p:0"],
  ["an id that occurs twice is passed over", at(body, 3, 0), "html:0/body:0/div:2/p:0"],
  ["a data-yesmap name", at(body, 4, 0), "@offer/p:0"],
  ["an address is no name", at(body, 5, 0), "html:0/body:0/section:1/p:0"],
  ["through a shadow root", at(body, 6, 0, 0), "html:0/body:0/x-card:0//p:0/b:0"],
  ["a name within its shadow root only", at(body, 6, 1, 0), "html:0/body:0/x-card:0//#menu/i:0"],
  ["letters of any script", at(body, 7, 0), "#größe/p:0"],
  ["a hyphen alone is no name", at(body, 8, 0), "html:0/body:0/div:4/p:0"],
]) {
  test(what, () => assert.equal(path(element), expected));
}

// The published test values of FNV-1a, 32 bits.
for (const [text, expected] of [["", 0x811c9dc5], ["a", 0xe40c292c], ["foobar", 0xbf9cf968]]) {
  test(`the hash of "${text}"`, () => assert.equal(hash(text), expected));
}

test("the hash is over UTF-8", () => assert.equal(hash("é"), 513665217));

test("a share stays inside; of nothing it is the middle", () => {
  for (const [offset, size, expected] of [[100, 200, 32767.5], [-1, 200, 0], [900, 200, 65535], [5, 0, 32767.5]]) {
    assert.equal(share(offset, size), expected);
  }
});

test("an exact share is outside of the format where its place is outside, and where there is nothing", () => {
  for (const [offset, size] of [[-1, 200], [201, 200], [5, 0], [0, 0]]) {
    const told = Math.round(share(offset, size, true));
    assert.ok(!(told >= 0 && told <= 65535), `${told}`);
  }
  assert.equal(share(50, 200, true), 65535 / 4);
});
