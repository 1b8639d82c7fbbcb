// Drawing on the map: by tap or mouse where one points, by keys at the cross in the middle, under which the map moves.
(function (geo) {
  "use strict";

  const STEP = 16; // pixels for one press of an arrow key; four times as far with Shift
  const LATER = 500; // milliseconds: the second half of a double click shall not zoom
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  function cross() {
    const { svg, el } = geo.dom;
    const lines = ["cross-under", "cross-over"].map((name) => svg("path", { class: name, d: "M30 4V24M30 36V56M4 30H24M36 30H56" }));
    return el("div", { class: "cross", "aria-hidden": "true" }, svg("svg", { viewBox: "0 0 60 60", width: 60, height: 60 }, ...lines));
  }

  // tell(sketch): a corner was added or taken back. done(geometry): it is drawn. stop(): it is given up.
  // refuse(why): "outside", "short" or "flat".
  function drawing(stage, t, data, { tell, done, stop, refuse }) {
    const { map } = stage;
    const container = map.getContainer();
    const shown = L.layerGroup().addTo(map);
    const mark = cross();
    let sketch = null;
    let ward = "";
    container.append(mark);

    function show() {
      shown.clearLayers();
      if (!sketch) return;
      const corners = sketch.corners.map(([lon, lat]) => [lat, lon]);
      const make = sketch.kind === "area" ? L.polygon : L.polyline;
      if (corners.length > 1) {
        for (const name of ["sketch-under", "sketch-line"]) shown.addLayer(make(corners, { pane: "sketch", className: name, interactive: false }));
      }
      for (const corner of corners) {
        shown.addLayer(L.circleMarker(corner, { pane: "sketch", radius: 9, className: "sketch-corner", interactive: false }));
      }
    }

    function turn(on) {
      document.documentElement.classList.toggle("drawing", on);
      map.doubleClickZoom.disable(); // two quick corners are two corners
      if (!on) setTimeout(() => sketch || map.doubleClickZoom.enable(), LATER);
      container.setAttribute("aria-label", t(on ? "map_drawing" : "map_label"));
    }

    function begin(kind) {
      sketch = geo.sketch.start(kind);
      ward = "";
      map.closePopup();
      turn(true);
      show();
      stage.show();
      container.focus({ preventScroll: true });
    }

    function end() {
      turn(false);
      sketch = null;
    }

    function add(latlng) {
      const position = [latlng.lng, latlng.lat];
      if (!geo.sketch.isInside(data.bbox, position)) return refuse("outside");
      sketch = geo.sketch.add(sketch, position);
      show();
      if (sketch.kind === "point") finish();
      else tell(sketch);
    }

    function finish() {
      const why = geo.sketch.fault(sketch);
      if (why) return refuse(why);
      const geometry = geo.sketch.finish(sketch);
      end();
      done(geometry);
    }

    function undo() {
      sketch = geo.sketch.undo(sketch);
      show();
      tell(sketch);
    }

    function cancel() {
      end();
      shown.clearLayers();
      stop();
    }

    function sayWard() {
      const { lng, lat } = map.getCenter();
      const now = geo.whereabouts.ward(data.wards, [lng, lat]);
      if (now && now !== ward) geo.dom.say(t("under_cross", { place: now }));
      ward = now;
    }

    // Before Leaflet's own keys, which would move the map by half its width.
    container.addEventListener("keydown", (event) => {
      if (!sketch || event.target !== container || event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.key in ARROWS) {
        const far = event.shiftKey ? 4 * STEP : STEP;
        map.panBy(ARROWS[event.key].map((way) => way * far), { animate: false });
        sayWard();
      } else if (event.key === "Enter") add(map.getCenter());
      else if (event.key === "Backspace" || event.key === "Delete") undo();
      else if (event.key === "Escape") cancel();
      else return;
      event.preventDefault();
      event.stopPropagation();
    }, true);
    map.on("click", (event) => sketch && add(event.latlng));

    return { begin, undo, finish, cancel, addHere: () => add(map.getCenter()), isOn: () => sketch !== null, clear: () => shown.clearLayers() };
  }

  geo.drawing = drawing;
})((globalThis.geo = globalThis.geo || {}));
