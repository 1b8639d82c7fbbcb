// Ward outlines: one tab stop, a small popup with the ward's count. Those of a country are drawn on a canvas, where the
// keyboard cannot go from ward to ward.
(function (geo) {
  "use strict";

  function content(ward, total, hotspots) {
    const { el } = geo.dom;
    const inside = hotspots.filter((spot) => (spot.wards || "").split("; ").includes(ward.name)).map((spot) => spot.rank);
    const share = total ? ", " + geo.format.percent(ward.incidents / total) + " of all" : "";
    return el(
      "div", { class: "ward-popup" },
      el("strong", null, ward.name || ward.code),
      ward.district ? el("span", null, ward.district) : null,
      el("span", null, geo.format.plural(ward.incidents, "incident") + share),
      inside.length ? el("span", null, "Hot " + (inside.length === 1 ? "spot " : "spots ") + inside.join(", ")) : null,
    );
  }

  const MOST = 1500; // as elements; a page of more would take many seconds to open

  // pickDot(event) opens the dot under a click, and says whether there was one.
  function wards(stage, data, pickDot) {
    const { map } = stage;
    const popup = L.popup({ autoPanPadding: [16, 16], maxWidth: 280 });
    const group = L.layerGroup().addTo(map);
    const records = data.wards.filter((record) => record.geometry);
    const many = records.length > MOST;
    const plain = {
      pane: "wards", bubblingMouseEvents: false, renderer: many ? L.canvas({ pane: "wards", padding: 0.1 }) : undefined,
      color: data.colours["ward-line"], weight: 0.8, fillColor: data.colours.land, fillOpacity: 1,
    };
    const drawn = records.map((record) => {
      if (many) return { record, layer: geo.dom.polygon(record.geometry, plain).addTo(group) };
      // the border lies over the incidents: a density grid would hide it
      const part = (pane, options) => geo.dom.polygon(record.geometry, { pane, ...options }).addTo(group);
      const layer = part("wards", { className: "ward", bubblingMouseEvents: false });
      return { record, layer, outline: part("borders", { className: "border", interactive: false }) };
    });

    function open(index, latlng) {
      const { record, layer } = drawn[index];
      popup.setContent(content(record, data.total, data.hotspots));
      popup.setLatLng(latlng || record.label || layer.getCenter()).openOn(map);
      geo.dom.say((record.name || record.code) + ": " + geo.format.plural(record.incidents, "incident"));
    }

    drawn.forEach(({ layer }, index) => {
      layer.on("click", (event) => pickDot(event) || open(index, event.latlng));
    });
    if (many) return { group, drawn };
    geo.roving(
      drawn.map(({ record, layer, outline }) => ({
        element: layer.getElement(),
        outline,
        label: "Ward " + (record.name || record.code) + ", " + geo.format.plural(record.incidents, "incident"),
        point: () => map.latLngToContainerPoint(record.label || layer.getCenter()),
      })),
      { reveal: () => {}, open: (index) => open(index), close: () => map.closePopup() },
    );
    const picture = map.getPane("wards").querySelector("svg");
    if (picture) {
      picture.setAttribute("role", "group");
      picture.setAttribute("aria-label", "Wards");
    }
    return { group, drawn };
  }

  geo.wards = wards;
})((globalThis.geo = globalThis.geo || {}));
