import assert from "node:assert/strict";
import test from "node:test";
import { heights } from "../../static/site/backgrounds/picture.js";
import { clock } from "../../static/site/player/clock.js";
import { last, minutes } from "../../static/site/player/find.js";
import { keys } from "../../static/site/player/keys.js";
import { lines, troubles } from "../../static/site/player/story.js";

/** A view with these moments. */
const view = (from, story, path = []) => ({
  from, story, path: { t: path, x: path, y: path }, scroll: { t: [], y: [] }, clicks: { t: [] },
});

test("the last moment that is not later", () => {
  assert.deepEqual([-1, 0, 0, 2, 2], [0, 5, 6, 9, 99].map((t) => last([5, 7, 9], t)));
  assert.equal(-1, last([], 3));
});

test("minutes and seconds", () => {
  assert.deepEqual(["0:00", "0:09", "1:05", "61:01"], [0, 9_999, 65_000, 3_661_000].map(minutes));
});

test("the lines of all views in order, with the pauses that were cut", () => {
  const replay = { views: [view(0, [{ t: 1, text: "a" }]), view(5, [{ t: 6, text: "c" }])], pauses: [{ t: 3, ms: 120_000 }] };
  assert.deepEqual(["a", "Nothing for 2:00 min", "c"], lines(replay).map(({ text }) => text));
});

test("what went wrong is told once, with its first moment", () => {
  const told = [{ t: 1, text: "Clicked x" }, { t: 2, trouble: "error", text: "Error, 3 times" }, { t: 9, trouble: "error", text: "Error" }];
  assert.deepEqual([[2, "Error, 4 times"]], troubles(told).map(({ t, text }) => [t, text]));
});

test("the clock goes as fast as one says, passes over idle time, and stops at the end", () => {
  let due;
  globalThis.requestAnimationFrame = (work) => ((due = work), 1);
  globalThis.cancelAnimationFrame = () => (due = undefined);
  const shown = [];
  const began = performance.now();
  const made = clock({ length: 20_000, views: [view(0, [], [100, 200, 10_000, 10_100])] }, (now, skipped) => shown.push([Math.round(now), skipped > 0]));

  made.seek(250);
  made.play();
  due(began + 50);
  const [now, skipped] = shown.at(-1);
  assert.deepEqual([9_600, true], [now, skipped]);
  made.skip(false);
  made.speed(4);
  due(began + 150);
  assert.deepEqual([10_000, false], shown.at(-1));
  made.seek(19_990);
  due(began + 250);
  assert.deepEqual([false, 20_000], [made.playing, Math.round(made.now)]);
  made.seek(-5);
  assert.equal(0, made.now);
});

test("what follows on what went wrong is not passed over, though it is nothing", () => {
  let due;
  globalThis.requestAnimationFrame = (work) => ((due = work), 1);
  globalThis.cancelAnimationFrame = () => (due = undefined);
  const shown = [];
  const story = [{ t: 1_000, text: "Dead click", trouble: "dead" }];
  const made = clock({ length: 30_000, views: [view(0, story, [900])] }, (now, skipped) => shown.push([Math.round(now), skipped > 0]));
  const after = (at) => {
    const began = performance.now();
    made.seek(at);
    made.play();
    due(began + 50);
    made.pause();
    return shown.some(([, skipped]) => skipped);
  };

  assert.deepEqual([false, false, true], [after(1_010), after(5_000), after(6_010)]);
});

test("keys belong to a field or a button that has the focus", () => {
  const pressed = [];
  const press = keys({ Space: () => pressed.push("space"), ArrowLeft: () => pressed.push("left"), w: () => pressed.push("w") });
  const on = (selector) => ({ closest: (asked) => asked.split(",").some((part) => part.trim() === selector) });
  const event = (key, target, more = {}) => ({ key, target, preventDefault() {}, ...more });
  press(event(" ", on("body")));
  press(event(" ", on("button")));
  press(event("W", on("body")));
  press(event("w", on("textarea")));
  press(event("w", on("body"), { ctrlKey: true }));
  press(event("ArrowLeft", on("input")));
  press(event("ArrowLeft", on("body")));
  assert.deepEqual(["space", "w", "left"], pressed);
});

test("parts of a picture are as high as they are wide, together no higher than a picture can be", () => {
  assert.deepEqual({ each: [200, 50], all: 250 }, heights([{ width: 200, height: 400 }, { width: 100, height: 50 }], 100));
  assert.equal(16_383, heights([{ width: 10, height: 9000 }], 100).all);
});
