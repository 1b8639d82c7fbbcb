// What is being drawn: a point, a line or an area, corner by corner, and the GeoJSON it becomes (RFC 7946). No DOM.
(function (geo) {
  "use strict";

  const LEAST = { point: 1, line: 2, area: 3 };
  const MOST = 200; // corners
  const DECIMALS = 5; // about a metre: nobody points finer than that

  function round(position) {
    return position.map((value) => Number(value.toFixed(DECIMALS)));
  }

  function same(a, b) {
    return a[0] === b[0] && a[1] === b[1];
  }

  // Twice the area a ring encloses, in square degrees: above 0 when it runs against the clock.
  function turn(ring) {
    let sum = 0;
    for (let i = 0; i < ring.length; i++) {
      const [x, y] = ring[i];
      const [nextX, nextY] = ring[(i + 1) % ring.length];
      sum += (x - ring[0][0]) * (nextY - ring[0][1]) - (nextX - ring[0][0]) * (y - ring[0][1]);
    }
    return sum;
  }

  // Rings as RFC 7946 wants them: the outer one against the clock, holes with it.
  function wound(rings) {
    return rings.map((ring, i) => (turn(ring) > 0 === (i === 0) ? ring : [...ring].reverse()));
  }

  function isInside([west, south, east, north], [lon, lat]) {
    return lon >= west && lon <= east && lat >= south && lat <= north;
  }

  function start(kind) {
    if (!(kind in LEAST)) throw new Error("no kind " + kind);
    return { kind, corners: [] };
  }

  // The sketch with one corner more; the same sketch when the corner is the one before, as after a double tap. A
  // point has one corner: a second one moves it.
  function add(sketch, position) {
    const corner = round(position);
    if (sketch.kind === "point") return { ...sketch, corners: [corner] };
    const last = sketch.corners[sketch.corners.length - 1];
    if ((last && same(last, corner)) || sketch.corners.length >= MOST) return sketch;
    return { ...sketch, corners: [...sketch.corners, corner] };
  }

  function undo(sketch) {
    return { ...sketch, corners: sketch.corners.slice(0, -1) };
  }

  // An area drawn back to its first corner is closed already.
  function open(sketch) {
    const { corners } = sketch;
    return sketch.kind === "area" && corners.length > 1 && same(corners[0], corners[corners.length - 1]) ? corners.slice(0, -1) : corners;
  }

  // "short" when corners are missing, "flat" when an area has none inside, else null: it can be finished.
  function fault(sketch) {
    const corners = open(sketch);
    if (corners.length < LEAST[sketch.kind]) return "short";
    return sketch.kind === "area" && Math.abs(turn(corners)) < 1e-12 ? "flat" : null;
  }

  function finish(sketch) {
    if (fault(sketch)) throw new Error("not finished");
    const corners = open(sketch);
    if (sketch.kind === "point") return { type: "Point", coordinates: corners[0] };
    if (sketch.kind === "line") return { type: "LineString", coordinates: corners };
    return { type: "Polygon", coordinates: wound([[...corners, corners[0]]]) };
  }

  geo.sketch = { start, add, undo, fault, finish, turn, wound, round, same, isInside, MOST };
})((globalThis.geo = globalThis.geo || {}));
