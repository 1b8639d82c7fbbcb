// Ward names on the map: each only where it fits its ward and covers no other name and no badge.
(function (geo) {
  "use strict";

  const LINE = 15; // pixels from line to line
  const NARROWEST = 20; // pixels: no name has room in less
  // where a label may stand, from the middle of its ward: there first, then where a badge leaves room
  const ASIDE = [[0, 0], [0, -24], [0, 24], [0, -40], [0, 40], [-36, 0], [36, 0], [-36, -30], [36, -30], [-36, 30], [36, 30]];

  const AROUND = [0, 12, 24, 36].flatMap((far) => (far ? [[0, -far], [0, far], [far, 0], [-far, 0], [far, -far], [far, far], [-far, -far], [-far, far]] : [[0, 0]]));

  function measure() {
    const pen = geo.dom.el("canvas").getContext("2d");
    pen.font = "600 12px " + getComputedStyle(document.body).fontFamily;
    return (text) => pen.measureText(text).width;
  }

  // On the map only from the first time that the name has room: a country has thousands.
  function show(map, item) {
    if (!item.drawing) {
      item.drawing = geo.dom.svg("svg", { class: "ward-name", "aria-hidden": "true", width: 1, height: 1 });
      const icon = L.divIcon({ html: item.drawing, className: "ward-label", iconSize: [0, 0] });
      L.marker(item.ward.label, { icon, pane: "labels", interactive: false, keyboard: false }).addTo(map);
    }
    item.drawing.style.display = "";
  }

  function draw(drawing, lines, value) {
    const first = (-(lines.length - 1) * LINE) / 2 + 4;
    const kind = (line) => (line === value ? "value" : null);
    drawing.replaceChildren(...lines.map((line, i) => geo.dom.svg("text", { x: 0, y: first + i * LINE, class: kind(line) }, line)));
  }

  // The ways to write a label, the best first: with a value, it stands under the name, or alone where only it fits.
  function ways(name, value) {
    const named = [[name], geo.layout.twoLines(name)];
    return value ? [...named.map((lines) => [...lines, value]), [value]] : named;
  }

  // wards: [{record, layer}]; obstacles() gives the boxes of what is already on the map; text(record), if given, is
  // the ward's value, which is shown even where it does not fit, unless it would cover another label or lie under a badge: nearer it is there.
  function labels(map, wards, obstacles, text) {
    const width = measure();
    const sizes = (name, value) => ways(name, value).map((way) => ({ way, width: Math.max(...way.map(width)) }));
    const made = wards.filter(({ record }) => record.label && record.name).map(({ record, layer }) => ({ ward: record, layer }));

    function write() {
      for (const item of made) {
        item.value = text ? text(item.ward) : "";
        item.ways = null; // measured where there may be room
      }
      arrange();
    }

    // May be called before anything is written.
    function fitting(item, room, height) {
      if (room < NARROWEST) return [];
      item.ways = item.ways || sizes(item.ward.name, item.value || "");
      return item.ways.filter((option) => option.width <= room * 0.9 && option.way.length * LINE <= height * 0.8);
    }

    // The value alone, anywhere in its ward: a small ward has no room for more.
    function values(item, at) {
      const inside = ([x, y]) => {
        if (!x && !y) return true;
        const { lng, lat } = map.containerPointToLatLng([at.x + x, at.y + y]);
        return geo.whereabouts.contains(item.ward.geometry, [lng, lat]);
      };
      const box = ([x, y]) => ({ ...geo.layout.box(at.x + x, at.y + y, 7.5 * item.value.length, LINE - 3), lines: [item.value], x, y });
      return AROUND.filter(inside).map(box);
    }

    // A value may touch a badge where its middle stays free, never another label: of both, nothing could be read.
    function touching(spot, taken, said) {
      const narrow = (spot.right - spot.left) / 4;
      const middle = { ...spot, left: spot.left + narrow, right: spot.right - narrow };
      const free = !said.some((other) => geo.layout.overlaps(spot, other)) && !taken.some((other) => geo.layout.overlaps(middle, other));
      return free ? spot : null;
    }

    function arrange() {
      const taken = obstacles();
      const said = [];
      const view = map.getBounds();
      const seen = made.filter((item) => {
        if (item.drawing) item.drawing.style.display = "none";
        return view.contains(item.ward.label);
      });
      const sized = seen.map((item) => {
        const bounds = item.layer.getBounds();
        const one = map.latLngToContainerPoint(bounds.getNorthWest());
        const two = map.latLngToContainerPoint(bounds.getSouthEast());
        return { item, width: two.x - one.x, height: two.y - one.y };
      });
      sized.sort((a, b) => b.width * b.height - a.width * a.height);
      for (const { item, width: room, height } of sized) {
        const at = map.latLngToContainerPoint(item.ward.label);
        const boxes = fitting(item, room, height).flatMap((option) =>
          ASIDE.filter(([x, y]) => 2 * Math.abs(x) + option.width < room && 2 * Math.abs(y) + LINE < height).map(([x, y]) => ({
            ...geo.layout.box(at.x + x, at.y + y, option.width + 6, option.way.length * LINE), lines: option.way, x, y,
          })),
        );
        const bare = item.value ? values(item, at) : [];
        const spot = geo.layout.place(boxes, taken) || geo.layout.place(bare, taken) || (bare[0] && touching(bare[0], taken, said));
        if (!spot) continue;
        said.push(spot);
        show(map, item);
        draw(item.drawing, spot.lines, item.value);
        item.drawing.style.left = spot.x + "px";
        item.drawing.style.top = spot.y + "px";
      }
      map.fire("labelled", { taken: [...taken, ...said] });
    }

    map.on("moveend", arrange);
    return { arrange, write };
  }

  geo.labels = labels;
})((globalThis.geo = globalThis.geo || {}));
