// Where the numbers of stops stand so that none covers another, and how an area is fitted onto paper. No DOM.
(function (geo) {
  "use strict";

  // points: [{x, y}]; size: {width, height} of a number; taken: boxes to keep clear of. Each number stands on its point
  // where that is free, else beside it. Returns [{x, y}], how far each is moved.
  function beside(points, size, taken) {
    const full = [...(taken || [])];
    const order = points.map((point, i) => i);
    return order.map((i) => {
      const at = points[i];
      const here = { ...geo.layout.box(at.x, at.y, size.width, size.height), x: 0, y: 0 };
      const turn = geo.layout.away(at, points, 6 * size.width);
      const spot = geo.layout.place([here, ...geo.layout.around(at, size.width / 2, size, turn)], full) || here;
      return { x: spot.x, y: spot.y };
    });
  }

  // (lat, lon) on the unit square of Web Mercator.
  function mercator([lat, lon]) {
    const sine = Math.sin((lat * Math.PI) / 180);
    return { x: (lon + 180) / 360, y: 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI) };
  }

  const SMALLEST = 400 / 40075016; // of the world's width: a single stop is not drawn larger than its surroundings

  // The largest picture of width × height with a margin that holds all of [[lat, lon]]: {world, x, y}, where a place of
  // the unit square stands at place.x * world - x.
  function fit(places, width, height, margin) {
    const all = places.map(mercator);
    const [left, right] = [Math.min(...all.map((p) => p.x)), Math.max(...all.map((p) => p.x))];
    const [top, bottom] = [Math.min(...all.map((p) => p.y)), Math.max(...all.map((p) => p.y))];
    const world = Math.min(
      (width - 2 * margin) / Math.max(right - left, SMALLEST), (height - 2 * margin) / Math.max(bottom - top, SMALLEST),
    );
    return { world, x: ((left + right) / 2) * world - width / 2, y: ((top + bottom) / 2) * world - height / 2 };
  }

  // The longest round number of metres that is at most `room` pixels long: {metres, pixels}.
  function scaleBar(view, lat, room) {
    const metre = view.world / (40075016 * Math.cos((lat * Math.PI) / 180));
    const most = room / metre;
    const power = Math.pow(10, Math.floor(Math.log10(most)));
    const metres = [5, 2, 1].map((n) => n * power).find((n) => n <= most);
    return { metres, pixels: metres * metre };
  }

  geo.numbers = { beside, mercator, fit, scaleBar };
})((globalThis.geo = globalThis.geo || {}));
