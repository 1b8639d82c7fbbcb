// Names of streets, parks and places on the map: over the streets, under all that the map is about, anew for each view.
(function (geo) {
  "use strict";

  // The names in the page, as geo.streetNames.read gives them; none where the page has none.
  async function names() {
    const block = geo.dom.byId("names");
    if (!block) return [];
    const raw = await geo.unpack.inflate(geo.unpack.bytes(block.textContent));
    return geo.streetNames.read(JSON.parse(new TextDecoder().decode(raw)));
  }

  function ruler(size) {
    const pen = geo.dom.el("canvas").getContext("2d");
    pen.font = "500 " + size + "px " + getComputedStyle(document.body).fontFamily;
    return (text) => pen.measureText(text).width;
  }

  function texts(made) {
    return made.map(({ name, kind, turn, x, y }) => {
      const at = { x: x.toFixed(1), y: y.toFixed(1), class: "name-of " + kind };
      return geo.dom.svg("text", { ...at, transform: turn ? `rotate(${turn} ${at.x} ${at.y})` : null, dy: ".35em" }, name);
    });
  }

  // What covers a corner of the map.
  function furniture(map) {
    const { left, top } = map.getContainer().getBoundingClientRect();
    return [...map.getContainer().querySelectorAll(".leaflet-control, .over-map")].map((part) => part.getBoundingClientRect())
      .filter((box) => box.width)
      .map((box) => ({ left: box.left - left, right: box.right - left, top: box.top - top, bottom: box.bottom - top }));
  }

  // all: as geo.streetNames.ordered gives them. Written anew whenever the labels of the map, which come first, are.
  function writeNames(map, all) {
    const pane = map.createPane("names");
    pane.style.zIndex = 407;
    pane.style.pointerEvents = "none";
    const drawing = geo.dom.svg("svg", { class: "names leaflet-zoom-hide", "aria-hidden": "true" });
    pane.append(drawing);
    map.on("labelled", ({ taken }) => {
      const { x: width, y: height } = map.getSize();
      const letters = parseFloat(getComputedStyle(drawing).fontSize);
      const view = {
        world: 256 * Math.pow(2, map.getZoom()), width, height, letters, measure: ruler(letters), put: (at) => map.latLngToContainerPoint(at),
      };
      L.DomUtil.setPosition(drawing, map.containerPointToLayerPoint([0, 0]));
      drawing.replaceChildren(...texts(geo.streetNames.place(all, view, [...taken, ...furniture(map)])));
    });
    map.fire("moveend"); // the labels stand already
  }

  // On a small map that stands still, in its `view`; `taken` is what stands there.
  function onSmallMap(all, view, width, height, put, taken) {
    const letters = 10;
    // it is read closely, and on paper
    const sight = { world: view.world, width, height, put, letters, measure: ruler(letters), nearer: 1.5 };
    return texts(geo.streetNames.place(all, sight, taken));
  }

  geo.names = names;
  geo.writeNames = writeNames;
  geo.names.onSmallMap = onSmallMap;
})((globalThis.geo = globalThis.geo || {}));
