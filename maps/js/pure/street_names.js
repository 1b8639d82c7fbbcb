// Which names of streets, parks and places have room on a map, and where: the most telling first, none across another
// nor across what is there already. No DOM.
(function (geo) {
  "use strict";

  // by kind, as maps/names.py numbers them: from which zoom a name is written, and which come first
  const KINDS = [
    { name: "road", zoom: 13.5, first: 1 }, { name: "road", zoom: 14.25, first: 2 }, { name: "street", zoom: 15, first: 5 },
    { name: "path", zoom: 16.5, first: 6 }, { name: "park", zoom: 14, first: 3 },
    { name: "place", zoom: 13.5, first: 0 }, { name: "place", zoom: 15.5, first: 4 },
  ];
  const UNIT = 1e5; // a metre
  const AGAIN = 280; // pixels: nearer, a name is not written twice
  const ROUND = 40_075_017; // metres round the equator

  // The block of names as [{name, kind, places: [{lat, lon, turn, room}]}].
  function read({ names, kinds, places, steps, turns_deg, rooms_m }) {
    let [i, lat, lon] = [0, 0, 0];
    const next = () => ({
      lat: (lat += steps[2 * i]) / UNIT, lon: (lon += steps[2 * i + 1]) / UNIT, turn: turns_deg[i], room: rooms_m[i++],
    });
    return names.map((name, n) => ({ name, kind: kinds[n], places: Array.from({ length: places[n] }, next) }));
  }

  // All that may be written, in the order in which it is tried.
  function ordered(entries) {
    const all = entries.flatMap(({ name, kind, places }) => places.map((place) => ({ ...place, name, kind: KINDS[kind] })));
    return all.sort((a, b) => a.kind.first - b.kind.first || b.room - a.room);
  }

  // A turned line of letters as boxes side by side.
  function boxes(x, y, turn, width, high) {
    const radians = (turn * Math.PI) / 180;
    const long = Math.abs(Math.sin(radians)) < 0.06 ? width : high;
    const many = Math.max(1, Math.ceil(width / long));
    return Array.from({ length: many }, (_, i) => {
      const along = many > 1 ? (i / (many - 1) - 0.5) * (width - long) : 0;
      return geo.layout.box(x + along * Math.cos(radians), y + along * Math.sin(radians), long + 2, high);
    });
  }

  // view: {world, width, height, put([lat, lon]) -> {x, y}, letters (pixels high), measure(text), nearer}, world being
  // pixels round the equator, and nearer how many zooms earlier names are written; taken: boxes, to which those of the
  // names are added.
  function place(all, view, taken) {
    const zoom = Math.log2(view.world / 256) + (view.nearer || 0);
    const made = [];
    const inside = (box) => box.left > 0 && box.top > 0 && box.right < view.width && box.bottom < view.height;
    for (const one of all) {
      if (zoom < one.kind.zoom) continue;
      const { x, y } = view.put([one.lat, one.lon]);
      if (x < 0 || y < 0 || x > view.width || y > view.height) continue;
      const room = (one.room * view.world) / (ROUND * Math.cos((one.lat * Math.PI) / 180));
      const free = one.kind.name === "place";
      if (!free && room < 3 * view.letters) continue;
      const width = view.measure(one.name);
      if (!free && width > room) continue;
      if (made.some((other) => other.name === one.name && Math.hypot(other.x - x, other.y - y) < AGAIN)) continue;
      const own = boxes(x, y, one.turn, width, 1.2 * view.letters);
      if (!own.every(inside) || own.some((box) => taken.some((other) => geo.layout.overlaps(box, other)))) continue;
      taken.push(...own);
      made.push({ name: one.name, kind: one.kind.name, turn: one.turn, x, y });
    }
    return made;
  }

  geo.streetNames = { read, ordered, place };
})((globalThis.geo = globalThis.geo || {}));
