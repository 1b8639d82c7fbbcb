// The background on the map: its canvas, its switch in the key, and a drawing sharp enough for paper.
(function (geo) {
  "use strict";

  const PADDING = 0.3; // of the map's size, on each side: within it, moving the map needs no drawing

  const Ground = L.Layer.extend({
    initialize(drawn, schema) {
      this._drawn = drawn;
      this._schema = schema;
    },

    onAdd(map) {
      this._canvas = geo.dom.el("canvas", { class: "leaflet-zoom-animated", "aria-hidden": "true" });
      map.getPane("base-map").appendChild(this._canvas);
      this.draw();
    },

    getEvents() {
      return { move: this._reach, moveend: this._later, resize: this._later, viewreset: this._later, zoomanim: this._follow };
    },

    // Paper is drawn at once, between two events of the browser: a later drawing would come too late.
    _later() {
      if (document.documentElement.classList.contains("printing")) return this.draw();
      if (!this._waiting) this._waiting = requestAnimationFrame(() => this.draw());
    },

    _reach() {
      if (!this._bounds.contains(this._map.getBounds())) this._later();
    },

    _follow(event) {
      const corner = this._map._latLngBoundsToNewLayerBounds(this._bounds, event.zoom, event.center).min;
      L.DomUtil.setTransform(this._canvas, corner, this._map.getZoomScale(event.zoom, this._zoom));
    },

    draw() {
      cancelAnimationFrame(this._waiting);
      this._waiting = null;
      const map = this._map;
      if (!map) return;
      const printing = document.documentElement.classList.contains("printing");
      const ratio = printing ? 2 : Math.min(2, window.devicePixelRatio || 1);
      const padding = printing ? 0 : PADDING;
      const half = map.getSize().multiplyBy(padding).round();
      const size = map.getSize().add(half.multiplyBy(2));
      const corner = map.containerPointToLayerPoint(half.multiplyBy(-1));
      this._zoom = map.getZoom();
      this._bounds = L.latLngBounds(map.layerPointToLatLng(corner), map.layerPointToLatLng(corner.add(size)));
      const canvas = this._canvas;
      canvas.width = size.x * ratio;
      canvas.height = size.y * ratio;
      canvas.style.width = size.x + "px";
      canvas.style.height = size.y + "px";
      L.DomUtil.setTransform(canvas, corner, 1);
      const pen = canvas.getContext("2d");
      pen.scale(ratio, ratio);
      const world = 256 * Math.pow(2, this._zoom);
      const origin = map.getPixelOrigin().add(corner);
      const { x, y, step_x, step_y } = this._schema.grid;
      const view = {
        ax: step_x * world, bx: x * world - origin.x, ay: step_y * world, by: y * world - origin.y,
        width: size.x, height: size.y,
      };
      geo.ground.paint(pen, this._drawn, this._schema, view, this._zoom);
    },
  });

  function swatch() {
    const { svg } = geo.dom;
    const line = (d, name) => svg("path", { d, class: "key-street " + name });
    return svg(
      "svg", { class: "swatch", viewBox: "0 0 32 24", width: 32, height: 24, "aria-hidden": "true" },
      line("M9 2V22M22 2V22M2 17H30", "minor"), line("M2 8L30 6", "major"),
    );
  }

  function toggle(map, text) {
    const { el } = geo.dom;
    const box = el("input", { type: "checkbox", id: "geo-show-base-map", checked: true });
    box.addEventListener("change", () => {
      for (const pane of ["base-map", "names"]) map.getPane(pane).style.display = box.checked ? "" : "none";
    });
    return el("label", { class: "layer" }, box, swatch(), el("span", null, text));
  }

  // data: the schema of the block "geo-base-map", and `name`, what its switch is called. The pane lies over the wards
  // and is multiplied with them, under all else. `key` is where the switch goes, before `before` if that is given.
  async function baseMap(map, data, key, before) {
    const pane = map.createPane("base-map"); // that of the names lies over it
    pane.style.zIndex = 405;
    pane.style.pointerEvents = "none";
    try {
      const raw = await geo.unpack.inflate(geo.unpack.bytes(geo.dom.byId("base-map").textContent));
      const layer = new Ground(geo.ground.shapes(raw, data), data).addTo(map);
      layer.names = geo.streetNames.ordered(await geo.names());
      geo.writeNames(map, layer.names);
      key.insertBefore(toggle(map, data.name || "Streets"), before || null);
      return layer;
    } catch (problem) {
      const text = data.failed || "Streets could not be drawn: " + problem.message + ".";
      key.insertBefore(geo.dom.el("span", { class: "trouble" }, text), before || null);
      return null;
    }
  }

  geo.baseMap = baseMap;
})((globalThis.geo = globalThis.geo || {}));
