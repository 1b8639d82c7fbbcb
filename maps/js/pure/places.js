// Incidents gathered into places: published positions are rounded to map points, so that many lie on one. No DOM.
(function (geo) {
  "use strict";

  // Rows come in the order of their position, so those of one place follow each other.
  function gather(columns) {
    const { x, y, hotspot } = columns;
    const start = [];
    for (let i = 0; i < x.length; i++) {
      if (i === 0 || x[i] !== x[i - 1] || y[i] !== y[i - 1]) start.push(i);
    }
    const size = start.length;
    const places = {
      size, columns, start: Uint32Array.from(start), count: new Uint32Array(size), mask: null,
      x: new Uint16Array(size), y: new Uint16Array(size), rank: new Uint16Array(size),
    };
    for (let p = 0; p < size; p++) {
      const end = p + 1 < size ? start[p + 1] : x.length;
      places.count[p] = end - start[p];
      places.x[p] = x[start[p]];
      places.y[p] = y[start[p]];
      for (let i = start[p]; i < end; i++) places.rank[p] = Math.max(places.rank[p], hotspot[i]);
    }
    return places;
  }

  // Positions on the screen of the places where there is something to show (a filter may leave a count of 0): `a` and
  // `b` are scale and offset of each axis.
  function visible(places, view) {
    const index = new Uint32Array(places.size);
    const found = { index, x: new Float32Array(places.size), y: new Float32Array(places.size), incidents: 0 };
    let size = 0;
    for (let p = 0; p < places.size; p++) {
      if (!places.count[p]) continue;
      const x = places.x[p] * view.ax + view.bx;
      const y = places.y[p] * view.ay + view.by;
      if (x < -view.margin || y < -view.margin || x > view.width + view.margin || y > view.height + view.margin) continue;
      index[size] = p;
      found.x[size] = x;
      found.y[size++] = y;
      found.incidents += places.count[p];
    }
    return { ...found, index: index.subarray(0, size) };
  }

  // The area of a dot grows with its count, and all dots grow as one zooms in.
  function radius(count, zoom) {
    const unit = Math.min(4, 1.25 * Math.pow(1.2, zoom - 12));
    const least = Math.min(3.5, Math.max(1.75, 2.25 + 0.5 * (zoom - 12)));
    return Math.round(4 * Math.min(26, Math.max(least, unit * Math.sqrt(count)))) / 4;
  }

  // The place under a click: the nearest centre among the dots that reach it, within `slack` pixels; -1 is none.
  function hit(places, seen, zoom, x, y, slack) {
    let best = -1;
    let nearest = Infinity;
    for (let i = 0; i < seen.index.length; i++) {
      const away = Math.hypot(seen.x[i] - x, seen.y[i] - y);
      if (away <= radius(places.count[seen.index[i]], zoom) + slack && away < nearest) {
        nearest = away;
        best = seen.index[i];
      }
    }
    return best;
  }

  function tally(codes, names, rows) {
    const counts = new Map();
    for (const i of rows) counts.set(codes[i], (counts.get(codes[i]) || 0) + 1);
    const found = Array.from(counts, ([code, count]) => ({ name: names[code], count }));
    return found.sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
  }

  // What a place is about: how many, from when to when, of which kinds, in which hot spot.
  function describe(places, p, lists) {
    const { columns } = places;
    const end = p + 1 < places.size ? places.start[p + 1] : columns.x.length;
    const rows = [];
    for (let i = places.start[p]; i < end; i++) if (!places.mask || places.mask[i]) rows.push(i);
    let first = Infinity;
    let last = -Infinity;
    for (const i of rows) {
      const code = columns.month[i];
      if (lists.month[code] === "") continue;
      first = Math.min(first, code);
      last = Math.max(last, code);
    }
    return {
      count: rows.length,
      period: last < 0 ? geo.format.month("") : geo.format.months(lists.month[first], lists.month[last]),
      rank: places.rank[p],
      kinds: columns.crime_type ? tally(columns.crime_type, lists.crime_type, rows) : [],
      asb: columns.asb_type ? tally(columns.asb_type, lists.asb_type, rows) : [],
    };
  }

  // Reports of each hot spot (or ward, by the name of the column) in each month of an axis (geo.timeline.axis), whatever
  // the filters say: {number: [count]}; nothing for an axis of one month.
  function monthly(places, axis, of) {
    const made = {};
    const { [of]: within, month } = places.columns;
    if (!within || !month || axis.months.length < 2) return made;
    for (let i = 0; i < within.length; i++) {
      const at = axis.position[month[i]];
      if (!within[i] || at < 0) continue;
      made[within[i]] = made[within[i]] || new Array(axis.months.length).fill(0);
      made[within[i]][at]++;
    }
    return made;
  }

  geo.places = { gather, visible, radius, hit, describe, monthly };
})((globalThis.geo = globalThis.geo || {}));
