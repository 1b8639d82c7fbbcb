// What is shown as one value: read from the page for the link, and set again from the link.
(function (geo) {
  "use strict";

  // page: {map, data, columns, axis, layers, isShown, table, selection, codes, ranks}; state() gives the filters,
  // apply(part) sets some of them.
  function view(page, state, apply) {
    const { map, data, columns, axis, layers, isShown, table, selection } = page;
    const { byId } = geo.dom;
    const names = data.measures.map((measure) => measure.name);
    const allowed = {
      bounds: data.bounds, months: axis.months, hours: Boolean(columns.hour), days: Boolean(columns.weekday), layers,
      sizes: Object.fromEntries(geo.filter.CHOICES.map((name) => [name, (data.incidents.lists[name] || []).length])),
      measures: names, tables: table.names, wards: page.codes, ranks: page.ranks,
    };

    const atFirst = layers.filter(isShown).join();

    function read() {
      const now = state();
      const { lat, lng } = map.getCenter();
      const chosen = selection.chosen();
      return {
        ...now, zoom: map.getZoom(), centre: [lat, lng],
        months: geo.timeline.isWhole(now, axis.months.length) ? null : [axis.months[now.from], axis.months[now.to]],
        layers: layers.filter(isShown).join() === atFirst ? null : layers.filter(isShown), dense: byId("dense").checked, table: table.kind(),
        measure: names.length ? names[Number(byId("measure").value)] : null,
        ward: page.codes.includes(chosen) ? chosen : null, rank: page.ranks.includes(chosen) ? chosen : null,
      };
    }

    function set(id, on) {
      if (byId(id).checked === on) return;
      byId(id).checked = on;
      byId(id).dispatchEvent(new Event("change"));
    }

    // True when the address held a view of ours. An event knows the address it is about; another may be there by now.
    function restore(event) {
      const found = geo.hash.parse(event ? new URL(event.newURL).hash : location.hash, allowed);
      if (!found) return false;
      const { months } = axis;
      for (const name of layers) set("show-" + name, (found.layers || atFirst.split(",")).includes(name));
      set("dense", Boolean(found.dense));
      if (names.length) byId("measure").value = String(found.measure ? names.indexOf(found.measure) : 0);
      table.choose(found.table || table.names[0]);
      if (found.centre && found.zoom) map.setView(found.centre, found.zoom, { animate: false });
      const range = found.months ? { from: months.indexOf(found.months[0]), to: months.indexOf(found.months[1]) } : {};
      const { hours, days, untimed, crime_type, asb_type, source } = { ...geo.filter.everything(0), ...found };
      apply({ ...geo.timeline.whole(months.length), ...range, hours, days, untimed, crime_type, asb_type, source });
      selection.choose(found.rank || found.ward || null, { from: "link" });
      return true;
    }

    return { read, restore };
  }

  geo.view = view;
})((globalThis.geo = globalThis.geo || {}));
