// Where the numbers of stops stand, and how a route is fitted onto paper. Run: node test_numbers.js FOLDER
"use strict";
const assert = require("node:assert/strict");
const test = require("node:test");
const load = require("./load.js");

const geo = load(process.env.GEO_JS, "layout.js", "numbers.js");
const SIZE = { width: 20, height: 16 };

test("numbers that have room stand on their points", () => {
  const points = [{ x: 0, y: 0 }, { x: 100, y: 0 }, { x: 0, y: 60 }];
  assert.deepEqual(geo.numbers.beside(points, SIZE), points.map(() => ({ x: 0, y: 0 })));
});

test("twelve stops at one place have twelve numbers that can be read", () => {
  const points = Array.from({ length: 12 }, () => ({ x: 50, y: 50 }));
  const boxes = geo.numbers.beside(points, SIZE).map(({ x, y }) => geo.layout.box(50 + x, 50 + y, 20, 16));
  boxes.forEach((one, i) => boxes.slice(i + 1).forEach((other) => assert.equal(geo.layout.overlaps(one, other), false)));
});

test("a number keeps clear of what is taken", () => {
  const taken = [geo.layout.box(0, 0, 10, 10)];
  const [moved] = geo.numbers.beside([{ x: 0, y: 0 }], SIZE, taken);
  assert.equal(geo.layout.overlaps(geo.layout.box(moved.x, moved.y, 20, 16), taken[0]), false);
  assert.equal(taken.length, 1, "what was handed in is left as it was");
});

test("Web Mercator by hand", () => {
  const { x, y } = geo.numbers.mercator([51.5, -0.12]);
  assert.ok(Math.abs(x - 0.499666667) < 1e-9);
  assert.ok(Math.abs(y - 0.332558545) < 1e-9);
});

test("a route fills the picture up to its margin, and its middle is the picture's", () => {
  const places = [[51.5, -0.12], [51.52, -0.06]];
  const view = geo.numbers.fit(places, 400, 300, 20);
  const [a, b] = places.map(geo.numbers.mercator).map(({ x, y }) => [x * view.world - view.x, y * view.world - view.y]);
  assert.ok(Math.abs(a[0] - 20) < 1e-6 && Math.abs(b[0] - 380) < 1e-6);
  assert.ok(Math.abs(a[1] + b[1] - 300) < 1e-6);
  assert.ok(b[1] > 20, "the longer side decides");
});

test("one stop alone is drawn with 400 m around it", () => {
  const view = geo.numbers.fit([[0, 0]], 400, 400, 0);
  assert.ok(Math.abs(view.world / 40075016 - 1) < 1e-9);
  assert.deepEqual(geo.numbers.scaleBar(view, 0, 90), { metres: 50, pixels: (50 * view.world) / 40075016 });
});
