// Each hot spot at street level beside its words: streets, borders of wards, its outline and those near by.
(function (geo) {
  "use strict";

  const [WIDTH, HEIGHT] = [300, 170];
  // of the picture's height, in metres: a street or two round the hot spot; where no street is known, a ward or two
  const LEAST = { streets: 450, wards: 2400 };
  const LETTER = 6.5; // pixels
  const METRES = 111320; // a degree

  function rings(geometry) {
    return (geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates).flat();
  }

  // The corners to show: the hot spot with what lies round it.
  function around(geometry, least) {
    const points = rings(geometry).flat();
    const middle = (values) => [Math.min(...values), Math.max(...values)];
    const [west, east] = middle(points.map(([lon]) => lon));
    const [south, north] = middle(points.map(([, lat]) => lat));
    const more = Math.max(least / METRES, 1.6 * (north - south)) / 2;
    const at = (south + north) / 2;
    return [[at - more, west], [at + more, east]];
  }

  function inset(spot, data, ground) {
    const { svg, el } = geo.dom;
    const { streets, wards, bar, ring } = geo.smallMap;
    const view = geo.numbers.fit(around(spot.geometry, ground ? LEAST.streets : LEAST.wards), WIDTH, HEIGHT, 0);
    const put = (at) => {
      const { x, y } = geo.numbers.mercator(at);
      return { x: x * view.world - view.x, y: y * view.world - view.y };
    };
    const outline = (one) => svg("path", {
      class: one === spot ? "this" : "other", d: rings(one.geometry).map((line) => ring(line.map(([lon, lat]) => put([lat, lon]))) + "Z").join(""),
    });
    const taken = [{ ...geo.layout.box(...Object.values(put(spot.label)), 40, 40) }];
    // what has room: the numbers of other hot spots, then the names of wards
    const said = (at, text, name) => {
      const { x, y } = put(at);
      const [low, high] = [LETTER * text.length / 2, WIDTH - (LETTER * text.length) / 2];
      const free = x > low && x < high && y > 10 && y < HEIGHT - 26 && geo.layout.place([geo.layout.box(x, y, 2 * low, 14)], taken);
      return free ? [svg("text", { class: name, x, y: y + 4 }, text)] : [];
    };
    const numbers = data.hotspots.filter((one) => one !== spot && one.label).flatMap((one) => said(one.label, String(one.rank), "number"));
    const names = data.wards.filter((ward) => ward.label).flatMap((ward) => said(ward.label, ward.name, "name"));
    taken.push({ left: 0, right: 120, top: HEIGHT - 26, bottom: HEIGHT }); // the scale
    const streetNames = ground ? geo.names.onSmallMap(ground.names, view, WIDTH, HEIGHT, put, taken) : [];
    const drawn = data.hotspots.filter((one) => one.geometry);
    return el(
      "figure", { class: "inset" },
      ...(ground ? [streets(ground, view, WIDTH, HEIGHT)] : []),
      svg(
        "svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": "Hot spot " + spot.rank + " at street level" },
        ...wards(data.wards, put), ...drawn.map(outline), ...streetNames, ...names, ...numbers, ...bar(view, spot.label[0], HEIGHT),
      ),
    );
  }

  // layer: the base map on the page's map, or null.
  function insets(data, layer) {
    const ground = layer ? { drawn: layer._drawn, schema: data.base_map, names: layer.names } : null;
    for (const spot of data.hotspots) {
      const place = document.querySelector('.brief-list [data-spot="' + Number(spot.rank) + '"]');
      if (place && spot.geometry && spot.label) place.append(inset(spot, data, ground));
    }
  }

  geo.insets = insets;
})((globalThis.geo = globalThis.geo || {}));
