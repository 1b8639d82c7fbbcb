// Shaded wards, one tab stop for all: arrow keys go from ward to ward, Enter opens the card of one.
(function (geo) {
  "use strict";

  // pickDot(event), where incidents lie above: opens the dot under a click, and says whether there was one.
  function choropleth(stage, records, selection, pickDot) {
    const { map } = stage;
    const group = L.layerGroup().addTo(map);
    const drawn = records.filter((record) => record.geometry).map((record) => {
      const part = (pane, options) => geo.dom.polygon(record.geometry, { pane, ...options }).addTo(group);
      const layer = part("wards", { className: "ward", bubblingMouseEvents: false });
      part("borders", { className: "border", interactive: false });
      return { record, layer, outline: part("outlines", { className: "choice", interactive: false }) };
    });
    const byCode = new Map(drawn.map((ward, index) => [ward.record.code, { ...ward, index }]));
    const items = drawn.map(({ record, layer, outline }) => ({
      element: layer.getElement(),
      outline,
      label: "Ward " + record.name,
      point: () => map.latLngToContainerPoint(record.label || layer.getBounds().getCenter()),
    }));
    const rove = geo.roving(items, {
      reveal(index) {
        const at = drawn[index].record.label || drawn[index].layer.getBounds().getCenter();
        if (!map.getBounds().contains(at)) map.panTo(at, { animate: false });
      },
      open: (index) => selection.choose(drawn[index].record.code, { from: "keys" }),
      close: () => selection.choose(null, { from: "keys" }),
    });
    const picture = map.getPane("wards").querySelector("svg");
    picture.setAttribute("role", "group");
    picture.setAttribute("aria-label", "Wards");

    drawn.forEach(({ record, layer }) => {
      layer.on("click", (event) => (pickDot && pickDot(event)) || selection.choose(record.code, { from: "map" }));
      layer.on("mouseover", () => selection.point(record.code));
      layer.on("mouseout", () => selection.point(null));
    });

    function mark(name, codes) {
      for (const { record, outline } of drawn) {
        const on = codes.includes(record.code);
        outline.getElement().classList.toggle(name, on);
        if (on) outline.bringToFront();
      }
    }

    // Colours the wards: fill(record) gives a fill, said(record) what a screen reader hears after the name.
    function paint(fill, said) {
      for (const { record, layer } of drawn) {
        layer.getElement().style.fill = fill(record);
        layer.getElement().setAttribute("aria-label", "Ward " + record.name + ", " + said(record));
      }
    }

    // Brings wards into view, clear of the card.
    function show(codes) {
      const bounds = L.latLngBounds([]);
      for (const code of codes) if (byCode.has(code)) bounds.extend(byCode.get(code).layer.getBounds());
      if (!bounds.isValid()) return;
      const side = codes.length === 1 && matchMedia("(min-width: 760px)").matches ? 340 : 24;
      const options = { maxZoom: 14, animate: !stage.still, paddingTopLeft: [56, 24], paddingBottomRight: [side, 24] };
      if (codes.length < drawn.length) map.fitBounds(bounds, options);
      else stage.refit();
      stage.show();
    }

    selection.on("point", (code) => mark("pointed", [code]));
    selection.on("choose", (code) => mark("chosen", [code]));

    return { drawn, paint, show, mark, focus: (code) => byCode.has(code) && rove.go(byCode.get(code).index) };
  }

  geo.choropleth = choropleth;
})((globalThis.geo = globalThis.geo || {}));
