// The logic of the workshop page that needs no document: drawing, files of notes, the book of notes, words.
"use strict";
const assert = require("node:assert/strict");
const test = require("node:test");
const load = require("./load.js");

const geo = load(process.env.GEO_JS, "translate.js", "sketch.js", "note_file.js", "note_book.js", "whereabouts.js");
const LIMITS = [0, 50, 1, 51];
const NOW = "2026-01-31T10:00:00.000Z";
let made = 0;
const OPTIONS = { limits: LIMITS, map: "m", now: NOW, newId: () => "made-id-" + ++made };
const POINT = { type: "Point", coordinates: [0.5, 50.5] };

function feature(geometry, properties) {
  return { type: "Feature", geometry, properties: { id: "note-0001", created: NOW, kind: "point", feeling: "safe", note: "x", map: "m", ...properties } };
}

function read(...features) {
  return geo.noteFile.read(JSON.stringify({ type: "FeatureCollection", features }), OPTIONS);
}

test("a sketch becomes GeoJSON, its outer ring against the clock", () => {
  let area = geo.sketch.start("area");
  for (const corner of [[0, 0], [0, 1], [1, 1], [1, 0]]) area = geo.sketch.add(area, corner);
  assert.deepEqual(geo.sketch.finish(area).coordinates, [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]);
  assert.equal(geo.sketch.add(area, [1, 0]), area, "a second tap on the same spot");
  const closed = geo.sketch.add(area, [0, 0]);
  assert.equal(geo.sketch.finish(closed).coordinates[0].length, 5, "drawn back to its first corner");
  const line = geo.sketch.add(geo.sketch.add(geo.sketch.start("line"), [0.1234567, 1]), [2, 3]);
  assert.deepEqual(geo.sketch.finish(line), { type: "LineString", coordinates: [[0.12346, 1], [2, 3]] });
  const point = geo.sketch.add(geo.sketch.add(geo.sketch.start("point"), [1, 1]), [2, 2]);
  assert.deepEqual(geo.sketch.finish(point), { type: "Point", coordinates: [2, 2] });
});

test("what is not finished is not finished", () => {
  let area = geo.sketch.start("area");
  assert.equal(geo.sketch.fault(area), "short");
  for (const corner of [[0, 0], [1, 1], [2, 2]]) area = geo.sketch.add(area, corner);
  assert.equal(geo.sketch.fault(area), "flat");
  assert.throws(() => geo.sketch.finish(area));
  assert.equal(geo.sketch.undo(area).corners.length, 2);
  assert.throws(() => geo.sketch.start("circle"));
});

test("a file that is none is refused whole", () => {
  const refused = (text) => {
    try {
      geo.noteFile.read(text, OPTIONS);
    } catch (problem) {
      return problem.code;
    }
    return null;
  };
  assert.equal(refused("<html>"), "json");
  assert.equal(refused("null"), "notes");
  assert.equal(refused('{"type":"FeatureCollection","features":{}}'), "notes");
  assert.equal(refused(JSON.stringify({ type: "FeatureCollection", features: Array(501).fill(feature(POINT)) })), "many");
  assert.throws(() => geo.noteFile.checkSize(2 * 1024 * 1024 + 1), { code: "large" });
  geo.noteFile.checkSize(2 * 1024 * 1024);
  assert.equal(refused('\ufeff{"type":"FeatureCollection","features":[]}'), null);
});

test("every feature is a note or is counted by its reason", () => {
  const polygon = (...rings) => ({ type: "Polygon", coordinates: rings });
  const { notes, left } = read(
    feature(POINT), feature(POINT), null, 5, feature(null, { id: "n-000002" }), feature({ type: "MultiPoint", coordinates: [[0.5, 50.5]] }),
    feature({ type: "Point", coordinates: ["0.5", 50.5] }), feature({ type: "Point", coordinates: [0.5, null] }), feature({ type: "Point", coordinates: [9, 50.5] }),
    feature(polygon([[0.1, 50.1], [0.2, 50.1], [0.2, 50.2], [0.3, 50.3]])), feature(polygon([[0.1, 50.1], [0.2, 50.2], [0.1, 50.1]])),
    feature(POINT, { feeling: "angry" }), feature({ type: "LineString", coordinates: [[0.1, 50.1], [0.1, 50.1]] }), feature(polygon("ab")),
  );
  assert.equal(notes.length, 1);
  assert.deepEqual(left, { twice: 1, geometry: 4, position: 3, outside: 1, open: 1, short: 2, feeling: 1 });
});

test("words are cut, cleaned and never more than text; other properties are dropped", () => {
  const [note] = read(feature({ type: "Point", coordinates: [0.5, 50.5, 17] }, {
    note: "<b>a</b>\u0000\u202eb\r\nc\ud800" + "x".repeat(600), id: "<script>", created: "yesterday", map: "../x", name: "Anna", __proto__: null,
  })).notes;
  assert.ok(note.note.startsWith("<b>a</b>b\ncx"));
  assert.equal(note.note.length, 500);
  assert.deepEqual(Object.keys(note), ["id", "created", "kind", "feeling", "note", "map", "geometry"]);
  assert.deepEqual([note.created, note.map, note.geometry.coordinates.length], [NOW, "m", 2]);
  assert.match(note.id, /^made-id-/);
  assert.equal(geo.noteFile.words("👩‍👧".repeat(500)).length <= 1500, true);
});

test("what is written is read back the same", () => {
  const { notes } = read(feature(POINT, { note: "ŵy \u2028 `${1}` {{7*7}}" }), feature({ type: "LineString", coordinates: [[0.1, 50.1], [0.2, 50.2]] }, { id: "note-0002", kind: "line" }));
  const again = geo.noteFile.read(geo.noteFile.write(notes), OPTIONS);
  assert.deepEqual(again, { notes, left: {} });
});

test("an id counts wherever it stands; one that is missing is made, the map's too", () => {
  const bare = feature(POINT, { id: undefined, map: undefined, created: 5 });
  assert.match(read(bare).notes[0].id, /^made-id-/);
  assert.deepEqual([read(bare).notes[0].map, read(bare).notes[0].created], ["m", NOW]);
  assert.equal(read({ ...bare, id: "note-0009" }).notes[0].id, "note-0009");
  assert.equal(read(feature(POINT)).notes[0].id, "note-0001", "other programs drop the id of the feature");
});

test("a merge keeps the later version and counts what was here", () => {
  const note = (id, created, text) => ({ id, created, note: text });
  const ours = [note("a", "2026-01-01T00:00:00Z", "old"), note("b", "2026-01-03T00:00:00Z", "ours")];
  const theirs = [note("a", "2026-01-02T00:00:00Z", "new"), note("b", "2026-01-02T00:00:00Z", "theirs"), note("c", NOW, "more")];
  const merged = geo.noteFile.merge(ours, theirs);
  assert.deepEqual(merged.notes.map((one) => one.note), ["new", "ours", "more"]);
  assert.deepEqual([merged.added, merged.known], [1, 2]);
  assert.throws(() => geo.noteFile.merge(Array.from({ length: 500 }, (_, i) => note("n" + i)), theirs), { code: "many" });
});

test("versions go by their changes, deleted notes stay away, and both are kept where both were changed", () => {
  const note = (id, changes, text) => ({ id, created: NOW, note: text, changes });
  const ours = [note("a", "aaaaaa", "old"), note("b", "bbbbbb cccccc", "ours"), note("c", "dddddd eeeeee", "here")];
  const theirs = [note("a", "aaaaaa ffffff", "new"), note("b", "bbbbbb", "older"), note("c", "dddddd 111111", "there"), note("g", "222222", "deleted")];
  const merged = geo.noteFile.merge(ours, theirs, [{ id: "g", changes: "222222" }]);
  assert.deepEqual(merged.notes.map((one) => one.note), ["new", "ours", "here", "there"]);
  assert.deepEqual([merged.added, merged.known], [1, 2]);
  assert.notEqual(merged.notes[3].id, "c");
  const changed = geo.noteFile.merge(ours, [note("g", "222222 333333", "changed since")], [{ id: "g", changes: "222222" }]);
  assert.equal(changed.notes[3].note, "changed since");
});

test("notes that two tables merged into each other are one, and none is lost", () => {
  const book = geo.noteBook(() => store(), "town", () => NOW);
  const ids = ["a", "b", "c"].map((text) => book.add(POINT, "point", "idea", text));
  book.mark(ids[0], { same_as: ids[1] });
  book.mark(ids[1], { same_as: ids[0] });
  book.mark(ids[2], { same_as: ids[1] });
  assert.deepEqual(book.shown().map((note) => note.id), [[ids[0], ids[1]].sort()[0]]);
  assert.equal(book.all().length, 3);
  book.remove(ids[1]);
  assert.deepEqual(book.shown().map((note) => note.note), ["a", "c"]);
  assert.deepEqual(book.removed().map((one) => one.id), [ids[1]]);
  book.undo();
  assert.deepEqual([book.all().length, book.removed().length], [3, 0]);
});

test("a workshop has the name it was given, else its day", () => {
  const storage = store();
  const book = geo.noteBook(() => storage, "town", () => NOW);
  assert.equal(book.session(), "2026-01-31");
  const id = book.add(POINT, "point", "idea", "x");
  book.rename("  Neuadd \u202e<b>Bro</b> 2 ");
  assert.deepEqual([book.session(), book.all()[0].session], ["Neuadd bBrob 2", "Neuadd bBrob 2"]);
  assert.equal(geo.noteBook(() => storage, "town", () => "2027-01-01T00:00:00Z").session(), "Neuadd bBrob 2");
  book.change(id, { note: "y" });
  assert.equal(book.all()[0].changes.split(" ").length, 2);
});

function store(given) {
  const kept = new Map(Object.entries(given || {}));
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), removeItem: (key) => kept.delete(key), kept };
}

test("the book keeps notes under the name of its map, and clears them", () => {
  const storage = store();
  const book = geo.noteBook(() => storage, "town", () => NOW);
  const heard = [];
  book.on((notes) => heard.push(notes.length));
  const id = book.add(POINT, "point", "unsafe", "dark");
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual([...storage.kept.keys()], ["geo-notes:town"]);
  assert.equal(geo.noteBook(() => storage, "other", () => NOW).all().length, 0, "another map");
  const again = geo.noteBook(() => storage, "town", () => NOW);
  assert.equal(again.all()[0].note, "dark");
  book.change(id, { feeling: "safe", note: "lit" });
  assert.deepEqual([book.all()[0].feeling, book.all()[0].note, book.number(id)], ["safe", "lit", 1]);
  book.remove(id);
  assert.deepEqual([storage.kept.size, heard], [0, [1, 1, 0]]);
});

test("a browser that keeps nothing does not stop anybody", () => {
  for (const storage of [() => { throw new Error("denied"); }, () => null, () => ({ ...store(), setItem() { throw new Error("full"); } })]) {
    const book = geo.noteBook(storage, "town", () => NOW);
    book.add(POINT, "point", "idea", "a bench");
    assert.deepEqual([book.isKept(), book.all().length], [false, 1]);
  }
});

test("what the book cannot read is put beside, not thrown away", () => {
  const storage = store({ "geo-notes:town": "not json" });
  const book = geo.noteBook(() => storage, "town", () => NOW);
  book.add(POINT, "point", "idea", "");
  assert.equal(storage.kept.get("geo-notes:town:unread"), "not json");
});

test("where a spot lies and where a number belongs", () => {
  const ring = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]];
  const hole = [[1, 1], [1, 2], [2, 2], [2, 1], [1, 1]];
  const wards = [{ name: "Mill", geometry: { type: "Polygon", coordinates: [ring, hole] } }, { name: "None", geometry: null }];
  assert.equal(geo.whereabouts.ward(wards, [3, 3]), "Mill");
  assert.equal(geo.whereabouts.ward(wards, [1.5, 1.5]), "");
  assert.equal(geo.whereabouts.ward(wards, [5, 5]), "");
  assert.deepEqual(geo.whereabouts.middle({ type: "Point", coordinates: [1, 2] }), [2, 1]);
  assert.deepEqual(geo.whereabouts.middle({ type: "LineString", coordinates: [[0, 0], [0, 4]] }), [2, 0]);
  assert.deepEqual(geo.whereabouts.middle({ type: "Polygon", coordinates: [ring] }), [2, 2]);
  assert.deepEqual(geo.whereabouts.middle({ type: "MultiPolygon", coordinates: [[ring], [hole]] }), [2, 2]);
  const [lat, lon] = geo.whereabouts.middle({ type: "LineString", coordinates: [[0, 0], [0, 1], [0, 4]] });
  assert.deepEqual([lat, lon], [2, 0]);
});

test("words follow the number, in English and in Welsh", () => {
  const texts = { corners: { zero: "dim", one: "{n} marc", two: "{n} farc", other: "{n} arall" }, months: ["Ionawr"], date: "{day} {month} {year}", of: "{a} of {b}" };
  const welsh = geo.translator("cy", texts);
  assert.deepEqual([0, 1, 2, 7].map((n) => welsh("corners", { n })), ["dim", "1 marc", "2 farc", "7 arall"]);
  const english = geo.translator("en-GB", texts);
  assert.equal(english("corners", { n: 1200 }), "1,200 arall");
  assert.equal(english("of", { a: "{b}" }), "{b} of {b}", "a value is not filled again");
  assert.throws(() => english("missing"));
  assert.equal(english.date("not a day"), "not a day");
  const bare = { PluralRules: Intl.PluralRules, NumberFormat: Intl.NumberFormat, DateTimeFormat: { supportedLocalesOf: () => [] } };
  assert.equal(geo.translator("xx", texts, bare).date("2026-01-31"), "31 Ionawr 2026");
});
