// A background map from a server, for pages made with one: says whose server learns what, and goes when it fails.
(function (geo) {
  "use strict";

  const MOST_ERRORS = 3;

  // data: {url, host}. Its switch stands in the key. The wards are seen through while there are tiles.
  function tiles(map, data, key, before) {
    const { el } = geo.dom;
    const container = map.getContainer();
    const box = el("input", { type: "checkbox", id: "geo-show-tiles", checked: true });
    const text = el("span", null, "Background map from " + data.host);
    const label = el("label", { class: "layer" }, box, text);
    const note = el("span", { class: "tile-note" }, "That server learns which area you look at.");
    const layer = L.tileLayer(data.url, { maxZoom: 18, keepBuffer: 0 });
    let errors = 0;

    function show() {
      container.classList.toggle("over-tiles", box.checked);
      if (box.checked) layer.addTo(map);
      else layer.remove();
    }

    layer.on("tileerror", () => {
      errors += 1;
      if (errors !== MOST_ERRORS) return;
      layer.remove();
      container.classList.remove("over-tiles");
      const gone = el("span", { class: "tile-note", id: "geo-no-tiles" }, "Background map not available.");
      label.replaceWith(gone);
      note.remove();
      geo.dom.say("Background map not available.");
    });
    box.addEventListener("change", show);
    key.insertBefore(label, before || null);
    key.insertBefore(note, before || null);
    show();
    return layer;
  }

  geo.tiles = tiles;
})((globalThis.geo = globalThis.geo || {}));
