// Cells or wards shaded by how many reports they hold, one tab stop for all: arrow keys go from area to area.
(function (geo) {
  "use strict";

  // The words of a band: "10 to 15".
  function bandText(t, band, minimum) {
    if (band.kind === "range" && band.low === band.high) return t("band_one", { low: band.low });
    return t("band_" + band.kind, { low: band.low, high: band.high, n: minimum });
  }

  function wardText(t, ward, bands, minimum) {
    if (ward.band === undefined) return "";
    if (ward.reports === null) return t("ward_hidden", { n: minimum });
    return ward.reports === 0 ? bandText(t, bands[ward.band], minimum) : t("ward_about", { n: ward.reports });
  }

  function countedAreas(stage, t, data, fill, bubble, isDrawing) {
    const { map } = stage;
    const byCell = data.cells.length > 0;
    const records = (byCell ? data.cells : data.wards).filter((record) => record.geometry);
    const mark = L.polygon([], { pane: "outlines", className: "choice", interactive: false }).addTo(map);

    const drawn = records.map((record) => {
      const layer = geo.dom.polygon(record.geometry, { pane: "wards", className: byCell ? "cell" : "ward", smoothFactor: 0 }).addTo(map);
      const band = data.bands[record.band];
      if (band) layer.getElement().style.fill = byCell ? band.fill : fill(band);
      return { record, layer };
    });
    if (byCell) data.bands.forEach((band, index) => band.pattern !== "none" && veil(records.filter((record) => record.band === index), band));
    for (const ward of data.wards) {
      if (ward.geometry) geo.dom.polygon(ward.geometry, { pane: "borders", className: "border", interactive: false, smoothFactor: 0 }).addTo(map);
    }

    // One shape for all cells of a pattern: each on its own would make a print ten times as large.
    function veil(some, band) {
      const coordinates = some.flatMap(({ geometry }) => (geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates));
      if (!coordinates.length) return;
      const all = { type: "MultiPolygon", coordinates };
      geo.dom.polygon(all, { pane: "wards", className: "veil", interactive: false, smoothFactor: 0 }).addTo(map).getElement().style.fill = fill(band);
    }

    function place({ record, layer }) {
      if (!byCell) return record.name || "";
      const at = layer.getBounds().getCenter();
      return geo.whereabouts.ward(data.wards, [at.lng, at.lat]);
    }

    function reports({ record }) {
      if (record.band === undefined) return "";
      const text = byCell || !record.reports ? bandText(t, data.bands[record.band], data.minimum) : wardText(t, record, data.bands, data.minimum);
      return t("area_reports", { band: text });
    }

    function said(area) {
      return [place(area), reports(area)].filter(Boolean).join(". ");
    }

    function open(index, at) {
      const { el } = geo.dom;
      const name = place(drawn[index]);
      bubble.open(at || drawn[index].layer.getBounds().getCenter(), name ? el("strong", null, name) : null, el("span", null, reports(drawn[index])));
      geo.dom.say(said(drawn[index]));
    }

    drawn.forEach(({ layer }, index) => layer.on("click", (event) => isDrawing() || open(index, event.latlng)));
    geo.roving(
      drawn.map((area) => ({
        element: area.layer.getElement(),
        // one outline for all, moved to where the focus is
        outline: { getElement: () => mark.getElement(), bringToFront: () => mark.setLatLngs(area.layer.getLatLngs()) },
        label: said(area),
        point: () => map.latLngToContainerPoint(area.layer.getBounds().getCenter()),
      })),
      {
        reveal(index) {
          const at = drawn[index].layer.getBounds().getCenter();
          if (!map.getBounds().contains(at)) map.panTo(at, { animate: false });
        },
        open: (index) => open(index),
        close: bubble.close,
      },
    );
    const picture = map.getPane("wards").querySelector("svg");
    if (picture) {
      picture.setAttribute("role", "group");
      picture.setAttribute("aria-label", t(byCell ? "cells_label" : "wards_label"));
    }
    return geo.townNames(map, data.wards.map((ward) => ({ ...ward, value: wardText(t, ward, data.bands, data.minimum) })));
  }

  geo.bandText = bandText;
  geo.wardText = wardText;
  geo.countedAreas = countedAreas;
})((globalThis.geo = globalThis.geo || {}));
