// What lies on the wards for orientation: focal points, which open a popup, and outlines of hot spots.
(function (geo) {
  "use strict";

  function content(place) {
    const { el } = geo.dom;
    return el(
      "div", { class: "ward-popup" },
      el("strong", null, place.name),
      el("span", null, place.kind),
      place.communities ? el("span", null, "Communities: " + place.communities) : null,
    );
  }

  function places(stage, records) {
    const { map } = stage;
    const popup = L.popup({ autoPanPadding: [16, 16], maxWidth: 280 });
    const drawn = records.map((place) => {
      const mark = geo.dom.el("span", { class: place.mark ? "place lettered" : "place" }, place.mark || "");
      const icon = L.divIcon({ html: mark, className: "place-holder", iconSize: [0, 0] });
      const options = { icon, pane: "incidents", keyboard: false, bubblingMouseEvents: false };
      return { place, mark, marker: L.marker(place.at, options).addTo(map) };
    });

    function open(index) {
      popup.setContent(content(drawn[index].place)).setLatLng(drawn[index].place.at).openOn(map);
      geo.dom.say(drawn[index].place.name + ", " + drawn[index].place.kind);
    }

    drawn.forEach(({ marker }, index) => marker.on("click", () => open(index)));
    geo.roving(
      drawn.map(({ place, mark }) => {
        const outline = { getElement: () => mark, bringToFront: () => outline };
        return {
          element: mark, outline, label: "Focal point " + place.name + ", " + place.kind,
          point: () => map.latLngToContainerPoint(place.at),
        };
      }),
      {
        reveal: (index) => map.getBounds().contains(drawn[index].place.at) || map.panTo(drawn[index].place.at, { animate: false }),
        open,
        close: () => map.closePopup(popup),
      },
    );
  }

  function spots(stage, records) {
    for (const spot of records) {
      if (spot.geometry) geo.dom.polygon(spot.geometry, { pane: "hotspots", className: "spot", interactive: false }).addTo(stage.map);
      if (!spot.label) continue;
      const html = geo.dom.el("span", { class: "badge spot-rank", "aria-hidden": "true" }, String(spot.rank));
      const icon = L.divIcon({ html, className: "badge-holder", iconSize: [0, 0] });
      L.marker(spot.label, { icon, pane: "leaders", interactive: false, keyboard: false }).addTo(stage.map);
    }
  }

  // The boxes of the hot spots' numbers, where no label of a ward may stand.
  function badges(map, records) {
    return records.filter((spot) => spot.label).map((spot) => {
      const at = map.latLngToContainerPoint(spot.label);
      return geo.layout.box(at.x, at.y, 24, 22);
    });
  }

  // Each with its box in the key, which hides and shows it. Returns what labels must keep clear of; changed() is
  // called when that changes.
  function context(stage, data, changed) {
    const { byId } = geo.dom;
    places(stage, data.places);
    spots(stage, data.hotspots);
    const panes = { places: ["incidents"], hotspots: ["hotspots", "leaders"] };
    for (const [name, own] of Object.entries(panes)) {
      if (!data[name].length) continue;
      byId("layers").hidden = byId("layer-" + name).hidden = false;
      const box = byId("show-" + name);
      const apply = () => {
        for (const pane of own) stage.map.getPane(pane).style.display = box.checked ? "" : "none";
        stage.map.closePopup();
        changed();
      };
      box.addEventListener("change", apply);
    }
    return () => (byId("show-hotspots").checked ? badges(stage.map, data.hotspots) : []);
  }

  geo.context = context;
})((globalThis.geo = globalThis.geo || {}));
