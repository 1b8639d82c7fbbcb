// The page of hot spots: reads its data and puts the parts together.
(function (geo) {
  "use strict";

  const { byId, el } = geo.dom;

  function trouble(text) {
    byId("key-scale").replaceChildren(el("span", { class: "trouble" }, text));
  }

  async function readPlaces(schema) {
    const raw = await geo.unpack.inflate(geo.unpack.bytes(byId("points").textContent));
    return geo.places.gather(geo.unpack.columns(raw, schema.rows, schema.columns));
  }

  async function start(map) {
    const data = await geo.data();
    const stage = geo.stage(map, data.bounds);
    const selection = geo.selection();
    const picker = geo.picker(map, data, selection);
    const wards = geo.wards(stage, data, picker.pick);
    const shapes = geo.shapes(stage, data, selection, picker.pick);
    const table = geo.table(data, selection);
    // Escape gives the focus back to what opened the card: the row, or the shape
    let monthly = null;
    geo.card(data, selection, () => monthly, (opener) => (opener.from === "table" ? table : shapes).focus(opener.rank));
    const names = geo.labels(map, wards.drawn, shapes.arrange);
    const key = geo.key(stage, data, null, names.arrange);
    map.on("click", picker.pick);
    map.on("resize viewreset", names.arrange);
    names.write();
    if (data.tiles) geo.tiles(map, data.tiles, byId("key"), byId("key-scale"));
    if (data.base_map) await geo.baseMap(map, data.base_map, byId("key"), byId("key-scale"));

    try {
      const places = await readPlaces(data.incidents);
      const axis = geo.timeline.axis(data.incidents.lists.month || []);
      monthly = { counts: geo.places.monthly(places, axis, "hotspot"), months: axis.months };
      const canvas = new geo.Canvas(places, data, key.scale);
      picker.use(canvas);
      canvas.addTo(map);
      geo.print(stage, (ratio) => {
        canvas.ratio = ratio;
        canvas.draw();
        names.arrange();
      });
    } catch (problem) {
      trouble(
        typeof DecompressionStream === "undefined"
          ? "This browser is too old to show the incidents; the hot spots and the table are complete."
          : "The incidents in this file could not be read: " + problem.message + ".",
      );
    }
    // the key has its text only now, and the map a little less room: ready when that has settled
    requestAnimationFrame(() => requestAnimationFrame(() => (document.documentElement.dataset.ready = "yes")));
  }

  start(globalThis.map_geo);
})((globalThis.geo = globalThis.geo || {}));
