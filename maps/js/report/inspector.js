// The page of the inspector: reads its data and puts the parts together.
(function (geo) {
  "use strict";

  const { byId } = geo.dom;

  async function start(map) {
    const data = await geo.data();
    const stage = geo.stage(map, data.bounds);
    const selection = geo.selection();
    const wards = geo.choropleth(stage, data.wards, selection);
    const byCode = new Map(data.wards.map((ward) => [ward.code, ward]));
    geo.context(stage, data, () => names.arrange());
    const obstacles = geo.gather(stage, data);
    const measures = geo.measures(data, wards, () => names.write());
    const names = geo.labels(map, wards.drawn, obstacles, measures.text);
    geo.drawer(selection, (code) => (byCode.has(code) ? geo.cards.ward(byCode.get(code)) : null), ({ id, from }) => {
      if (from instanceof Element) from.focus();
      else wards.focus(id);
    });
    geo.findings(wards, selection);
    measures.show();
    map.on("resize viewreset", names.arrange);
    geo.print(stage, names.arrange);
    if (data.tiles || data.base_map) byId("layers").hidden = false;
    if (data.tiles) geo.tiles(map, data.tiles, byId("layers"));
    geo.insets(data, data.base_map ? await geo.baseMap(map, data.base_map, byId("layers")) : null);
    requestAnimationFrame(() => requestAnimationFrame(() => (document.documentElement.dataset.ready = "yes")));
  }

  start(globalThis.map_geo);
})((globalThis.geo = globalThis.geo || {}));
