// What the shades say, as a table for those who do not see them: made when it is opened.
(function (geo) {
  "use strict";

  function row(head, cells) {
    const { el } = geo.dom;
    return el("tr", null, el("th", { scope: "row" }, head), ...cells.map((cell) => el("td", { class: "number" }, cell)));
  }

  function table(heads, rows) {
    const { el } = geo.dom;
    return el("table", { "aria-labelledby": "geo-areas-title" }, el("thead", null, el("tr", null, ...heads.map((head) => el("th", { scope: "col" }, head)))), el("tbody", null, ...rows));
  }

  // Wards with their counts, or how many areas of each shade lie in each ward. An area lies where its middle is.
  function made(t, data) {
    const wards = data.wards.filter((ward) => ward.name);
    if (!data.cells.length) return table([t("ward"), t("reports_title")], wards.map((ward) => row(ward.name, [geo.wardText(t, ward, data.bands, data.minimum)])));
    const names = wards.map((ward) => ward.name);
    const counts = names.map(() => data.bands.map(() => 0));
    for (const { geometry, band } of data.cells) {
      if (!geometry || band === undefined) continue;
      const [lat, lon] = geo.whereabouts.middle(geometry);
      const at = names.indexOf(geo.whereabouts.ward(data.wards, [lon, lat]));
      if (at >= 0) counts[at][band] += 1;
    }
    const heads = data.bands.map((band) => geo.bandText(t, band, data.minimum));
    return table([t("ward"), ...heads], names.map((name, i) => row(name, counts[i].map(t.number))));
  }

  function areasTable(t, data) {
    const { byId } = geo.dom;
    const box = byId("areas");
    byId("areas-part").hidden = !data.bands.length;
    box.addEventListener("toggle", () => box.querySelector("table") || box.append(made(t, data)));
  }

  geo.areasTable = areasTable;
})((globalThis.geo = globalThis.geo || {}));
