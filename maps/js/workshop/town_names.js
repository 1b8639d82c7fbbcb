// Ward names in large letters, each where it fits and covers no other; a count is shown even where its name is not.
(function (geo) {
  "use strict";

  const SIZE = 18; // pixels
  const LINE = 21;
  const MARK = 30;

  function measure() {
    const pen = geo.dom.el("canvas").getContext("2d");
    pen.font = "600 " + SIZE + "px " + getComputedStyle(document.body).fontFamily;
    return (text) => pen.measureText(text).width;
  }

  function draw(drawing, lines, value) {
    const first = (-(lines.length - 1) * LINE) / 2 + SIZE / 3;
    drawing.replaceChildren(...lines.map((line, i) => geo.dom.svg("text", { x: 0, y: first + i * LINE, class: line === value ? "value" : null }, line)));
  }

  // wards: [{name, label, value}]; value is a text, or empty. A name goes beside the marks of notes where it can.
  function townNames(map, wards) {
    let marks = () => []; // where the marks are, as [lat, lon]
    const width = measure();
    const made = wards.filter((ward) => ward.label && ward.name).map((ward) => {
      const drawing = geo.dom.svg("svg", { class: "ward-name", "aria-hidden": "true", width: 1, height: 1 });
      const icon = L.divIcon({ html: drawing, className: "ward-label", iconSize: [0, 0] });
      L.marker(ward.label, { icon, pane: "labels", interactive: false, keyboard: false }).addTo(map);
      const named = [[ward.name], geo.layout.twoLines(ward.name)];
      return { ward, drawing, ways: ward.value ? [...named.map((lines) => [...lines, ward.value]), [ward.value]] : named };
    });
    for (const item of made) item.widths = item.ways.map((way) => Math.max(...way.map(width)));

    function arrange() {
      const taken = [];
      const over = []; // names that stand where a mark is
      const held = marks().map((at) => map.latLngToContainerPoint(at)).map((at) => geo.layout.box(at.x, at.y, MARK, MARK));
      const size = map.getSize();
      const spots = made.map((item) => ({ item, at: map.latLngToContainerPoint(item.ward.label) }));
      // those that must be shown take their room first
      for (const spot of [...spots].sort((a, b) => Number(Boolean(b.item.ward.value)) - Number(Boolean(a.item.ward.value)))) {
        const { item, at } = spot;
        const stays = (shift) => {
          const { lng, lat } = map.containerPointToLatLng([at.x, at.y + shift]);
          return Math.abs(shift) <= LINE || geo.whereabouts.contains(item.ward.geometry, [lng, lat]);
        };
        const boxes = item.ways.flatMap((lines, i) => [0, -LINE, LINE, -2 * LINE, 2 * LINE].filter(stays).map((shift) => ({
          ...geo.layout.box(at.x, at.y + shift, item.widths[i] + 8, lines.length * LINE), lines, shift,
        })));
        const inside = boxes.filter((box) => box.left >= 0 && box.right <= size.x && box.top >= 0 && box.bottom <= size.y);
        const free = geo.layout.place(inside, [...taken, ...held]);
        if (free) taken.push(free);
        const found = free || geo.layout.place(inside, taken) || (item.ward.value ? { lines: [item.ward.value], shift: 0 } : null);
        item.drawing.style.display = found ? "" : "none";
        if (!found) continue;
        if (!free && found.left !== undefined) over.push(found);
        draw(item.drawing, found.lines, item.ward.value);
        item.drawing.style.top = found.shift + "px";
      }
      map.fire("labelled", { taken: [...taken, ...held, ...over] });
    }

    map.on("zoomend moveend resize viewreset", arrange);
    arrange();
    return {
      arrange,
      avoid(where) {
        marks = where;
        arrange();
      },
    };
  }

  geo.townNames = townNames;
})((globalThis.geo = globalThis.geo || {}));
