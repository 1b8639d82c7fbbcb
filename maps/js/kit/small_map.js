// Parts of a small map that stands still: streets, borders of wards and a scale, in the view that geo.numbers.fit gives.
(function (geo) {
  "use strict";

  const RATIO = 3; // sharp on paper too

  function ring(points) {
    return points.map(({ x, y }, i) => (i ? "L" : "M") + x.toFixed(1) + " " + y.toFixed(1)).join("");
  }

  function streets(ground, view, width, height) {
    const canvas = geo.dom.el("canvas", { width: width * RATIO, height: height * RATIO, "aria-hidden": "true" });
    const pen = canvas.getContext("2d");
    pen.scale(RATIO, RATIO);
    const { x, y, step_x, step_y } = ground.schema.grid;
    const onto = { ax: step_x * view.world, bx: x * view.world - view.x, ay: step_y * view.world, by: y * view.world - view.y, width, height };
    geo.ground.paint(pen, ground.drawn, ground.schema, onto, Math.log2(view.world / 256));
    return canvas;
  }

  function wards(records, put) {
    return records.filter((ward) => ward.geometry).flatMap(({ geometry }) => {
      const parts = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
      return parts.flat().map((line) => geo.dom.svg("path", { class: "border", d: ring(line.map(([lon, lat]) => put([lat, lon]))) + "Z" }));
    });
  }

  function bar(view, lat, height) {
    const { svg } = geo.dom;
    const { metres, pixels } = geo.numbers.scaleBar(view, lat, 90);
    const text = metres < 1000 ? metres + " m" : metres / 1000 + " km";
    return [
      svg("rect", { class: "under", x: 4, y: height - 22, width: pixels + 12, height: 18 }),
      svg("path", { class: "bar", d: `M10 ${height - 12}v4h${pixels}v-4` }),
      svg("text", { class: "small", x: 10 + pixels / 2, y: height - 12 }, text),
    ];
  }

  geo.smallMap = { streets, wards, bar, ring };
})((globalThis.geo = globalThis.geo || {}));
