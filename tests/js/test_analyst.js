// The logic of the analyst's page that needs no document, against values worked out by hand.
"use strict";
const assert = require("node:assert/strict");
const test = require("node:test");
const load = require("./load.js");

const geo = load(process.env.GEO_JS, "format.js", "places.js", "timeline.js", "filter.js", "cuts.js", "hash.js", "csv.js", "search.js", "live.js");

test("the months of the axis have no gaps, and what is no month has no place on it", () => {
  const { months, position } = geo.timeline.axis(["2024-11", "2025-02", "", "soon", "2025-01"]);
  assert.deepEqual(months, ["2024-11", "2024-12", "2025-01", "2025-02"]);
  assert.deepEqual(position, [0, 3, -1, -1, 2]);
  assert.deepEqual(geo.timeline.axis([""]).months, []);
  assert.deepEqual(geo.timeline.axis(["0001-01", "2025-01"]).months, [], "a wrong year makes no endless slider");
});

test("a window of months moves, is pushed, and ends", () => {
  assert.deepEqual(geo.timeline.moved({ from: 1, to: 3 }, "from", 5), { from: 5, to: 5 });
  assert.deepEqual(geo.timeline.moved({ from: 1, to: 3 }, "to", 0), { from: 0, to: 0 });
  assert.deepEqual(geo.timeline.moved({ from: 1, to: 3 }, "to", 2), { from: 1, to: 2 });
  assert.deepEqual(geo.timeline.stepped({ from: 0, to: 11 }, 1, 12), { from: 0, to: 0 });
  assert.deepEqual(geo.timeline.stepped({ from: 0, to: 11 }, -1, 12), { from: 11, to: 11 });
  assert.deepEqual(geo.timeline.stepped({ from: 2, to: 4 }, 1, 12), { from: 3, to: 5 });
  assert.equal(geo.timeline.stepped({ from: 9, to: 11 }, 1, 12), null);
  assert.equal(geo.timeline.stepped({ from: 0, to: 1 }, -1, 12), null);
});

test("hours go past midnight", () => {
  assert.deepEqual(geo.filter.hoursIn([22, 3]), [22, 23, 0, 1, 2]);
  assert.deepEqual(geo.filter.hoursIn([9, 10]), [9]);
  assert.equal(geo.filter.hoursIn([5, 5]).length, 24);
});

function town() {
  // five incidents at three places; months 0 and 1, and one (code 2) without a month
  const bytes = (...values) => Uint8Array.from(values);
  return geo.places.gather({
    x: Uint16Array.from([5, 5, 5, 9, 9]), y: Uint16Array.from([1, 1, 1, 1, 2]), hotspot: bytes(1, 1, 1, 0, 0), month: bytes(0, 1, 1, 2, 0),
    crime_type: bytes(0, 1, 1, 0, 1), weekday: bytes(0, 5, 7, 0, 6), hour: bytes(23, 2, 24, 12, 0), ward: bytes(1, 1, 1, 2, 0),
  });
}

const SETUP = { axis: { months: ["2025-01", "2025-02"], position: [0, 1, -1] }, wards: 2, ranks: 1 };

function filtered(part) {
  const places = town();
  const found = geo.filter.run(places, SETUP, { ...geo.filter.everything(2), ...part });
  return { places: [...places.count], total: found.total, wards: [...found.byWard], ranks: [...found.byRank], months: [...found.byMonth] };
}

test("filters leave what was worked out by hand", () => {
  assert.deepEqual(filtered({}), { places: [3, 1, 1], total: 5, wards: [1, 3, 1], ranks: [2, 3], months: [2, 2] });
  assert.deepEqual(filtered({ crime_type: [1] }), { places: [2, 0, 1], total: 3, wards: [1, 2, 0], ranks: [1, 2], months: [1, 2] });
  assert.deepEqual(filtered({ crime_type: [] }).total, 0);
  assert.deepEqual(filtered({ from: 1, to: 1 }), { places: [2, 0, 0], total: 2, wards: [0, 2, 0], ranks: [0, 2], months: [2, 2] }, "the time line shows all months");
  assert.deepEqual(filtered({ hours: [22, 3] }).places, [2, 0, 1]);
  assert.deepEqual(filtered({ hours: [22, 3], untimed: true }).places, [3, 0, 1], "what has no hour is kept when asked for");
  assert.deepEqual(filtered({ days: [5, 6] }).places, [1, 0, 1]);
  assert.deepEqual(filtered({ days: [5, 6], hours: [0, 1] }).places, [0, 0, 1]);
});

test("how many have no hour, and whether a filter is on", () => {
  assert.equal(geo.filter.untimed(town().columns), 1);
  assert.equal(geo.filter.untimed({}), 0);
  assert.equal(geo.filter.isOn(geo.filter.everything(2), 2), false);
  assert.equal(geo.filter.isOn({ ...geo.filter.everything(2), days: [] }, 2), true);
  assert.equal(geo.filter.isOn({ ...geo.filter.everything(2), from: 1 }, 2), true);
});

test("a map point tells of what the filters leave", () => {
  const places = town();
  geo.filter.run(places, SETUP, { ...geo.filter.everything(2), crime_type: [1] });
  const about = geo.places.describe(places, 0, { month: ["2025-01", "2025-02", ""], crime_type: ["ASB", "Theft"] });
  assert.deepEqual([about.count, about.period, about.kinds], [2, "Feb 2025", [{ name: "Theft", count: 2 }]]);
});

test("classes hold about as many wards each, whole numbers have whole limits, none and not known stand apart", () => {
  const found = geo.cuts.limits([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 5);
  assert.deepEqual(found, [3, 5, 7, 9]);
  assert.deepEqual([0, 1, 3, 8.9, 9, 400].map((value) => geo.cuts.classOf(value, found)), [0, 1, 2, 4, 5, 5]);
  assert.equal(geo.cuts.classOf(NaN, found), 6);
  assert.deepEqual(geo.cuts.limits([4, 4, 4], 5), []);
  assert.deepEqual(geo.cuts.labels([], String), ["some"]);
  assert.deepEqual(geo.cuts.labels([3, 5], String), ["under 3", "3 to under 5", "5 and over"]);
  assert.equal(geo.cuts.spread(["a", "b", "c", "d", "e"], 5).join(""), "abcde");
});

test("each window of months is summed for each ward", () => {
  const found = geo.cuts.windows([9, 9, 9, 1, 2, 3, 10, 20, 30], 2, 3, 2); // ward 0 is none
  assert.deepEqual(found, [{ ward: 1, sum: 3 }, { ward: 1, sum: 5 }, { ward: 2, sum: 30 }, { ward: 2, sum: 50 }]);
});

test("a rate is for each 1,000 residents, and unknown without any", () => {
  assert.equal(geo.live.rate(12, 6000), 2);
  assert.ok(Number.isNaN(geo.live.rate(12, 0)));
  assert.ok(Number.isNaN(geo.live.rate(12, null)));
  assert.deepEqual([0, 0.123, 1.26, 12.6, 1200].map(geo.live.said), ["0", "0.12", "1.3", "13", "1,200"]);
});

const ALLOWED = {
  bounds: [[51, -1], [52, 0]], months: ["2025-01", "2025-02", "2025-03"], hours: true, days: true, layers: ["hotspots", "wards"],
  sizes: { crime_type: 3, source: 2 }, measures: ["incidents", "ratio"], tables: ["hotspots", "wards"], wards: ["E05 &=x", "E06"], ranks: [1, 2],
};
const VIEW = {
  zoom: 13.25, centre: [51.5, -0.12], months: ["2025-01", "2025-02"], hours: [22, 3], days: [], untimed: true, crime_type: [0, 2], source: null,
  layers: ["wards"], measure: "ratio", table: "wards", dense: true, ward: "E05 &=x", rank: null,
};

test("a view survives the address", () => {
  const text = geo.hash.format(VIEW);
  assert.equal(text, "v=1&z=13.25&c=51.50000,-0.12000&m=2025-01..2025-02&h=22-03&d=-&u=1&t=0.2&l=wards&b=ratio&k=wards&g=1&w=E05%20%26%3Dx");
  const { source, rank, ...rest } = VIEW;
  assert.deepEqual(geo.hash.parse("#" + text, ALLOWED), rest);
});

test("what is not ours in an address is passed over", () => {
  const read = (text) => geo.hash.parse("#v=1&" + text, ALLOWED);
  assert.equal(geo.hash.parse("#tables", ALLOWED), null);
  assert.equal(geo.hash.parse("", ALLOWED), null);
  assert.equal(geo.hash.parse("#v=2&z=13", ALLOWED), null);
  for (const bad of [
    "z=99", "z=1e3", "c=0,0", "c=51.5", "m=2025-02..2025-01", "m=2030-01..2030-02", "h=24-03", "h=1-2", "d=7", "d=1.", "u=2", "t=3", "t=0,1", "a=0",
    "l=wards,other", "b=cost", "k=secret", "g=0", "w=E07", "w=%", "r=3", "r=01", "__proto__=1", "constructor=1", "x=1", "z", "z=13=14",
  ]) assert.deepEqual(read(bad), {}, bad);
  assert.deepEqual(read("z=13&z=14"), { zoom: 13 }, "the first of two holds");
  assert.equal(geo.hash.parse("#v=1&x=" + "1".repeat(3000), ALLOWED), null);
  assert.deepEqual(geo.hash.parse("#v=1&h=22-03&d=1", { ...ALLOWED, hours: false, days: false }), {}, "no hours where none are known");
});

test("no cell of a CSV file is a formula, and every value comes back", () => {
  const { cell } = geo.csv;
  assert.deepEqual(["=1+1", "+1", "-1", "@x", "\tx", "\rx"].map((text) => cell(text).replaceAll('"', "")[0]), ["'", "'", "'", "'", "'", "'"]);
  assert.equal(cell(-1.5), "-1.5", "a number below zero is a number");
  assert.equal(cell(null), "");
  assert.equal(cell(NaN), "");
  assert.equal(cell('say "so", they'), '"say ""so"", they"');
  assert.equal(cell("a\nb"), '"a\nb"');
  assert.equal(cell("\u0000"), "\ufffd");
  assert.equal(cell(true), "true");
  const columns = [{ title: "name", value: (row) => row[0] }, { title: "n", value: (row) => row[1] }];
  assert.equal(geo.csv.make(columns, [["Ôld, Mill", 1]]), '\ufeffname,n\r\n"Ôld, Mill",1\r\n');
});

test("names are found whatever their case and accents, and only when one is meant", () => {
  const wards = [{ name: "Château Vert", code: "E1" }, { name: "Castle", code: "E2" }, { name: "Castle Mound", code: "E3" }, { name: "St Mary's", code: "E4" }];
  const found = (text) => (geo.search.find(wards, text) || {}).code;
  assert.deepEqual(["chateau vert", "CASTLE", "castle m", "st marys", "ST MARY’S", "e3", "vert"].map(found), ["E1", "E2", "E3", "E4", "E4", "E3", "E1"]);
  assert.deepEqual(["", "  ", "c", "nowhere"].map(found), [undefined, undefined, undefined, undefined]);
  assert.ok(geo.search.matches(geo.search.fold("High Street, Town Centre"), "centre HIGH"));
  assert.ok(!geo.search.matches(geo.search.fold("High Street"), "high mill"));
});
