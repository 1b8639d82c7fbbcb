// The page of engagement: reads its data and puts the parts together.
(function (geo) {
  "use strict";

  const { byId, el } = geo.dom;

  function card(ward) {
    const facts = ward.facts.map(([label, value, small]) => ({ label, value, small }));
    return {
      name: ward.name,
      title: [el("span", { class: "name" }, ward.name)],
      body: [
        ward.district ? el("p", { class: "district" }, ward.district) : null,
        ward.unknown ? el("p", { class: "warning" }, "Few reports and little engagement: unknown, not safe.") : null,
        ward.reason ? el("p", { class: "reason" }, ward.reason) : null,
        geo.drawer.facts(facts),
      ].filter(Boolean),
      said: "Ward " + ward.name + ".",
    };
  }

  async function start(map) {
    const data = await geo.data();
    const stage = geo.stage(map, data.bounds);
    const selection = geo.selection();
    const wards = geo.choropleth(stage, data.wards, selection);
    const byCode = new Map(data.wards.map((ward) => [ward.code, ward]));
    const obstacles = geo.context(stage, data, () => names.arrange());
    const measures = geo.measures(data, wards, () => names.write());
    const names = geo.labels(map, wards.drawn, obstacles, measures.text);
    geo.drawer(selection, (code) => (byCode.has(code) ? card(byCode.get(code)) : null), ({ id, from }) => {
      if (from instanceof Element) from.focus();
      else wards.focus(id);
    });
    geo.findings(wards, selection);
    geo.sheets(data.sheets, wards, selection);
    measures.show();
    if (data.base_map) byId("layers").hidden = false;
    if (data.base_map) await geo.baseMap(map, data.base_map, byId("layers"));
    map.on("resize viewreset", names.arrange);
    geo.print(stage, names.arrange);
    requestAnimationFrame(() => requestAnimationFrame(() => (document.documentElement.dataset.ready = "yes")));
  }

  start(globalThis.map_geo);
})((globalThis.geo = globalThis.geo || {}));
