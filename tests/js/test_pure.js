// The logic of the pages that needs no document, against values worked out by hand. Run: node test_pure.js FOLDER
"use strict";
const assert = require("node:assert/strict");
const test = require("node:test");
const load = require("./load.js");

const geo = load(
  process.env.GEO_JS, "format.js", "unpack.js", "places.js", "density.js", "layout.js", "sorting.js", "selection.js", "months.js", "card.js",
);
const ORACLE = "0a22d3010001fe0014f1fbff00ffffff0a0a6c000000010002010007" + "1705000c";
const KINDS = [["x", "delta16"], ["y", "delta16"], ["day", "u16"], ["type", "u8"], ["hour", "u8"]];

test("the four points of the oracle come out of their bytes", () => {
  const columns = geo.unpack.columns(Uint8Array.from(Buffer.from(ORACLE, "hex")), 4, KINDS);
  assert.deepEqual([...columns.x], [10, 300, 65535, 0]);
  assert.deepEqual([...columns.y], [20, 5, 0, 65535]);
  assert.deepEqual([...columns.day], [10, 10, 364, 0]);
  assert.deepEqual([...columns.type], [2, 1, 0, 7]);
  assert.deepEqual([...columns.hour], [23, 5, 0, 12]);
});

test("a block of the wrong length is refused", () => {
  assert.throws(() => geo.unpack.columns(new Uint8Array(31), 4, KINDS), /damaged/);
  assert.deepEqual(geo.unpack.columns(new Uint8Array(0), 0, KINDS).x.length, 0);
});

test("base64 and deflate are undone", async () => {
  const packed = require("node:zlib").deflateSync(Buffer.from(ORACLE, "hex"));
  const raw = await geo.unpack.inflate(geo.unpack.bytes(packed.toString("base64")));
  assert.equal(Buffer.from(raw).toString("hex"), ORACLE);
});

const columns = {
  x: Uint16Array.from([5, 5, 5, 9, 9]), y: Uint16Array.from([1, 1, 1, 1, 2]), hotspot: Uint8Array.from([3, 3, 3, 0, 0]),
  month: Uint8Array.from([1, 0, 2, 3, 1]), crime_type: Uint8Array.from([0, 1, 1, 0, 0]),
};
const lists = { month: ["2025-01", "2025-02", "2025-12", ""], crime_type: ["ASB", "Theft"] };

test("incidents at one position become one place", () => {
  const places = geo.places.gather(columns);
  assert.equal(places.size, 3);
  assert.deepEqual([...places.count], [3, 1, 1]);
  assert.deepEqual([...places.rank], [3, 0, 0]);
  assert.deepEqual(geo.places.describe(places, 0, lists), {
    count: 3, period: "Jan 2025 to Dec 2025", rank: 3, kinds: [{ name: "Theft", count: 2 }, { name: "ASB", count: 1 }], asb: [],
  });
  assert.equal(geo.places.describe(places, 1, lists).period, "month not recorded");
  assert.equal(geo.places.describe(places, 2, lists).period, "Feb 2025");
});

test("no incidents are no places", () => {
  const none = { x: new Uint16Array(0), y: new Uint16Array(0), hotspot: new Uint8Array(0) };
  assert.equal(geo.places.gather(none).size, 0);
});

test("a click finds the nearest dot that reaches it, and none beyond", () => {
  const places = geo.places.gather(columns);
  const view = { ax: 10, bx: 0, ay: 10, by: 0, width: 100, height: 100, margin: 5 };
  const seen = geo.places.visible(places, view); // at 50,10  90,10  90,20
  assert.equal(seen.incidents, 5);
  assert.equal(geo.places.hit(places, seen, 12, 51, 11, 2), 0);
  assert.equal(geo.places.hit(places, seen, 12, 90, 16, 6), 2);
  assert.equal(geo.places.hit(places, seen, 12, 20, 60, 10), -1);
  assert.deepEqual([...geo.places.visible(places, { ...view, width: 60 }).index], [0]);
});

test("dots grow with their count and with the zoom, within bounds", () => {
  const { radius } = geo.places;
  assert.ok(radius(1, 12) < radius(50, 12) && radius(50, 12) < radius(50, 15));
  assert.equal(radius(1e6, 18), 26);
  assert.ok(radius(1, 5) >= 1.75);
});

test("the density grid counts every incident once", () => {
  const places = geo.places.gather(columns);
  const seen = { index: [0, 1, 2], x: [1, 3.9, 4], y: [1, 1, 1] };
  const grid = geo.density.grid(places, seen, 8, 4);
  assert.deepEqual([...grid.counts], [4, 1]);
  assert.equal(grid.most, 4);
});

test("the density scale is of the square root, from pale to dark", () => {
  const { level } = geo.density;
  assert.equal(level(1, 100, 9), 0);
  assert.equal(level(100, 100, 9), 8);
  assert.equal(level(25, 100, 9), 4); // (5 - 1) / (10 - 1) of 9
  assert.equal(level(1, 1, 9), 8);
});

test("numbers, shares and months read as in Britain", () => {
  const { number, percent, area, month, months, plural, probability } = geo.format;
  assert.equal(number(1234567.4), "1,234,567");
  assert.deepEqual([0, 0.0004, 0.054, 0.0996, 0.24, 0.9996, 1].map(percent), ["0.0%", "under 0.1%", "5.4%", "10%", "24%", "99.9%", "100%"]);
  assert.deepEqual([9999, 10000, 83400].map(area), ["9,999 m²", "1.0 hectares", "8.3 hectares"]);
  assert.deepEqual(["2025-09", "2025-13", "", "<b>"].map(month), ["Sep 2025", "2025-13", "month not recorded", "<b>"]);
  assert.equal(months("2025-01", "2025-01"), "Jan 2025");
  assert.deepEqual([plural(1, "report"), plural(1200, "report")], ["1 report", "1,200 reports"]);
  assert.equal(probability(0.00123), "0.0012");
});

test("rows sort both ways, without a value last, and equal rows keep their rank", () => {
  const rows = [{ rank: 1, v: 2 }, { rank: 2, v: null }, { rank: 3, v: 9 }, { rank: 4, v: 2 }];
  const ranks = (down) => geo.sorting.sorted(rows, (row) => row.v, down).map((row) => row.rank);
  assert.deepEqual(ranks(false), [1, 4, 3, 2]);
  assert.deepEqual(ranks(true), [3, 1, 4, 2]);
  const names = [{ rank: 1, v: "Ward 10" }, { rank: 2, v: "ward 9" }];
  assert.deepEqual(geo.sorting.sorted(names, (row) => row.v, false).map((row) => row.rank), [2, 1]);
});

test("labels never overlap, and one that fits nowhere is left out", () => {
  const { box, place, overlaps, around } = geo.layout;
  const taken = [box(0, 0, 10, 10)];
  assert.equal(place([box(4, 4, 10, 10)], taken), null);
  const found = place([box(4, 4, 10, 10), box(20, 0, 10, 10)], taken);
  assert.equal(found.left, 15);
  assert.equal(taken.length, 2);
  assert.ok(!overlaps(taken[0], taken[1]));
  const ring = around({ x: 0, y: 0 }, 10, { width: 24, height: 21 }, 0);
  assert.deepEqual([ring[0].x, Math.round(ring[0].y)], [24, 0]);
});

test("a name breaks at the space nearest its middle", () => {
  assert.deepEqual(geo.layout.twoLines("Stoke and Heath End"), ["Stoke and", "Heath End"]);
  assert.deepEqual(geo.layout.twoLines("Central"), ["Central"]);
});

test("points at one place are reached one after the other", () => {
  const points = [{ x: 0, y: 0 }, { x: 5, y: 5 }, { x: 5, y: 5 }, { x: 5, y: 5 }, { x: 9, y: 5 }];
  const steps = [1, 2, 3].map((from) => geo.layout.next(points, from, "ArrowRight"));
  assert.deepEqual(steps, [2, 3, 4]);
  assert.deepEqual([geo.layout.next(points, 3, "ArrowLeft"), geo.layout.next(points, 2, "ArrowLeft")], [2, 1]);
  assert.equal(geo.layout.next(points, 2, "ArrowDown"), 2);
});

test("arrow keys go to the next shape that way, and stay at the edge", () => {
  const points = [{ x: 0, y: 0 }, { x: 10, y: 1 }, { x: 20, y: 0 }, { x: 0, y: 10 }];
  const { next, away } = geo.layout;
  assert.equal(next(points, 0, "ArrowRight"), 1);
  assert.equal(next(points, 1, "ArrowRight"), 2);
  assert.equal(next(points, 0, "ArrowDown"), 3);
  assert.equal(next(points, 0, "ArrowLeft"), 0);
  assert.equal(away({ x: 1, y: 0 }, [{ x: 0, y: 0 }, { x: 1, y: 0 }], 5), 0);
});

test("what is chosen is told to all who listen; pointing twice is told once", () => {
  const selection = geo.selection();
  const heard = [];
  selection.on("choose", (rank, how) => heard.push(["choose", rank, how.from]));
  selection.on("point", (rank) => heard.push(["point", rank]));
  selection.choose(2, { from: "table" });
  selection.point(1);
  selection.point(1);
  assert.deepEqual(heard, [["choose", 2, "table"], ["point", 1]]);
  assert.equal(selection.chosen(), 2);
});

test("the card says what is known, with units, and warns of one map point", () => {
  const spot = {
    incidents: 1200, points: 3, area_m2: 4000, incidents_per_km2: 300000, share: 0.25, months_active: 6, months_covered: 12,
    top_point_share: 0.9, wards: "A; B", p_value: 0.001, null_model: "chance", trend: null, peak: "", caveats: "90% at one map point; small", could_be_chance: true,
  };
  const shown = Object.fromEntries(geo.card.facts(spot, 4800).map((row) => [row.label, [row.value, row.small]]));
  assert.deepEqual(shown["Incidents"], ["1,200", "25% of all 4,800"]);
  assert.deepEqual(shown["Area"], ["4,000 m²", null]);
  assert.deepEqual(shown["Months active"][0], "6 of 12");
  assert.deepEqual(shown["Chance alone"], ["1 in 1,000 at most", "chance (p = 0.001)"]);
  assert.deepEqual(shown["Wards"], ["A; B", null]);
  assert.ok(!("Trend" in shown) && !("Peak" in shown));
  const [chance, ...others] = geo.card.warnings(spot);
  assert.equal(chance, "Many reports, but chance alone crowds as many round some point of the map too often to rely on it.");
  assert.deepEqual(others, ["90% at one map point.", "Small."]);
  assert.deepEqual(geo.card.warnings({ top_point_share: 0.8, caveats: null }), []);
});

test("a long text is cut to so many characters, never inside one", () => {
  assert.equal(geo.format.short("Mill Lane", 9), "Mill Lane");
  assert.equal(geo.format.short("Mill Lane", 8), "Mill La…");
  assert.equal(geo.format.short("🌳🌳🌳🌳", 4), "🌳🌳🌳🌳");
  assert.equal(geo.format.short("🌳🌳🌳🌳🌳", 4), "🌳🌳🌳…");
});

test("a probability is said as people say it", () => {
  const said = [0.001, 0.0034, 0.012, 0.04, 0.0951, 0.3, 0.97].map(geo.format.chances);
  assert.deepEqual(said, ["1 in 1,000 at most", "about 3 in 1,000", "about 1 in 100", "about 4 in 100", "about 1 in 10", "about 3 in 10", "nearly always"]);
});

test("the months of a hot spot are counted from all its reports", () => {
  const axis = { months: ["2025-01", "2025-02", "2025-03"], position: [0, 2, -1] };
  const columns = { hotspot: [1, 1, 2, 0, 1], month: [0, 1, 1, 0, 2] };
  assert.deepEqual(geo.places.monthly({ columns }, axis, "hotspot"), { 1: [1, 0, 1], 2: [0, 0, 1] });
});
