// Hot spots on the map, one tab stop for all. Each is an area under the dots (which would turn grey under it), an
// outline over them, and a numbered badge.
(function (geo) {
  "use strict";

  const BADGE = { width: 24, height: 21 }; // pixels

  function marker(record, html, pane, interactive) {
    const icon = L.divIcon({ html, className: "badge-holder", iconSize: [0, 0] });
    return L.marker(record.label, { icon, pane, interactive, keyboard: false, bubblingMouseEvents: false });
  }

  function badge(record) {
    const mark = geo.dom.el("span", { class: record.could_be_chance ? "badge chance" : "badge", "aria-hidden": "true" }, String(record.rank));
    const line = geo.dom.svg("line", { x1: 0, y1: 0, x2: 0, y2: 0 });
    const leader = geo.dom.svg("svg", { class: "leader", "aria-hidden": "true", width: 1, height: 1 }, line);
    return { mark, line, marker: marker(record, mark, "badges", true), leader: marker(record, leader, "leaders", false) };
  }

  function say(record) {
    const share = record.share === null ? "" : ", " + geo.format.percent(record.share) + " of all";
    return "Hot spot " + record.rank + ", " + (record.name || "no name") + ", " + geo.format.plural(record.incidents, "incident") + share + (record.could_be_chance ? ", could be chance" : "");
  }

  function shapes(stage, data, selection, pickDot) {
    const { map } = stage;
    const group = L.layerGroup().addTo(map);
    const drawn = data.hotspots.filter((record) => record.geometry).map((record) => {
      // drawn to a third of a pixel: rounded outlines would show their corners
      const part = (pane, options) => geo.dom.polygon(record.geometry, { pane, smoothFactor: 0.3, ...options }).addTo(group);
      const chance = record.could_be_chance ? " chance" : "";
      const layer = part("hotspots", { className: "hotspot" + chance, bubblingMouseEvents: false });
      part("rims", { className: "casing", interactive: false }); // or it would be lost on a dark ward
      const outline = part("rims", { className: "outline" + chance, interactive: false });
      return { record, layer, outline, ...badge(record) };
    });
    for (const { marker: number, leader } of drawn) group.addLayer(leader).addLayer(number);
    const byRank = new Map(drawn.map((shape, index) => [shape.record.rank, { ...shape, index }]));

    drawn.forEach(({ record, layer, marker }) => {
      layer.on("click", (event) => pickDot(event) || selection.choose(record.rank, { from: "map" }));
      marker.on("click", () => selection.choose(record.rank, { from: "map" }));
      for (const part of [layer, marker]) {
        part.on("mouseover", () => selection.point(record.rank));
        part.on("mouseout", () => selection.point(null));
      }
    });

    const rove = geo.roving(
      drawn.map(({ record, layer, outline }) => ({
        element: layer.getElement(),
        outline,
        label: say(record),
        point: () => map.latLngToContainerPoint(record.label),
      })),
      {
        reveal(index) {
          if (!map.getBounds().contains(drawn[index].record.label)) map.panTo(drawn[index].record.label, { animate: false });
        },
        open: (index) => selection.choose(drawn[index].record.rank, { from: "keys" }),
        close: () => selection.choose(null, { from: "keys" }),
      },
    );
    const picture = map.getPane("hotspots").querySelector("svg");
    if (picture) {
      picture.setAttribute("role", "group");
      picture.setAttribute("aria-label", "Hot spots");
    }

    function mark(name, rank) {
      drawn.forEach(({ record, layer, outline, mark: number }) => {
        for (const element of [layer.getElement(), outline.getElement(), number]) element.classList.toggle(name, record.rank === rank);
      });
      if (byRank.has(rank)) byRank.get(rank).outline.bringToFront();
    }

    selection.on("point", (rank) => mark("pointed", rank));
    selection.on("choose", (rank, how) => {
      mark("chosen", rank);
      if (!byRank.has(rank) || how.from !== "table") return;
      const { layer, index } = byRank.get(rank);
      map.fitBounds(layer.getBounds(), { maxZoom: 16, animate: !stage.still, ...geo.card.padding() });
      stage.show();
      rove.go(index);
    });

    // Badges by rank: inside a shape with room for one, beside it on a short line if not. Returns the boxes now taken.
    function arrange() {
      const sized = drawn.map(({ layer, record }) => {
        const bounds = layer.getBounds();
        const one = map.latLngToContainerPoint(bounds.getNorthWest());
        const two = map.latLngToContainerPoint(bounds.getSouthEast());
        const shape = { left: one.x, top: one.y, right: two.x, bottom: two.y };
        const roomy = two.x - one.x > 2.5 * BADGE.width && two.y - one.y > 2.5 * BADGE.width;
        return { at: map.latLngToContainerPoint(record.label), shape, roomy, reach: Math.hypot(two.x - one.x, two.y - one.y) / 2 };
      });
      const taken = sized.filter(({ roomy }) => !roomy).map(({ shape }) => shape);
      sized.forEach(({ at, roomy, reach }, i) => {
        const inside = { ...geo.layout.box(at.x, at.y, BADGE.width, BADGE.height), x: 0, y: 0 };
        const turn = geo.layout.away(at, sized.map((other) => other.at), 160);
        // a number that may be chance stands near its shape or not at all: on a full map it would hide the others
        const { could_be_chance: chance } = drawn[i].record;
        const beside = geo.layout.around(at, Math.min(reach, 30), BADGE, turn, chance ? 2 : undefined);
        const free = geo.layout.place(roomy ? [inside, ...beside] : beside, taken);
        const spot = free || inside;
        for (const part of [drawn[i].mark, drawn[i].line.parentNode]) part.classList.toggle("crowded", Boolean(chance && !free));
        drawn[i].mark.style.left = spot.x + "px";
        drawn[i].mark.style.top = spot.y + "px";
        drawn[i].line.setAttribute("x2", spot.x);
        drawn[i].line.setAttribute("y2", spot.y);
      });
      return taken;
    }

    return { group, arrange, focus: (rank) => byRank.has(rank) && rove.go(byRank.get(rank).index) };
  }

  geo.shapes = shapes;
})((globalThis.geo = globalThis.geo || {}));
