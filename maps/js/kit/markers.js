// Focal points, engagements and notes as marks on the map: one tab stop for all, arrow keys from mark to mark.
(function (geo) {
  "use strict";

  const FEELINGS = { safe: "Feels safe", unsafe: "Feels unsafe", idea: "Idea" };
  const SIGNS = { safe: "✓", unsafe: "!", idea: "i" };

  function said(kind, record) {
    if (kind === "places") return "Focal point " + record.name + ", " + record.kind;
    if (kind === "engagements") return "Engagements at " + record.name + ", " + geo.format.plural(record.shown.length, "meeting");
    return "Note: " + (FEELINGS[record.feeling] || "said") + ", " + (record.note || "no words");
  }

  function draw(stage, kind, record, id, selection) {
    const { el, polygon } = geo.dom;
    const classes = { places: "place", engagements: "met", notes: "note " + record.feeling };
    const mark = el("span", { class: classes[kind] }, kind === "notes" ? SIGNS[record.feeling] || "·" : "");
    const icon = L.divIcon({ html: mark, className: "place-holder", iconSize: [0, 0] });
    const marker = L.marker(record.at, { icon, pane: "places", keyboard: false, bubblingMouseEvents: false }).addTo(stage.map);
    const shape = record.geometry ? polygon(record.geometry, { pane: "note-shapes", className: "note-shape " + record.feeling, interactive: false }).addTo(stage.map) : null;
    marker.on("click", () => selection.choose(id, { from: "map" }));
    marker.on("mouseover", () => selection.point(id));
    marker.on("mouseout", () => selection.point(null));
    const outline = { getElement: () => mark, bringToFront: () => outline };
    return { id, kind, record, mark, marker, shape, outline };
  }

  // data: {places, engagements, notes}; on(kind) says whether a layer is switched on.
  function markers(stage, data, selection, on) {
    const { map } = stage;
    // engagements below focal points below notes: the smaller marks stay in sight
    const drawn = ["engagements", "places", "notes"].flatMap((kind) =>
      data[kind].map((record, i) => draw(stage, kind, record, kind + ":" + i, selection)));
    const byId = new Map(drawn.map((item, index) => [item.id, { ...item, index }]));
    const isShown = (item) => on(item.kind) && (item.kind !== "engagements" || item.record.shown.length > 0);

    const rove = geo.roving(
      drawn.map((item) => ({
        element: item.mark, outline: item.outline, label: said(item.kind, item.record),
        point: () => map.latLngToContainerPoint(item.record.at).add(item.kind === "engagements" ? [8, -8] : [0, 0]), shown: () => isShown(item),
      })),
      {
        reveal: (index) => map.getBounds().contains(drawn[index].record.at) || map.panTo(drawn[index].record.at, { animate: false }),
        open: (index) => selection.choose(drawn[index].id, { from: "keys" }),
        close: () => selection.choose(null, { from: "keys" }),
      },
    );

    // After a filter or a switch of layers.
    function update() {
      for (const item of drawn) {
        const shown = isShown(item);
        item.mark.style.display = shown ? "" : "none";
        if (item.shape) item.shape.getElement().style.display = shown ? "" : "none";
        if (item.kind !== "engagements" || !shown) continue;
        const count = item.record.shown.length;
        item.mark.textContent = count > 1 ? geo.format.number(count) : "";
        item.mark.classList.toggle("many", count > 1);
        item.mark.setAttribute("aria-label", said(item.kind, item.record));
      }
      rove.settle();
    }

    function mark(name, id) {
      for (const item of drawn) item.mark.classList.toggle(name, item.id === id);
    }

    selection.on("point", (id) => mark("pointed", id));
    selection.on("choose", (id, how) => {
      mark("chosen", id);
      const item = byId.get(id);
      if (!item || how.from !== "table") return;
      map.setView(item.record.at, Math.max(map.getZoom(), 15), { animate: !stage.still });
      stage.show();
      if (isShown(item)) rove.go(item.index);
    });

    // What names of wards must keep clear of.
    function boxes() {
      return drawn.filter(isShown).map(({ record }) => {
        const at = map.latLngToContainerPoint(record.at);
        return geo.layout.box(at.x, at.y, 14, 14);
      });
    }

    return { update, boxes, focus: (id) => byId.has(id) && rove.go(byId.get(id).index), find: (id) => byId.get(id) || null };
  }

  geo.markers = markers;
  geo.markers.FEELINGS = FEELINGS;
})((globalThis.geo = globalThis.geo || {}));
