// Incidents of any number on one canvas: dots sized by their count, or a density grid when there are too many dots.
(function (geo) {
  "use strict";

  function sprites(colours, ratio) {
    const made = new Map();
    return (radius, inside) => {
      const key = radius + (inside ? "in" : "out");
      if (!made.has(key)) made.set(key, sprite(radius, inside ? colours["dot-in"] : colours["dot-out"], colours, ratio));
      return made.get(key);
    };
  }

  // A dot drawn once and stamped many times: outlining thousands of circles is slow.
  // On shaded wards a pale rim keeps it apart from a dark ground.
  function sprite(radius, fill, colours, ratio) {
    const half = Math.ceil(radius + 2.5);
    const stamp = geo.dom.el("canvas", { width: 2 * half * ratio, height: 2 * half * ratio });
    const pen = stamp.getContext("2d");
    pen.scale(ratio, ratio);
    pen.beginPath();
    pen.arc(half, half, radius, 0, 2 * Math.PI);
    if (colours["dot-rim"]) {
      pen.lineWidth = 3;
      pen.strokeStyle = colours["dot-rim"];
      pen.stroke();
    }
    pen.fillStyle = fill;
    pen.globalAlpha = 0.88;
    pen.fill();
    pen.globalAlpha = 1;
    pen.lineWidth = 1;
    pen.strokeStyle = colours["dot-line"];
    pen.stroke();
    return { stamp, half };
  }

  function drawDots(pen, places, seen, zoom, stamps) {
    const order = Array.from(seen.index, (_, i) => i);
    // the largest first, so that small ones stay in sight; dots in hot spots over those in none
    order.sort((a, b) => {
      const one = seen.index[a];
      const two = seen.index[b];
      return places.count[two] - places.count[one] || places.rank[one] - places.rank[two];
    });
    for (const i of order) {
      const p = seen.index[i];
      const { stamp, half } = stamps(geo.places.radius(places.count[p], zoom), places.rank[p] > 0);
      pen.drawImage(stamp, seen.x[i] - half, seen.y[i] - half, 2 * half, 2 * half);
    }
  }

  // Drawn one pixel a cell and stretched: many thousand small rectangles would be slow.
  function drawDensity(pen, grid, ramp) {
    const { CELL, level } = geo.density;
    const small = geo.dom.el("canvas", { width: grid.across, height: grid.down });
    const picture = new ImageData(grid.across, grid.down);
    const pixels = new Uint32Array(picture.data.buffer);
    const colours = ramp.map((colour) => {
      const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
      return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0; // the bytes stand the other way round
    });
    for (let cell = 0; cell < grid.counts.length; cell++) {
      if (grid.counts[cell]) pixels[cell] = colours[level(grid.counts[cell], grid.most, ramp.length)];
    }
    small.getContext("2d").putImageData(picture, 0, 0);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(small, 0, 0, grid.across * CELL, grid.down * CELL);
  }

  const Canvas = L.Layer.extend({
    initialize(places, data, told) {
      this._places = places;
      this._data = data;
      this._told = told; // called after each drawing with what is to be seen
      this._seen = { index: [], x: [], y: [], incidents: 0 };
    },

    onAdd(map) {
      this._canvas = geo.dom.el("canvas", { class: "leaflet-zoom-animated", "aria-hidden": "true" });
      map.getPane("incidents").appendChild(this._canvas);
      this.draw();
    },

    onRemove() {
      cancelAnimationFrame(this._waiting);
      this._waiting = null;
      this._canvas.remove();
      this._seen = { index: [], x: [], y: [], incidents: 0 };
    },

    getEvents() {
      return { move: this._later, moveend: this._later, resize: this._later, viewreset: this._later, zoomanim: this._follow };
    },

    _later() {
      if (!this._waiting) this._waiting = requestAnimationFrame(() => this.draw());
    },

    // While the map zooms, the finished picture is stretched along with it.
    _follow(event) {
      const map = this._map;
      const scale = map.getZoomScale(event.zoom, this._zoom);
      const corner = map._latLngBoundsToNewLayerBounds(this._bounds, event.zoom, event.center).min;
      L.DomUtil.setTransform(this._canvas, corner, scale);
    },

    draw() {
      const map = this._map;
      cancelAnimationFrame(this._waiting);
      this._waiting = null;
      if (!map) return;
      const size = map.getSize();
      const ratio = this.ratio || Math.min(2, window.devicePixelRatio || 1);
      const canvas = this._canvas;
      this._zoom = map.getZoom();
      this._bounds = map.getBounds();
      L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
      canvas.width = size.x * ratio;
      canvas.height = size.y * ratio;
      canvas.style.width = size.x + "px";
      canvas.style.height = size.y + "px";
      if (ratio !== this._ratio) this._stamps = sprites(this._data.colours, (this._ratio = ratio));
      const pen = canvas.getContext("2d");
      pen.scale(ratio, ratio);

      const seen = geo.places.visible(this._places, this._view(size));
      const dense = Boolean(this.dense) || seen.index.length > geo.density.MOST_DOTS;
      const grid = dense ? geo.density.grid(this._places, seen, size.x, size.y) : null;
      if (dense) drawDensity(pen, grid, this._data.density);
      else drawDots(pen, this._places, seen, this._zoom, this._stamps);
      this._seen = dense ? { index: [], x: [], y: [], incidents: seen.incidents } : seen;
      this._told({ dense, most: dense ? grid.most : 0, incidents: seen.incidents, zoom: this._zoom });
    },

    _view(size) {
      const world = 256 * Math.pow(2, this._zoom);
      const origin = this._map.getPixelBounds().min;
      const { x, y, step_x, step_y } = this._data.incidents.grid;
      return {
        ax: step_x * world, bx: x * world - origin.x, ay: step_y * world, by: y * world - origin.y,
        width: size.x, height: size.y, margin: 26,
      };
    },

    // The place under a point of the screen, or -1.
    at(point, slack) {
      if (this._map.getPane("incidents").style.display === "none") return -1;
      return geo.places.hit(this._places, this._seen, this._zoom, point.x, point.y, slack);
    },

    centre(place) {
      const { x, y, step_x, step_y } = this._data.incidents.grid;
      const at = L.point((x + step_x * this._places.x[place]) * 256, (y + step_y * this._places.y[place]) * 256);
      return L.CRS.EPSG3857.pointToLatLng(at, 0);
    },
  });

  geo.Canvas = Canvas;
})((globalThis.geo = globalThis.geo || {}));
