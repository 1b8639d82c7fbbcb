// The data of the page: its JSON, packed or plain, and the outlines of a wide area, which stand beside it (maps/shapes.py).
(function (geo) {
  "use strict";

  const UNIT = 1e5; // a metre

  function ring(steps) {
    const points = [];
    for (let i = 0, x = 0, y = 0; i < steps.length; i += 2) points.push([(x += steps[i]) / UNIT, (y += steps[i + 1]) / UNIT]);
    return points;
  }

  function shape(polygons) {
    return polygons && { type: "MultiPolygon", coordinates: polygons.map((rings) => rings.map(ring)) };
  }

  async function json(block) {
    if (block.type === "application/json") return JSON.parse(block.textContent);
    return JSON.parse(new TextDecoder().decode(await geo.unpack.inflate(geo.unpack.bytes(block.textContent))));
  }

  async function data() {
    const { byId } = geo.dom;
    const made = await json(byId("data"));
    const block = byId("shapes");
    if (!block) return made;
    for (const [name, shapes] of Object.entries(await json(block))) {
      made[name].forEach((record, i) => (record.geometry = shape(shapes[i])));
    }
    return made;
  }

  geo.data = data;
})((globalThis.geo = globalThis.geo || {}));
