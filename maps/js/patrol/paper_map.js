// The map on a sheet: drawn once, at its size on paper, as lines and numbers that stay sharp and hold in greys.
(function (geo) {
  "use strict";

  const MM = 96 / 25.4; // pixels
  const SIZE = { width: 19, height: 17 };

  function number(at, moved, stop) {
    const { svg } = geo.dom;
    const [x, y] = [at.x + moved.x, at.y + moved.y];
    const shape = stop.hot
      ? svg("rect", { class: "pin hot", x: x - 9, y: y - 8, width: 18, height: 16, rx: 8 })
      : svg("rect", { class: "pin focal", x: x - 8.5, y: y - 8, width: 17, height: 16 });
    const line = moved.x || moved.y ? [svg("line", { class: "lead", x1: at.x, y1: at.y, x2: x, y2: y }), svg("circle", { class: "spot", cx: at.x, cy: at.y, r: 2 })] : [];
    return [...line, shape, svg("text", { class: stop.hot ? "digit hot" : "digit", x, y: y + 4 }, stop.order)];
  }

  function ends(route, put, width) {
    const { svg } = geo.dom;
    if (!route.length) return { shapes: [], boxes: [] };
    const [first, last] = [put(route[0]), put(route.at(-1))];
    const same = Math.hypot(first.x - last.x, first.y - last.y) < 8;
    const all = same ? [[first, "Start, end"]] : [[first, "Start"], [last, "End"]];
    // beside the mark; below it where the map ends, its end under the mark's
    const words = ({ x, y }, text) => {
      const long = 6.2 * text.length;
      return x + 12 + long > width
        ? { class: "said left", x: x + 7, y: y + 18, box: geo.layout.box(x + 7 - long / 2, y + 8, long, 26) }
        : { class: "said", x: x + 10, y: y + 5, box: geo.layout.box(x + long / 2, y, 20 + long, 14) };
    };
    return {
      shapes: all.flatMap(([at, text]) => [
        svg("path", { class: "base", d: `M${at.x} ${at.y - 7}L${at.x + 7} ${at.y + 6}H${at.x - 7}Z` }),
        svg("text", { ...words(at, text), box: null }, text),
      ]),
      boxes: all.map(([at, text]) => words(at, text).box),
    };
  }

  // place: where the picture goes; team: {route, stops}, all of it drawn; stops: those numbered on this sheet; ground:
  // {drawn, schema, names} of the base map, or null.
  function paperMap(place, team, stops, wardRecords, [widthMm, heightMm], ground) {
    const { svg } = geo.dom;
    const { streets, wards, bar, ring } = geo.smallMap;
    const [width, height] = [Math.round(widthMm * MM), Math.round(heightMm * MM)];
    const numbered = stops.filter((stop) => stop.at);
    const all = [...team.route, ...numbered.map((stop) => stop.at)];
    if (!all.length) return;
    const view = geo.numbers.fit(all, width, height, 22);
    const put = (at) => {
      const { x, y } = geo.numbers.mercator(at);
      return { x: x * view.world - view.x, y: y * view.world - view.y };
    };
    const points = numbered.map((stop) => put(stop.at));
    const both = ends(team.route, put, width);
    const moved = geo.numbers.beside(points, SIZE, both.boxes);
    const line = team.route.map(put);
    const way = ring(line);
    const pins = points.map((at, i) => geo.layout.box(at.x + moved[i].x, at.y + moved[i].y, SIZE.width, SIZE.height));
    const taken = [...pins, ...both.boxes, ...geo.layout.along(line), { left: 0, right: 130, top: height - 26, bottom: height }];
    const names = ground ? geo.names.onSmallMap(ground.names, view, width, height, put, taken) : [];
    place.append(
      ...(ground ? [streets(ground, view, width, height)] : []),
      svg(
        "svg", { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" },
        ...wards(wardRecords, put), ...names,
        svg("path", { class: "way-case", d: way }), svg("path", { class: "way", d: way }),
        ...both.shapes, ...points.flatMap((at, i) => number(at, moved[i], numbered[i])),
        ...bar(view, all[0][0], height),
      ),
    );
  }

  geo.paperMap = paperMap;
})((globalThis.geo = globalThis.geo || {}));
