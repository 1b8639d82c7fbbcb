// Files of notes: what the page writes, and what it lets in again. A file may come from anybody. No DOM.
(function (geo) {
  "use strict";

  const FEELINGS = ["safe", "unsafe", "idea"];
  const KINDS = { Point: "point", LineString: "line", Polygon: "area" };
  const WHEN = ["day", "evening", "night", "weekend"];
  const WHO = ["everyone", "children", "young", "older", "women", "disabled"];
  const CHANGE = /^[A-Za-z0-9-]{6,36}$/;
  const MOST_CHANGES = 200;
  const MOST_BYTES = 2 * 1024 * 1024;
  const MOST_NOTES = 500;
  const MOST_CHARACTERS = 500;
  const ID = /^[A-Za-z0-9][A-Za-z0-9_-]{7,63}$/;
  const MAP = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
  const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z$/;

  function fits(pattern, value) {
    return typeof value === "string" && pattern.test(value); // else undefined would be tested as the word
  }

  // Why a whole file is refused: code is large, json, notes or many.
  class Refused extends Error {
    constructor(code) {
      super(code);
      this.code = code;
    }
  }

  // Text without control characters and without what turns the reading direction of the rest, in one alphabet of line ends, at most 500 characters of it.
  function words(value) {
    const text = (typeof value === "string" ? value : "").replace(/\r\n?|[\u0085\u2028\u2029]/g, "\n").replace(/\t/g, " ");
    // lone halves of a pair would not survive as UTF-8
    const clean = text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/g, "").replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "");
    return Array.from(clean).slice(0, MOST_CHARACTERS).join("").trim();
  }

  function isPosition(value) {
    return Array.isArray(value) && value.length >= 2 && Number.isFinite(value[0]) && Number.isFinite(value[1]);
  }

  function corners(geometry) {
    const given = geometry.coordinates;
    if (geometry.type === "Point") return [[given]];
    if (!Array.isArray(given)) return null;
    return geometry.type === "LineString" ? [given] : given.every(Array.isArray) ? given : null;
  }

  // The geometry in two dimensions and wound as it should be, or the reason why it cannot be used.
  function geometryOf(given, limits) {
    if (!given || typeof given !== "object" || !Object.hasOwn(KINDS, given.type)) return "geometry";
    const parts = corners(given);
    if (!parts || !parts.length || !parts.every((part) => part.every(isPosition))) return "position";
    if (!parts.every((part) => part.every((position) => geo.sketch.isInside(limits, position)))) return "outside";
    const flat = parts.map((part) => part.map((position) => geo.sketch.round(position.slice(0, 2))));
    if (given.type === "Point") return { type: "Point", coordinates: flat[0][0] };
    if (given.type === "LineString") {
      const moves = flat[0].some((position) => !geo.sketch.same(position, flat[0][0]));
      return moves ? { type: "LineString", coordinates: flat[0] } : "short";
    }
    if (!flat.every((ring) => ring.length > 1 && geo.sketch.same(ring[0], ring[ring.length - 1]))) return "open";
    if (!flat.every((ring) => ring.length >= 4 && geo.sketch.turn(ring) !== 0)) return "short";
    return { type: "Polygon", coordinates: geo.sketch.wound(flat) };
  }

  // The name of a workshop: letters of any script, digits, spaces and a few signs.
  function sessionName(value) {
    return words(value).replace(/[^\p{L}\p{M}\p{N} ._-]/gu, "").replace(/\s+/g, " ").trim().slice(0, 40).trim();
  }

  function chosen(value, known) {
    const given = typeof value === "string" ? value.split(";") : [];
    return known.filter((one) => given.includes(one)).join(";");
  }

  function changesOf(note) {
    return (typeof note.changes === "string" ? note.changes : "").split(" ").filter((change) => CHANGE.test(change)).slice(-MOST_CHANGES);
  }

  // What a note may say besides; only what is said is there.
  function extras(given) {
    const made = {
      when: chosen(given.when, WHEN), who: chosen(given.who, WHO), session: sessionName(given.session),
      same_as: fits(ID, given.same_as) ? given.same_as : "", hidden: given.hidden === true, changes: changesOf(given).join(" "),
    };
    return Object.fromEntries(Object.entries(made).filter(([, value]) => value));
  }

  // options: limits [west, south, east, north], map (its id), now (ISO UTC), newId(). Ids and times that could not be
  // ours are replaced; every other property is dropped.
  function noteOf(feature, options) {
    if (!feature || typeof feature !== "object" || feature.type !== "Feature") return "geometry";
    const given = feature.properties && typeof feature.properties === "object" ? feature.properties : {};
    const geometry = geometryOf(feature.geometry, options.limits);
    if (typeof geometry === "string") return geometry;
    if (!FEELINGS.includes(given.feeling)) return "feeling";
    const isTime = fits(TIME, given.created) && !Number.isNaN(Date.parse(given.created));
    return {
      id: [feature.id, given.id].find((id) => fits(ID, id)) || options.newId(),
      created: isTime ? given.created : options.now,
      kind: KINDS[geometry.type],
      feeling: given.feeling,
      note: words(given.note),
      map: fits(MAP, given.map) ? given.map : options.map,
      ...extras(given),
      geometry,
    };
  }

  function checkSize(bytes) {
    if (bytes > MOST_BYTES) throw new Refused("large");
  }

  function removedOf(given) {
    const list = Array.isArray(given.removed) ? given.removed.slice(0, MOST_NOTES) : [];
    return list.filter((one) => one && fits(ID, one.id)).map((one) => ({ id: one.id, changes: changesOf(one).join(" ") }));
  }

  // Returns {notes, left: {reason: count}}: every feature is in one of them; `removed` too, where notes were deleted.
  // Throws Refused for a whole file.
  function read(text, options) {
    let given;
    try {
      given = JSON.parse(text.replace(/^\ufeff/, ""));
    } catch {
      throw new Refused("json");
    }
    if (!given || given.type !== "FeatureCollection" || !Array.isArray(given.features)) throw new Refused("notes");
    if (given.features.length > MOST_NOTES) throw new Refused("many");
    const notes = new Map();
    const left = {};
    for (const feature of given.features) {
      const made = noteOf(feature, options);
      if (typeof made === "string") left[made] = (left[made] || 0) + 1;
      else if (notes.has(made.id)) left.twice = (left.twice || 0) + 1;
      else notes.set(made.id, made);
    }
    const removed = removedOf(given);
    return { notes: [...notes.values()], left, ...(removed.length ? { removed } : {}) };
  }

  // Of two versions of a note: "newer" where theirs holds the last change of ours, "older" the other way round, "other"
  // where both were changed; versions of older pages, without changes, go by their time.
  function compare(ours, theirs) {
    const [mine, other] = [changesOf(ours), changesOf(theirs)];
    if (!mine.length || !other.length) return Date.parse(theirs.created) > Date.parse(ours.created) ? "newer" : "older";
    if (mine.includes(other[other.length - 1])) return "older";
    return other.includes(mine[mine.length - 1]) ? "newer" : "other";
  }

  function wasRemoved(note, removed) {
    const found = removed.find((one) => one.id === note.id);
    const changes = changesOf(note);
    return Boolean(found) && (!changes.length || changesOf(found).includes(changes[changes.length - 1]));
  }

  // Notes of the file that are not here yet come after ours; of two versions the newer one stays, and both where both
  // were changed. What was deleted, here or there, stays away unless it was changed since.
  function merge(ours, theirs, removed) {
    const gone = removed || [];
    const given = new Map(theirs.map((note) => [note.id, note]));
    const here = new Map(ours.map((note) => [note.id, note]));
    const added = theirs.filter((note) => !here.has(note.id) && !wasRemoved(note, gone));
    const both = theirs.filter((note) => here.has(note.id) && compare(here.get(note.id), note) === "other").map((note) => ({ ...note, id: newId() }));
    const kept = ours.filter((note) => !wasRemoved(note, gone)).map((note) => (given.has(note.id) && compare(note, given.get(note.id)) === "newer" ? given.get(note.id) : note));
    if (kept.length + added.length + both.length > MOST_NOTES) throw new Refused("many");
    return { notes: [...kept, ...added, ...both], added: added.length + both.length, known: theirs.filter((note) => here.has(note.id)).length - both.length };
  }

  function write(notes, removed) {
    const features = notes.map(({ geometry, ...properties }) => ({ type: "Feature", id: properties.id, properties, geometry })); // the id twice: some programs drop the first
    return JSON.stringify({ type: "FeatureCollection", features, ...(removed && removed.length ? { removed } : {}) }, null, 1) + "\n";
  }

  // A random id (RFC 9562, version 4); crypto.randomUUID is not there on every page that is opened from a file.
  function newId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }

  function newChange() {
    return newId().slice(0, 8);
  }

  geo.noteFile = { read, merge, write, words, sessionName, changesOf, checkSize, newId, newChange, Refused, FEELINGS, WHEN, WHO, MOST_NOTES, MOST_CHARACTERS };
})((globalThis.geo = globalThis.geo || {}));
