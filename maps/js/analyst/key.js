// The key under the map: its boxes switch layers, its scale says what a dot or a square stands for at this zoom.
(function (geo) {
  "use strict";

  const COUNTS = [1, 5, 20];

  function dot(count, zoom) {
    const { svg, el } = geo.dom;
    const radius = geo.places.radius(count, zoom);
    const size = 2 * radius + 2;
    const circle = svg("circle", { cx: size / 2, cy: size / 2, r: radius, class: "key-dot" });
    const picture = svg("svg", { width: size, height: size, viewBox: "0 0 " + size + " " + size, "aria-hidden": "true" }, circle);
    return el("span", { class: "sample" }, picture, geo.format.number(count));
  }

  function half(inside) {
    const { svg } = geo.dom;
    const circle = svg("circle", { cx: 7, cy: 7, r: 5.5, class: inside ? "key-dot" : "key-dot outside" });
    return svg("svg", { width: 14, height: 14, viewBox: "0 0 14 14", "aria-hidden": "true" }, circle);
  }

  function dots(zoom, hotspots) {
    const { el } = geo.dom;
    const kinds = [
      el("span", { class: "sample" }, half(true), "in a hot spot"),
      el("span", { class: "sample" }, half(false), "outside"),
    ];
    return [
      ...(hotspots.length ? kinds : []),
      el("span", { class: "sizes" }, el("span", null, "Reports at one point:"), ...COUNTS.map((count) => dot(count, zoom))),
    ];
  }

  function ramp(colours, seen, metres) {
    const { el, svg } = geo.dom;
    const steps = colours.map((colour, i) => svg("rect", { x: 14 * i, y: 0, width: 14, height: 14, fill: colour }));
    const width = 14 * colours.length;
    const picture = svg("svg", { width, height: 14, viewBox: "0 0 " + width + " 14", "aria-hidden": "true" }, ...steps);
    const square = metres < 10 ? metres.toFixed(1) : geo.format.number(metres);
    return [el("span", { class: "sample" }, "1 ", picture, " " + geo.format.plural(seen.most, "report") + " in a square of " + square + " m")];
  }

  // Which panes of the map each box shows and hides. Hidden, not removed: a shape drawn anew would lose its keys.
  const PANES = {
    hotspots: ["hotspots", "rims", "leaders", "badges"], weak: [], incidents: ["incidents"], wards: ["wards", "borders", "labels"],
  };

  // changed(), if given, is called when a box was switched.
  function key(stage, data, layers, changed) {
    const { map } = stage;

    for (const [name, panes] of Object.entries(layers || PANES)) {
      const box = geo.dom.byId("show-" + name);
      const apply = () => {
        for (const pane of panes) map.getPane(pane).style.display = box.checked ? "" : "none";
        if (name === "incidents") geo.dom.byId("key-scale").hidden = !box.checked;
        map.closePopup();
      };
      box.addEventListener("change", () => {
        apply();
        if (changed) changed();
      });
      apply();
    }

    let last = "";
    function scale(seen) {
      const now = JSON.stringify([seen.dense, seen.most, seen.zoom]);
      if (now === last) return;
      last = now;
      const at = map.getCenter();
      const metres = geo.density.CELL * map.distance(at, map.containerPointToLatLng(map.latLngToContainerPoint(at).add([1, 0])));
      geo.dom.byId("key-scale").replaceChildren(...(seen.dense ? ramp(data.density, seen, metres) : dots(seen.zoom, data.hotspots)));
    }

    return { scale };
  }

  geo.key = key;
})((globalThis.geo = globalThis.geo || {}));
