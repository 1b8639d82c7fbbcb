// What belongs to the map itself: its buttons as one bar, the arrow to the north, a ring round a chosen map point.
(function (geo) {
  "use strict";

  // The three buttons of the view as one bar, which is one tab stop, and the arrow beside it.
  function dress(map) {
    const { el } = geo.dom;
    const container = map.getContainer();
    const bar = container.querySelector(".leaflet-control-zoom");
    bar.append(container.querySelector("button.whole"));
    geo.toolbar(bar, "Zoom", [...bar.querySelectorAll("a, button")]);
    const North = L.Control.extend({
      options: { position: "bottomleft" },
      onAdd: () => el("div", { class: "north", role: "img", "aria-label": "North is at the top." }, el("span", { "aria-hidden": "true" }, "↑"), el("b", { "aria-hidden": "true" }, "N")),
    });
    new North().addTo(map);
  }

  // Returns set(at): the ring goes there, or goes away.
  function ring(map) {
    const mark = L.circleMarker([0, 0], { radius: 14, pane: "outlines", className: "choice pointed", interactive: false });
    return (at) => (at ? mark.setLatLng(at).addTo(map) : mark.remove());
  }

  geo.furniture = { dress, ring };
})((globalThis.geo = globalThis.geo || {}));
